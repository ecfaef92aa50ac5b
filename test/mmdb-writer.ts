import { isIP } from 'node:net'

/** A value as the MaxMind DB format knows it: other numbers than an {@link MmdbDouble} are unsigned. */
export type MmdbValue = string | number | boolean | bigint | MmdbDouble | readonly MmdbValue[] | MmdbMap
export interface MmdbMap {
  readonly [name: string]: MmdbValue
}

export class MmdbDouble {
  readonly value: number

  constructor(value: number) {
    this.value = value
  }
}

export const mmdbDouble = (value: number): MmdbDouble => new MmdbDouble(value)

/**
 * A small file in the MaxMind DB format (version 2.0, 24-bit records, an IPv6 tree with IPv4 at ::/96), for tests.
 * Networks are `1.2.3.0/24` or `2001:db8::/32`; they must not overlap.
 * Source: the MaxMind DB file format specification.
 */
export function writeMmdb(databaseType: string, networks: Readonly<Record<string, MmdbMap>>): Buffer {
  type Node = [Child, Child]
  type Child = number | { readonly data: number } | undefined
  const nodes: Node[] = [[undefined, undefined]]
  const data: Buffer[] = []
  let size = 0
  for (const [network, record] of Object.entries(networks)) {
    const encoded = encode(record)
    const offset = size
    data.push(encoded)
    size += encoded.length
    const bits = bitsOf(network)
    let at = 0
    bits.forEach((bit, depth) => {
      if (depth === bits.length - 1) {
        nodes[at]![bit] = { data: offset }
        return
      }
      let next = nodes[at]![bit]
      if (next === undefined) {
        next = nodes.push([undefined, undefined]) - 1
        nodes[at]![bit] = next
      }
      if (typeof next !== 'number') throw new Error(`${network} lies in another network`)
      at = next
    })
  }
  const tree = Buffer.alloc(nodes.length * 6)
  nodes.forEach((children, index) => {
    children.forEach((child, side) => {
      const value =
        child === undefined ? nodes.length : typeof child === 'number' ? child : nodes.length + 16 + child.data
      tree.writeUIntBE(value, index * 6 + side * 3, 3)
    })
  })
  const metadata = encode({
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: 1_700_000_000n,
    database_type: databaseType,
    description: { en: 'made by a test' },
    ip_version: 6,
    languages: ['en'],
    node_count: nodes.length,
    record_size: 24,
  })
  const marker = Buffer.from('abcdef4d61784d696e642e636f6d', 'hex')
  return Buffer.concat([tree, Buffer.alloc(16), ...data, marker, metadata])
}

function bitsOf(network: string): (0 | 1)[] {
  const [address, length] = network.split('/') as [string, string]
  const v4 = !address.includes(':')
  const bytes = v4 ? [...Array<number>(12).fill(0), ...address.split('.').map(Number)] : v6Bytes(address)
  const count = Number(length) + (v4 ? 96 : 0)

  if (isIP(address) === 0) throw new Error(`${network} is no network`)
  return Array.from({ length: count }, (_, bit) => ((bytes[bit >> 3]! >> (7 - (bit & 7))) & 1) as 0 | 1)
}

function v6Bytes(address: string): number[] {
  const [before, after = ''] = address.split('::') as [string, string?]
  const groups = (text: string): number[] => text.split(':').flatMap((g) => (g === '' ? [] : [parseInt(g, 16)]))
  const first = groups(before)
  const last = groups(after)
  const all = [...first, ...Array<number>(8 - first.length - last.length).fill(0), ...last]
  return all.flatMap((group) => [group >> 8, group & 255])
}

const TYPES = { string: 2, double: 3, uint32: 6, map: 7, uint64: 9, array: 11, boolean: 14 } as const

function control(type: number, size: number): Buffer {
  const extended = type > 7
  const length = size < 29 ? [size] : size < 285 ? [29, size - 29] : [30, (size - 285) >> 8, (size - 285) & 255]
  const first = (extended ? 0 : type << 5) | length[0]!
  return Buffer.from([first, ...(extended ? [type - 7] : []), ...length.slice(1)])
}

function encode(value: MmdbValue): Buffer {
  if (typeof value === 'string') {
    const text = Buffer.from(value)
    return Buffer.concat([control(TYPES.string, text.length), text])
  }
  if (typeof value === 'boolean') return control(TYPES.boolean, value ? 1 : 0)
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32BE(value)
    return Buffer.concat([control(TYPES.uint32, 4), bytes])
  }
  if (typeof value === 'bigint') {
    const bytes = Buffer.alloc(8)
    bytes.writeBigUInt64BE(value)
    return Buffer.concat([control(TYPES.uint64, 8), bytes])
  }
  if (value instanceof MmdbDouble) {
    const bytes = Buffer.alloc(8)
    bytes.writeDoubleBE(value.value)
    return Buffer.concat([control(TYPES.double, 8), bytes])
  }
  if (Array.isArray(value)) {
    const items = value as readonly MmdbValue[]
    return Buffer.concat([control(TYPES.array, items.length), ...items.map(encode)])
  }
  const entries = Object.entries(value as MmdbMap)
  return Buffer.concat([
    control(TYPES.map, entries.length),
    ...entries.flatMap(([name, inner]) => [encode(name), encode(inner)]),
  ])
}
