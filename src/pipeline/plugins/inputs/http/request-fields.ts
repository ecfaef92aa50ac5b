import type { IncomingMessage } from 'node:http'
import { fieldPath, newObject, type Event, type ValueObject } from '../../../../event/index.ts'

/** Headers that Logstash has under other names. */
const RENAMED: Readonly<Record<string, string>> = {
  accept: 'http_accept',
  host: 'http_host',
  user_agent: 'http_user_agent',
}

/** The headers of a request and its first line, by Logstash's names; never the credentials. */
export function headersOf(request: IncomingMessage): ValueObject {
  const headers = newObject()
  for (const [given, value] of Object.entries(request.headers)) {
    if (value === undefined || given === 'authorization') continue
    const name = given.replaceAll('-', '_')
    headers[RENAMED[name] ?? name] = Array.isArray(value) ? value.join(', ') : value
  }
  headers['request_method'] = request.method ?? ''
  headers['request_path'] = request.url ?? ''
  headers['http_version'] = `HTTP/${request.httpVersion}`
  return headers
}

const FIELDS = (
  [
    ['http_version', '[http][version]'],
    ['http_user_agent', '[user_agent][original]'],
    ['request_method', '[http][method]'],
    ['request_path', '[url][path]'],
    ['content_length', '[http][request][body][bytes]'],
    ['content_type', '[http][request][mime_type]'],
  ] as const
).map(([header, field]) => [header, fieldPath(field)] as const)
const DOMAIN = fieldPath('[url][domain]')
const PORT = fieldPath('[url][port]')

/** Copies of some headers by the names of ECS. */
export function setEcsFields(event: Event, headers: ValueObject): void {
  for (const [header, field] of FIELDS) {
    const value = headers[header]
    if (value !== undefined) event.set(field, value)
  }
  const host = headers['http_host']
  if (typeof host !== 'string') return
  const { domain, port } = splitHost(host)
  event.set(DOMAIN, domain)
  if (port !== undefined) event.set(PORT, port)
}

/** Host and port of a Host header; an address of IPv6 has its port after brackets. */
export function splitHost(host: string): { domain: string; port: number | undefined } {
  const match = /^(?:([^:]+)|\[(.*)\]):(\d+)$/.exec(host)
  return match === null ? { domain: host, port: undefined } : { domain: match[1] ?? match[2]!, port: Number(match[3]) }
}
