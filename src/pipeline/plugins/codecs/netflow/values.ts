import { double, newObject, type Value } from '../../../../event/index.ts'
import { ipv4, ipv6 } from '../../../../packet/index.ts'
import { escapeInvalidUtf8 } from '../charset.ts'
import { isUtf8 } from 'node:buffer'
import type { FieldKind } from './fields.ts'

/** Classification engine of RFC 6759 whose ids have an enterprise's number before the selector. */
const PANA_L7_PEN = 20

/** The value of a field, as Logstash shows values of its kind; bytes that do not fit the kind as hexadecimal digits. */
export function flowValue(bytes: Buffer, kind: FieldKind): Value {
  switch (kind) {
    case 'u':
    case 'b':
      return unsigned(bytes)
    case 'i':
      return bytes.length > 0 && bytes.length <= 6 ? bytes.readIntBE(0, bytes.length) : unsigned(bytes)
    case 'f':
      return bytes.length === 8
        ? double(bytes.readDoubleBE())
        : bytes.length === 4
          ? double(bytes.readFloatBE())
          : unsigned(bytes)
    case 's':
      return text(bytes)
    case '4':
      return bytes.length === 4 ? ipv4(bytes, 0) : bytes.toString('hex')
    case '6':
      return bytes.length === 16 ? ipv6(bytes, 0) : bytes.toString('hex')
    case 'm':
      return bytes.toString('hex').replace(/..(?=.)/g, '$&:')
    case 'a':
      return applicationId(bytes)
    case 'c':
      return bytes.toString('hex').replace(/.{8}(?=.)/g, '$&-')
    case 'l':
      return mplsLabel(bytes)
    case 'w':
      return forwardingStatus(bytes)
    default:
      return bytes.toString('hex')
  }
}

export function unsigned(bytes: Buffer): Value {
  const { length } = bytes
  if (length === 0) return 0
  if (length <= 6) return bytes.readUIntBE(0, length)
  if (length > 8) return bytes.toString('hex')
  const value = BigInt(`0x${bytes.toString('hex')}`)
  return value <= Number.MAX_SAFE_INTEGER ? Number(value) : value
}

function text(bytes: Buffer): string {
  let end = bytes.length
  while (end > 0 && bytes[end - 1] === 0) end--
  const kept = bytes.subarray(0, end)
  return isUtf8(kept) ? kept.toString('utf8') : escapeInvalidUtf8(kept)
}

function applicationId(bytes: Buffer): Value {
  if (bytes.length < 2) return bytes.toString('hex')
  const engine = bytes[0]!
  if (engine !== PANA_L7_PEN || bytes.length < 6) return `${engine}..${String(unsigned(bytes.subarray(1)))}`
  return `${engine}..${bytes.readUInt32BE(1)}..${String(unsigned(bytes.subarray(5)))}`
}

function mplsLabel(bytes: Buffer): Value {
  if (bytes.length < 3) return bytes.toString('hex')
  const word = bytes.readUIntBE(0, 3)
  const label = newObject()
  label['label'] = word >>> 4
  label['experimental'] = (word >> 1) & 7
  label['bottom_of_stack'] = word & 1
  if (bytes.length > 3) label['ttl'] = bytes[3]!
  return label
}

function forwardingStatus(bytes: Buffer): Value {
  if (bytes.length === 0) return 0
  const byte = bytes.at(-1)!
  const status = newObject()
  status['status'] = byte >> 6
  status['reason'] = byte & 63
  return status
}
