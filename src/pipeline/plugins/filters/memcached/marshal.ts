import {
  Double,
  isObject,
  newObject,
  printValue,
  stringifyJson,
  Timestamp,
  type Value,
} from '../../../../event/index.ts'

/**
 * Ruby's format for values that are not strings, in which Logstash keeps them in memcached: nil, booleans, numbers,
 * strings, lists and hashes. Source: the Ruby documentation, doc/marshal.rdoc (version 4.8).
 */
const VERSION = Buffer.from([4, 8])
const LARGEST_FIXNUM = 2 ** 30 - 1
const DEEPEST = 100

export function dump(value: Value): Buffer {
  return Buffer.concat([VERSION, ...partsOf(value)])
}

function partsOf(value: Value): Buffer[] {
  if (value === null) return [Buffer.from('0')]
  if (typeof value === 'boolean') return [Buffer.from(value ? 'T' : 'F')]
  if (typeof value === 'string') return stringParts(value)
  if (value instanceof Timestamp) return stringParts(printValue(value))
  if (typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value))) return integerParts(value)
  if (typeof value === 'number' || value instanceof Double) {
    const text = floatText(Number(value))
    return [Buffer.from('f'), packed(text.length), Buffer.from(text)]
  }
  if (Array.isArray(value)) return [Buffer.from('['), packed(value.length), ...value.flatMap(partsOf)]
  if (!isObject(value)) return stringParts(stringifyJson(value))
  const names = Object.keys(value)
  return [
    Buffer.from('{'),
    packed(names.length),
    ...names.flatMap((name) => [...stringParts(name), ...partsOf(value[name]!)]),
  ]
}

function stringParts(text: string): Buffer[] {
  const bytes = Buffer.from(text)
  return [Buffer.from('I"'), packed(bytes.length), bytes, packed(1), Buffer.from(':'), packed(1), Buffer.from('ET')]
}

function integerParts(value: number | bigint): Buffer[] {
  if (value >= -LARGEST_FIXNUM - 1 && value <= LARGEST_FIXNUM) return [Buffer.from('i'), packed(Number(value))]
  let rest = BigInt(value)
  const sign = rest < 0n ? '-' : '+'
  if (rest < 0n) rest = -rest
  const bytes: number[] = []
  for (; rest > 0n; rest >>= 8n) bytes.push(Number(rest & 255n))
  if (bytes.length % 2 === 1) bytes.push(0)
  return [Buffer.from(`l${sign}`), packed(bytes.length / 2), Buffer.from(bytes)]
}

/** As Ruby writes it: a whole number without its fraction. */
function floatText(value: number): string {
  if (Number.isNaN(value)) return 'nan'
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf'
  return Object.is(value, -0) ? '-0' : String(value)
}

/** A number of at most 31 bits in the fewest bytes. */
function packed(value: number): Buffer {
  if (value === 0) return Buffer.from([0])
  if (value > 0 && value < 123) return Buffer.from([value + 5])
  if (value < 0 && value > -124) return Buffer.from([(value - 5) & 255])
  const bytes: number[] = []
  let rest = value
  while (rest !== 0 && rest !== -1) {
    bytes.push(rest & 255)
    rest >>= 8
  }
  return Buffer.from([value < 0 ? 256 - bytes.length : bytes.length, ...bytes])
}

/** @throws Error for what is not in the format, or of a class that has no place in an event. */
export function load(bytes: Buffer): Value {
  if (bytes[0] !== VERSION[0] || (bytes[1] ?? 255) > VERSION[1]!) throw new Error('it is not in a format of Ruby’s')
  return new Loader(bytes).value(0)
}

class Loader {
  private readonly bytes: Buffer
  private at = 2
  private readonly symbols: string[] = []
  private readonly objects: Value[] = []

  constructor(bytes: Buffer) {
    this.bytes = bytes
  }

  value(depth: number): Value {
    if (depth > DEEPEST) throw new Error('it is nested too deep')
    const type = String.fromCharCode(this.byte())
    switch (type) {
      case '0':
        return null
      case 'T':
        return true
      case 'F':
        return false
      case 'i':
        return this.packed()
      case ':':
        return this.symbol()
      case ';':
        return this.known(this.symbols, this.packed())
      case '@':
        return this.known(this.objects, this.packed())
      case 'l':
        return this.keep(this.bignum())
      case 'f':
        return this.keep(numberOf(this.text()))
      case '"':
        return this.keep(this.text())
      case 'I':
        return this.withVariables(depth)
      case '[':
        return this.list(depth)
      case '{':
        return this.hash(depth)
      default:
        throw new Error(`a value of Ruby's type '${type}' cannot be a field`)
    }
  }

  private withVariables(depth: number): Value {
    const value = this.value(depth + 1)
    // The variables of a string are its encoding.
    for (let count = this.packed(); count > 0; count--) {
      this.value(depth + 1)
      this.value(depth + 1)
    }
    return value
  }

  private list(depth: number): Value {
    const list: Value[] = []
    this.objects.push(list)
    for (let count = this.packed(); count > 0; count--) list.push(this.value(depth + 1))
    return list
  }

  private hash(depth: number): Value {
    const hash = newObject()
    this.objects.push(hash)
    for (let count = this.packed(); count > 0; count--) {
      const name = printValue(this.value(depth + 1) ?? '')
      hash[name] = this.value(depth + 1)
    }
    return hash
  }

  private symbol(): string {
    const text = this.text()
    this.symbols.push(text)
    return text
  }

  private bignum(): Value {
    const negative = String.fromCharCode(this.byte()) === '-'
    const length = this.packed() * 2
    let value = 0n
    this.take(length).forEach((byte, index) => (value += BigInt(byte) << BigInt(8 * index)))
    if (negative) value = -value
    return Number.isSafeInteger(Number(value)) ? Number(value) : value
  }

  private keep(value: Value): Value {
    this.objects.push(value)
    return value
  }

  private known<T>(list: readonly T[], index: number): T {
    const value = list[index]
    if (value === undefined) throw new Error('it refers to what it has not')
    return value
  }

  private text(): string {
    return this.take(this.packed()).toString('utf8')
  }

  private take(length: number): Buffer {
    if (length < 0 || this.at + length > this.bytes.length) throw new Error('it ends too early')
    this.at += length
    return this.bytes.subarray(this.at - length, this.at)
  }

  private byte(): number {
    return this.take(1)[0]!
  }

  private packed(): number {
    const first = this.take(1).readInt8(0)
    if (first === 0) return 0
    if (first > 4) return first - 5
    if (first < -4) return first + 5
    const length = Math.abs(first)
    const bytes = this.take(length)
    return first > 0 ? bytes.readUIntLE(0, length) : bytes.readUIntLE(0, length) - 2 ** (8 * length)
  }
}

function numberOf(text: string): Value {
  const value = text === 'nan' ? NaN : text === 'inf' ? Infinity : text === '-inf' ? -Infinity : Number(text)
  return Number.isInteger(value) ? new Double(value) : value
}
