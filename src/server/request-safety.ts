import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import { hostname, networkInterfaces } from 'node:os'
import { fail } from '../diagnostic/index.ts'

/** Whether an address or name means this machine alone. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, '').toLowerCase()
  if (name === 'localhost' || name.endsWith('.localhost')) return true
  if (isIP(name) === 4) return name.startsWith('127.')
  return name === '::1' || name.startsWith('::ffff:127.')
}

/**
 * Refuses what a browser can be made to send by a page of somebody else: loopback is not trust.
 *
 * - A Host that is not ours means that a foreign name was resolved to us (DNS rebinding).
 * - A foreign Origin, or Sec-Fetch-Site other than our own, means that a page of another site asks.
 *
 * @throws DiagnosticError with status 403.
 */
export class RequestSafety {
  private readonly names: ReadonlySet<string>

  /** `hosts` are further names it is reached by (a reverse proxy's). */
  constructor(listenHost: string, hosts: readonly string[] = []) {
    this.names = new Set([listenHost, hostname(), ...hosts].map((name) => name.toLowerCase()))
  }

  check(request: IncomingMessage): void {
    const { headers } = request
    const host = headers.host ?? ''
    if (!this.isOurs(host, request.socket.localAddress)) throw fail('server.host_not_ours', { host: clip(host) })
    const { origin } = headers
    if (origin !== undefined && originHost(origin) !== host.toLowerCase())
      throw fail('server.cross_site', { origin: clip(origin) })
    const site = headers['sec-fetch-site']
    if (site === 'cross-site') throw fail('server.cross_site', { origin: 'Sec-Fetch-Site: cross-site' })
    // Another port of the same host: a link may lead here, a script or a form may not.
    const followsLink = request.method === 'GET' && headers['sec-fetch-mode'] === 'navigate'
    if (site === 'same-site' && !followsLink) throw fail('server.cross_site', { origin: 'Sec-Fetch-Site: same-site' })
  }

  private isOurs(header: string, localAddress: string | undefined): boolean {
    const match = /^(\[[0-9a-fA-F:.]+\]|[^:\s/@]+)(:\d{1,5})?$/.exec(header)
    if (match === null) return false
    const name = match[1]!.replace(/^\[|\]$/g, '').toLowerCase()
    if (isLoopback(name) || this.names.has(name)) return true
    if (isIP(name) === 0) return false
    if (name === localAddress || `::ffff:${name}` === localAddress) return true
    return Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === name))
  }
}

function originHost(origin: string): string | undefined {
  return /^https?:\/\/([^/]+)$/.exec(origin.toLowerCase())?.[1]
}

function clip(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}...` : text
}
