import { Double, double, isObject, printValue, Timestamp, type Value } from '../../../../event/index.ts'
import { parseRubyInteger } from '../../../grok/index.ts'

export const CONVERSIONS = ['integer', 'float', 'integer_eu', 'float_eu', 'string', 'boolean'] as const
export type Conversion = (typeof CONVERSIONS)[number]

/**
 * A value as another type, a list element by element; hashes stay as they are.
 * @throws RangeError where a number is wanted of what is none.
 */
export function convertValue(value: Value, to: Conversion): Value {
  if (Array.isArray(value)) return value.map((inner) => (inner === null ? null : convertOne(inner, to)))
  return isObject(value) ? value : convertOne(value, to)
}

function convertOne(value: Value, to: Conversion): Value {
  switch (to) {
    case 'string':
      return printValue(value)
    case 'boolean':
      return toBoolean(value)
    case 'integer':
      return toInteger(value)
    case 'integer_eu':
      return toInteger(fromEuropean(value))
    case 'float':
      return toFloat(value)
    case 'float_eu':
      return toFloat(fromEuropean(value))
  }
}

/** What is neither passes through. */
function toBoolean(value: Value): Value {
  const text = printValue(value)
  if (/^(?:true|t|yes|y|1|1\.0)$/i.test(text)) return true
  if (text === '' || /^(?:false|f|no|n|0|0\.0)$/i.test(text)) return false
  return value
}

function toInteger(value: Value): number | bigint {
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value === 'bigint') return value
  if (typeof value === 'number' || value instanceof Double) return truncate(Number(value))
  if (typeof value !== 'string') throw notNumber(value)
  const text = grouped(value)
  const hex = hexadecimal(text)
  if (hex !== undefined) return truncate(hex)
  if (text.includes('e')) {
    const scientific = Number(text)
    if (text === '' || !Number.isFinite(scientific)) throw notNumber(value)
    return truncate(scientific)
  }
  return parseRubyInteger(text)
}

function toFloat(value: Value): number | Double {
  if (typeof value === 'boolean') return double(value ? 1 : 0)
  if (typeof value === 'number' || typeof value === 'bigint') return double(Number(value))
  if (value instanceof Double) return value
  if (typeof value !== 'string') throw notNumber(value)
  const text = grouped(value)
  const hex = hexadecimal(text)
  if (hex !== undefined) return double(hex)
  if (!/^[+-]?\d+(?:_\d+)*(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text)) throw notNumber(value)
  return double(Number(text.replaceAll('_', '')))
}

/** Commas group digits: `1,234.5`. */
function grouped(text: string): string {
  return text.trim().replaceAll(',', '')
}

/** `1.234,5` as `1,234.5`. */
function fromEuropean(value: Value): Value {
  return typeof value === 'string' ? value.replace(/[.,]/g, (c) => (c === '.' ? ',' : '.')) : value
}

function hexadecimal(text: string): number | undefined {
  const match = /^([+-]?)0x([0-9a-f]+)$/i.exec(text)
  if (match === null) return undefined
  const magnitude = Number.parseInt(match[2]!, 16)
  return match[1] === '-' ? -magnitude : magnitude
}

function truncate(value: number): number | bigint {
  if (!Number.isFinite(value)) throw new RangeError(`${value} is no integer`)
  const whole = Math.trunc(value) + 0
  return Number.isSafeInteger(whole) ? whole : BigInt(whole)
}

function notNumber(value: Value): RangeError {
  const kind = value instanceof Timestamp ? 'a timestamp' : `'${printValue(value).slice(0, 80)}'`
  return new RangeError(`${kind} is no number`)
}
