/** Of interned names, how many a generation holds; two generations are kept. */
const GENERATION = 100_000
/** Class E: no host has such an address of IPv4. */
const INTERNED = 0xf0000000
const NUMBERS = 0x0fffffff
/** A host whose name is forgotten. */
export const NOBODY = 0

/**
 * A number of 32 bits for each host, so that tables need no text: an address of IPv4 is its own number; others (IPv6, names)
 * get numbers of class E in turn. Of those, the names that were not asked for longest are forgotten, a generation at a time:
 * a host that comes back after that has a new number.
 */
export class Hosts {
  private numbers = new Map<string, number>()
  private names = new Map<number, string>()
  private olderNumbers = new Map<string, number>()
  private olderNames = new Map<number, string>()
  private next = 0

  numberOf(host: string): number {
    const address = ipv4(host)
    return address >= 0 ? address : this.interned(host)
  }

  /** Undefined for a name that is forgotten. */
  nameOf(number: number): string | undefined {
    if (number === NOBODY) return undefined
    if (number < INTERNED) return `${number >>> 24}.${(number >>> 16) & 255}.${(number >>> 8) & 255}.${number & 255}`
    return this.names.get(number) ?? this.olderNames.get(number)
  }

  private interned(host: string): number {
    const known = this.numbers.get(host)
    if (known !== undefined) return known
    const number = this.olderNumbers.get(host) ?? INTERNED + this.next++
    this.next &= NUMBERS
    if (this.numbers.size >= GENERATION) {
      this.olderNumbers = this.numbers
      this.olderNames = this.names
      this.numbers = new Map()
      this.names = new Map()
    }
    this.numbers.set(host, number)
    this.names.set(number, host)
    return number
  }
}

export function isInterned(number: number): boolean {
  return number >= INTERNED
}

/** The address as a number; -1 for what is no address of IPv4 in its usual form, or one of class E. */
function ipv4(text: string): number {
  const { length } = text
  if (length < 7 || length > 15) return -1
  let address = 0
  let part = -1
  let parts = 0
  for (let i = 0; i <= length; i++) {
    const digit = i === length ? -2 : text.charCodeAt(i) - 48
    if (digit === -2) {
      if (part < 0 || parts === 4) return -1
      address = address * 256 + part
      parts++
      part = -1
    } else {
      // `01` would be told back as `1`.
      if (digit < 0 || digit > 9 || part === 0) return -1
      part = part < 0 ? digit : part * 10 + digit
      if (part > 255) return -1
    }
  }
  return parts === 4 && address < INTERNED ? address : -1
}

/** Whether it is the address of one host: none is asked that is a group or a whole network. */
export function isUnicast(number: number, name: string): boolean {
  if (number >= INTERNED) return name.includes(':') ? !/^ff/i.test(name) : !/^[\d.]+$/.test(name)
  const first = number >>> 24
  return first > 0 && first < 224 && (number & 255) !== 255
}
