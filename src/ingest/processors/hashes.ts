/** Processors that make one value of several: fingerprint, community_id, network_direction. */
import { createHash } from 'node:crypto'
import { Double, isObject, type Value } from '../../event/index.ts'
import { fail } from '../../diagnostic/index.ts'
import type { ProcessorSpec } from '../processor.ts'

const METHODS = { md5: 'md5', 'sha-1': 'sha1', 'sha-256': 'sha256', 'sha-512': 'sha512' } as const

const fingerprint: ProcessorSpec = {
  name: 'fingerprint',
  summary: 'A hash of fields.',
  create(config) {
    const fields = config.list('fields')
    if (fields === undefined || fields.length === 0)
      throw fail('ingest.parse', { reason: '[fields] must specify at least one field' })
    const target = config.text('target_field', 'fingerprint')
    const salt = config.text('salt', '')
    const method = config.text('method', 'SHA-1').toLowerCase()
    const ignoreMissing = config.flag('ignore_missing', false)
    if (method === 'murmurhash3')
      throw fail('ingest.unsupported', {
        reason: '[method] MurmurHash3 is not supported: use MD5, SHA-1, SHA-256 or SHA-512',
      })
    const algorithm = METHODS[method as keyof typeof METHODS]
    if (algorithm === undefined)
      throw fail('ingest.parse', { reason: `[method] must be one of MD5, SHA-1, SHA-256, SHA-512, got [${method}]` })
    const sorted = [...new Set(fields)].sort()
    return (document) => {
      const values = sorted.map((field) => [field, document.find(field)] as const)
      const missing = values.find(([, value]) => value === undefined || value === null)
      if (missing !== undefined && !ignoreMissing)
        throw fail('ingest.failed', { reason: `missing field [${missing[0]}] when calculating fingerprint` })
      const present = values.filter(([, value]) => value !== undefined && value !== null)
      if (present.length === 0) return
      const hash = createHash(algorithm)
      hash.update(salt)
      for (const [, value] of present) feed(hash, value!)
      document.set(target, hash.digest('base64'))
    }
  },
}

const DELIMITER = Buffer.of(0)

/** Every kind of value begins with a zero, so that neighbours do not run together. */
function feed(hash: ReturnType<typeof createHash>, value: Value): void {
  if (isObject(value)) {
    for (const key of Object.keys(value).sort()) {
      hash.update(DELIMITER)
      hash.update(key)
      feed(hash, value[key]!)
    }
  } else if (Array.isArray(value)) {
    for (const item of value) feed(hash, item)
  } else {
    hash.update(DELIMITER)
    hash.update(value instanceof Double ? value.toString() : String(value))
  }
}

/** Numbers of transport protocols by name, as the processor takes them. */
const TRANSPORTS: Readonly<Record<string, number>> = {
  icmp: 1,
  igmp: 2,
  tcp: 6,
  udp: 17,
  gre: 47,
  'ipv6-icmp': 58,
  icmpv6: 58,
  eigrp: 88,
  ospf: 89,
  pim: 103,
  sctp: 132,
}

/** ICMP types that answer each other (Community ID 1.0), by type. */
const ANSWERS: Readonly<Record<number, Readonly<Record<number, number>>>> = {
  1: { 0: 8, 8: 0, 9: 10, 10: 9, 13: 14, 14: 13, 15: 16, 16: 15, 17: 18, 18: 17 },
  58: {
    128: 129,
    129: 128,
    130: 131,
    131: 130,
    133: 134,
    134: 133,
    135: 136,
    136: 135,
    139: 140,
    140: 139,
    144: 145,
    145: 144,
  },
}

const communityId: ProcessorSpec = {
  name: 'community_id',
  summary: 'The Community ID of a connection (version 1).',
  create(config) {
    const name = (option: string, otherwise: string): string => config.text(option, otherwise)
    const fields = {
      sourceIp: name('source_ip', 'source.ip'),
      sourcePort: name('source_port', 'source.port'),
      destinationIp: name('destination_ip', 'destination.ip'),
      destinationPort: name('destination_port', 'destination.port'),
      iana: name('iana_number', 'network.iana_number'),
      icmpType: name('icmp_type', 'icmp.type'),
      icmpCode: name('icmp_code', 'icmp.code'),
      transport: name('transport', 'network.transport'),
    }
    const target = name('target_field', 'network.community_id')
    const seed = config.number('seed', 0)
    if (seed < 0 || seed > 65_535) throw fail('ingest.parse', { reason: '[seed] must be a value between 0 and 65535' })
    const ignoreMissing = config.flag('ignore_missing', true)
    return (document) => {
      const text = (path: string): string | undefined => {
        const value = document.find(path)
        return value === undefined || value === null ? undefined : String(value)
      }
      const flow = flowOf(fields, text)
      if (flow === undefined) {
        if (ignoreMissing) return
        throw fail('ingest.failed', { reason: 'unable to construct flow from document' })
      }
      document.set(target, hashOf(flow, seed))
    }
  },
}

interface Flow {
  source: Buffer
  destination: Buffer
  protocol: number
  ports: [number, number] | undefined
  oneWay: boolean
}

function flowOf(
  fields: Readonly<Record<string, string>>,
  text: (path: string) => string | undefined,
): Flow | undefined {
  const [from, to] = [text(fields['sourceIp']!), text(fields['destinationIp']!)]
  if (from === undefined || to === undefined) return undefined
  const named = text(fields['iana']!) ?? text(fields['transport']!)
  if (named === undefined) return undefined
  const protocol = /^\d+$/.test(named) ? Number(named) : TRANSPORTS[named.toLowerCase()]
  if (protocol === undefined || protocol > 255)
    throw fail('ingest.failed', { reason: `could not convert string [${named}] to transport protocol` })
  const flow: Flow = { source: address(from), destination: address(to), protocol, ports: undefined, oneWay: false }
  if (protocol === 1 || protocol === 58) {
    // Flow records name no type; Elasticsearch takes 0 then.
    const type = Number(text(fields['icmpType']!) ?? 0)
    if (Number.isNaN(type)) return undefined
    const answer = ANSWERS[protocol]![type]
    flow.ports = [type, answer ?? Number(text(fields['icmpCode']!) ?? 0)]
    flow.oneWay = answer === undefined
  } else if ([6, 17, 132].includes(protocol)) {
    flow.ports = [port(text(fields['sourcePort']!)), port(text(fields['destinationPort']!))]
  }
  return flow
}

function port(text: string | undefined): number {
  const number = Number(text)
  if (text === undefined || !Number.isInteger(number) || number < 1 || number > 65_535)
    throw fail('ingest.failed', { reason: `invalid port [${text ?? 'null'}]` })
  return number
}

function hashOf({ source, destination, protocol, ports, oneWay }: Flow, seed: number): string {
  const order = Buffer.compare(source, destination) || (ports === undefined ? 0 : ports[0] - ports[1])
  const turned = !oneWay && order > 0
  const [first, second] = turned ? [destination, source] : [source, destination]
  const head = Buffer.alloc(2)
  head.writeUInt16BE(seed)
  const hash = createHash('sha1').update(head).update(first).update(second).update(Buffer.of(protocol, 0))
  if (ports !== undefined) {
    const both = Buffer.alloc(4)
    both.writeUInt16BE(turned ? ports[1] : ports[0], 0)
    both.writeUInt16BE(turned ? ports[0] : ports[1], 2)
    hash.update(both)
  }
  return `1:${hash.digest('base64')}`
}

/** The bytes of an address, 4 or 16. @throws illegal_argument_exception */
export function address(text: string): Buffer {
  const bad = (): never => {
    throw fail('ingest.failed', { reason: `'${text}' is not an IP string literal.` })
  }
  if (/^(\d{1,3}\.){3}\d{1,3}$/.test(text)) {
    const parts = text.split('.').map(Number)
    return parts.every((part) => part < 256) ? Buffer.from(parts) : bad()
  }
  if (!text.includes(':') || !URL.canParse(`http://[${text}]/`)) return bad()
  const short = new URL(`http://[${text}]/`).hostname.slice(1, -1)
  const [head = '', tail] = short.split('::') as [string, string?]
  const words = (part: string): number[] =>
    part === '' ? [] : part.split(':').map((word) => Number.parseInt(word, 16))
  const [left, right] = [words(head), words(tail ?? '')]
  const all = tail === undefined ? left : [...left, ...Array<number>(8 - left.length - right.length).fill(0), ...right]
  const bytes = Buffer.alloc(16)
  for (const [i, word] of all.entries()) bytes.writeUInt16BE(word, i * 2)
  return bytes
}

export const HASHES: readonly ProcessorSpec[] = [fingerprint, communityId]
