import { createSocket } from 'node:dgram'
import { createConnection } from 'node:net'
import { hostname } from 'node:os'
import { connect as connectTls } from 'node:tls'
import type { Attempt } from './attempt.ts'

export const SYSLOG_LEVELS = ['emergency', 'alert', 'critical', 'error', 'warning', 'notice', 'informational', 'debug'] as const // prettier-ignore
export type SyslogLevel = (typeof SYSLOG_LEVELS)[number]

export interface SyslogWork {
  readonly kind: 'syslog'
  readonly host: string
  readonly port: number
  readonly transport: 'udp' | 'tcp' | 'tls'
  readonly line: string
}

const TIMEOUT = 10_000
/** What RFC 5426 advises for UDP beyond one network. */
const UDP_LIMIT = 2048

/** One line of RFC 5424; control characters of the text become spaces. */
export function syslogLine(facility: number, level: SyslogLevel, text: string, nowMillis: number, id: string): string {
  const priority = facility * 8 + SYSLOG_LEVELS.indexOf(level)
  const host = hostname().replace(/[^\x21-\x7e]/g, '') || '-'
  const message = text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
  const messageId = id.replace(/[^\x21-\x7e]/g, '').slice(0, 32) || '-'
  return `<${priority}>1 ${new Date(nowMillis).toISOString()} ${host} vedetta - ${messageId} - \ufeff${message}`
}

/** One attempt: a datagram, or a frame with its length before it (RFC 6587) over a connection. */
export function sendSyslog({ host, port, transport, line }: SyslogWork): Promise<Attempt> {
  const peer = `syslog ${host}:${port}`
  const bytes = Buffer.from(line)
  return new Promise((resolve) => {
    const failed = (error: Error): void =>
      resolve({ kind: 'retry', scope: 'peer', reason: `${peer}: ${error.message}`, refusals: [] })
    if (transport === 'udp') {
      const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
      socket.once('error', (error) => {
        socket.close()
        failed(error)
      })
      socket.send(bytes.subarray(0, UDP_LIMIT), port, host, (error) => {
        if (error !== null) return
        socket.close()
        resolve({ kind: 'delivered', detail: `sent to ${peer}` })
      })
      return
    }
    const socket = transport === 'tls' ? connectTls({ host, port, servername: host }) : createConnection({ host, port })
    socket.setTimeout(TIMEOUT, () => socket.destroy(new Error('no answer in time')))
    socket.once('error', failed)
    socket.once(transport === 'tls' ? 'secureConnect' : 'connect', () => {
      socket.end(Buffer.concat([Buffer.from(`${bytes.length} `), bytes]), () =>
        resolve({ kind: 'delivered', detail: `sent to ${peer}` }),
      )
      socket.resume()
    })
  })
}
