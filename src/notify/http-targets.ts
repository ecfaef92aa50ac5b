import { lookup as resolve, type LookupAddress, type LookupOptions } from 'node:dns'
import { BlockList, isIP } from 'node:net'
import { fail } from '../diagnostic/index.ts'

/**
 * Addresses of this machine and of its link, where services listen that trust whoever reaches them (a cloud's
 * metadata among them): a watch reaches them only where the settings name them.
 */
const INTERNAL = new BlockList()
for (const [address, bits] of [
  ['0.0.0.0', 8],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['224.0.0.0', 4],
  ['255.255.255.255', 32],
] as const)
  INTERNAL.addSubnet(address, bits, 'ipv4')
for (const [address, bits] of [
  ['::', 128],
  ['::1', 128],
  ['fe80::', 10],
  ['ff00::', 8],
] as const)
  INTERNAL.addSubnet(address, bits, 'ipv6')

/** True for an address of this machine or of its link; IPv4 inside IPv6 counts as what it stands for. */
export function isInternal(address: string): boolean {
  const bare = address.replace(/%.*$/, '')
  const family = isIP(bare)
  if (family === 4) return INTERNAL.check(bare, 'ipv4')
  if (family !== 6) return false
  // `new URL` writes IPv6 in one form: ::ffff:127.0.0.1 is ::ffff:7f00:1; 64:ff9b::/96 is NAT64.
  const plain = new URL(`http://[${bare}]`).hostname.slice(1, -1)
  const embedded = /^(?:::ffff:|::|64:ff9b::)([\da-f]{1,4}):([\da-f]{1,4})$/.exec(plain)
  if (embedded !== null) {
    const [high, low] = [parseInt(embedded[1]!, 16), parseInt(embedded[2]!, 16)]
    return INTERNAL.check(`${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`, 'ipv4')
  }
  return INTERNAL.check(plain, 'ipv6')
}

type Callback = (error: Error | null, address?: string | LookupAddress[], family?: number) => void

/** Decides which servers a request may reach; `patterns` are those of `xpack.http.whitelist`. */
export class HttpTargets {
  private readonly patterns: readonly { readonly test: RegExp; readonly specific: boolean }[]

  constructor(patterns: readonly string[]) {
    this.patterns = patterns.map((pattern) => ({
      test: new RegExp(`^${pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.*')}$`, 'is'), // prettier-ignore
      specific: !/^(?:[a-z*]+:\/\/)?\*+(?::[\d*]+)?(?:\/\*?)?$/i.test(pattern),
    }))
  }

  /**
   * @returns whether the target may be an internal address
   * @throws DiagnosticError `notify.forbidden_target`
   */
  check(url: URL): boolean {
    const matching = this.patterns.filter(({ test }) => namesOf(url).some((name) => test.test(name)))
    if (matching.length === 0)
      throw fail('notify.forbidden_target', { target: url.origin, reason: 'it is not in xpack.http.whitelist' })
    const named = matching.some(({ specific }) => specific)
    const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')
    if (!named && (isInternal(host) || /(?:^|\.)localhost$/i.test(host))) throw forbidden(url, host)
    return named
  }

  /** Name resolution for a target: addresses that it may not reach end the request before it connects. */
  lookup(url: URL): (hostname: string, options: LookupOptions, callback: Callback) => void {
    return (hostname, options, callback) => {
      const named = this.check(url)
      resolve(hostname, { ...options, all: true }, (error, addresses) => {
        if (error !== null) return callback(error)
        const internal = addresses.find(({ address }) => isInternal(address))
        if (internal !== undefined && !named) return callback(forbidden(url, internal.address))
        if (options.all === true) return callback(null, addresses)
        const [first] = addresses
        callback(null, first?.address ?? '', first?.family ?? 4)
      })
    }
  }
}

function forbidden(url: URL, address: string): Error {
  return fail('notify.forbidden_target', {
    target: url.origin,
    reason: `${address} is an address of this machine or of its link`,
  })
}

function namesOf(url: URL): string[] {
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port
  const full = `${url.protocol}//${url.hostname}:${port}`
  return [full, url.origin, `${url.origin}/`, url.href, `${url.hostname}:${port}`, url.hostname]
}
