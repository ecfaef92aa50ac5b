import { isIPv4, isIPv6 } from 'node:net'

/** An address as a number: IPv4 in 32 bits, IPv6 in 128. */
export type Address = { readonly bits: 32; readonly value: number } | { readonly bits: 128; readonly value: bigint }

/** An IPv4 address inside IPv6 (`::ffff:10.0.0.1`) is the IPv4 address. */
export function parseAddress(text: string): Address | undefined {
  if (isIPv4(text)) return { bits: 32, value: v4(text) }
  const zone = text.indexOf('%')
  const bare = zone < 0 ? text : text.slice(0, zone)
  if (!isIPv6(bare)) return undefined
  const value = v6(bare)
  return value >> 32n === 0xffffn ? { bits: 32, value: Number(value & 0xffffffffn) } : { bits: 128, value }
}

function v4(text: string): number {
  return text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
}

function v6(text: string): bigint {
  const dotted = /[\d.]*$/.exec(text)![0]
  let rest = text
  if (dotted.includes('.')) {
    const number = v4(dotted)
    rest = `${text.slice(0, -dotted.length)}${(number >>> 16).toString(16)}:${(number & 0xffff).toString(16)}`
  }
  const [head, tail] = rest.split('::') as [string, string | undefined]
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const groups = [...left, ...Array.from({ length: 8 - left.length - right.length }, () => '0'), ...right]
  return groups.reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n)
}

/** A network as a test of addresses; undefined where the text is none. */
export function parseNetwork(text: string): ((address: Address) => boolean) | undefined {
  const match = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text.trim())
  if (match === null) return undefined
  const v4Text = isIPv4(match[1]!)
  if (!v4Text && !isIPv6(match[1]!)) return undefined
  const full = v4Text ? 32 : 128
  const length = match[2] === undefined ? full : Number(match[2])
  if (length > full) return undefined
  if (v4Text) {
    const size = 2 ** (32 - length)
    const base = Math.floor(v4(match[1]!) / size)
    return (address) => address.bits === 32 && Math.floor(address.value / size) === base
  }
  const shift = BigInt(128 - length)
  const base = v6(match[1]!) >> shift
  return (address) => {
    const value =
      address.bits === 128 ? address.value : length >= 96 ? (0xffffn << 32n) | BigInt(address.value) : undefined
    return value !== undefined && value >> shift === base
  }
}
