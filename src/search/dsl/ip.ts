/** IP addresses as the `ip` type keeps them: canonical text (RFC 5952; IPv4-mapped addresses as IPv4). */

/** @returns the canonical text, or undefined where the text is no address. */
export function canonicalIp(text: string): string | undefined {
  if (isIpv4(text)) return text
  const bits = ipv6Bits(text)
  return bits === undefined ? undefined : formatIp(bits)
}

/** The address as 128 bits, IPv4 in its mapped form, so that all addresses have one order. */
export function ipBits(text: string): bigint | undefined {
  return isIpv4(text) ? MAPPED | ipv4Bits(text) : ipv6Bits(text)
}

const MAPPED = 0xffffn << 32n
const ALL = (1n << 128n) - 1n

/** @returns the first and last address of `10.0.0.0/8`, or undefined where it is no CIDR block. */
export function cidrRange(text: string): { from: bigint; to: bigint } | undefined {
  const slash = text.indexOf('/')
  if (slash < 0) return undefined
  const address = text.slice(0, slash)
  const bits = ipBits(address)
  const digits = text.slice(slash + 1)
  if (bits === undefined || !/^\d{1,3}$/.test(digits)) return undefined
  const v4 = isIpv4(address)
  const length = Number(digits)
  if (length > (v4 ? 32 : 128)) return undefined
  const host = (1n << BigInt((v4 ? 32 : 128) - length)) - 1n
  return { from: bits & ~host & ALL, to: bits | host }
}

function isIpv4(text: string): boolean {
  const length = text.length
  if (length < 7 || length > 15) return false
  let octets = 1
  let value = 0
  let digits = 0
  for (let i = 0; i < length; i++) {
    const c = text.charCodeAt(i)
    if (c === 46) {
      if (digits === 0) return false
      octets++
      value = 0
      digits = 0
      continue
    }
    if (c < 48 || c > 57) return false
    if (digits === 1 && value === 0) return false
    value = value * 10 + c - 48
    if (value > 255) return false
    digits++
  }
  return octets === 4 && digits > 0
}

function ipv4Bits(text: string): bigint {
  return BigInt(text.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0))
}

function ipv6Bits(text: string): bigint | undefined {
  if (text.length > 45 || !text.includes(':')) return undefined
  let source = text
  const percent = source.indexOf('%')
  if (percent >= 0) return undefined
  const lastColon = source.lastIndexOf(':')
  const tail = source.slice(lastColon + 1)
  if (tail.includes('.')) {
    if (!isIpv4(tail)) return undefined
    const bits = Number(ipv4Bits(tail))
    source = `${source.slice(0, lastColon + 1)}${(bits >>> 16).toString(16)}:${(bits & 0xffff).toString(16)}`
  }
  const halves = source.split('::')
  if (halves.length > 2) return undefined
  const head = halves[0] === '' ? [] : halves[0]!.split(':')
  const rest = halves.length === 1 || halves[1] === '' ? [] : halves[1]!.split(':')
  const missing = 8 - head.length - rest.length
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined
  let bits = 0n
  for (const group of [...head, ...Array<string>(halves.length === 1 ? 0 : missing).fill('0'), ...rest]) {
    if (!/^[0-9a-fA-F]{1,4}$/.test(group)) return undefined
    bits = (bits << 16n) | BigInt(Number.parseInt(group, 16))
  }
  return bits
}

/** Canonical text of 128 bits. */
export function formatIp(bits: bigint): string {
  if (bits >> 32n === 0xffffn) {
    const v4 = Number(bits & 0xffffffffn)
    return `${v4 >>> 24}.${(v4 >>> 16) & 255}.${(v4 >>> 8) & 255}.${v4 & 255}`
  }
  const groups = Array.from({ length: 8 }, (_, i) => Number((bits >> BigInt(112 - 16 * i)) & 0xffffn))
  let bestStart = -1
  let bestLength = 1
  for (let i = 0; i < 8; i++) {
    let end = i
    while (end < 8 && groups[end] === 0) end++
    if (end - i > bestLength) {
      bestStart = i
      bestLength = end - i
    }
    if (end > i) i = end
  }
  const hex = groups.map((group) => group.toString(16))
  if (bestStart < 0) return hex.join(':')
  return `${hex.slice(0, bestStart).join(':')}::${hex.slice(bestStart + bestLength).join(':')}`
}
