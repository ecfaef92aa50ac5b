/** Processors that set, move and remove fields. */
import { cloneValue, Double, double, isObject, shortestFloat, type Value } from '../../event/index.ts'
import { fail } from '../../diagnostic/index.ts'
import { javaType } from '../document.ts'
import { templateOf, textTemplate, type ProcessorSpec } from '../processor.ts'

const set: ProcessorSpec = {
  name: 'set',
  summary: 'Sets a field to a value, or to that of another field.',
  create(config) {
    const field = textTemplate(config.text('field'))
    const from = config.text('copy_from', undefined)
    const value = from === undefined ? templateOf(config.required('value')) : undefined
    const override = config.flag('override', true)
    const ignoreEmpty = config.flag('ignore_empty_value', false)
    // It only says how a value with a template in it is written, as ours is not.
    config.oneOf(
      'media_type',
      ['application/json', 'text/plain', 'application/x-www-form-urlencoded'],
      'application/json',
    )
    return (document) => {
      const name = field(document)
      const existing = document.find(name)
      if (!override && existing !== undefined && existing !== null) return
      const given = from === undefined ? value!(document) : document.find(from)
      if (ignoreEmpty && (given === undefined || given === null || given === '')) return
      if (given === undefined)
        throw fail('ingest.failed', { reason: `field [${from}] not present as part of path [${from}]` })
      document.set(name, cloneValue(given))
    }
  },
}

const remove: ProcessorSpec = {
  name: 'remove',
  summary: 'Removes fields, or all but those to keep.',
  create(config) {
    const keep = config.list('keep')
    const fields = keep === undefined ? (config.list('field') ?? missingField()).map(textTemplate) : []
    const ignoreMissing = config.flag('ignore_missing', false)
    return (document) => {
      if (keep !== undefined) {
        for (const key of Object.keys(document.source()))
          if (!keep.some((kept) => kept === key || kept.startsWith(`${key}.`))) delete document.ctx[key]
        return
      }
      for (const field of fields) {
        const path = field(document)
        if (ignoreMissing && !document.has(path)) continue
        document.remove(path)
      }
    }
  },
}

function missingField(): never {
  throw fail('ingest.parse', { reason: '[field] required property is missing' })
}

const rename: ProcessorSpec = {
  name: 'rename',
  summary: 'Renames a field.',
  create(config) {
    const field = textTemplate(config.text('field'))
    const target = textTemplate(config.text('target_field'))
    const ignoreMissing = config.flag('ignore_missing', false)
    const override = config.flag('override', false)
    return (document) => {
      const [from, to] = [field(document), target(document)]
      if (!document.has(from)) {
        if (ignoreMissing) return
        throw fail('ingest.failed', { reason: `field [${from}] doesn't exist` })
      }
      if (document.has(to) && !override) throw fail('ingest.failed', { reason: `field [${to}] already exists` })
      const value = document.get(from)
      document.remove(from)
      try {
        document.set(to, value)
      } catch (error) {
        document.set(from, value)
        throw error
      }
    }
  },
}

const append: ProcessorSpec = {
  name: 'append',
  summary: 'Appends values to a list, which is made where there is none.',
  create(config) {
    const field = textTemplate(config.text('field'))
    const value = templateOf(config.required('value'))
    const allowDuplicates = config.flag('allow_duplicates', true)
    config.oneOf(
      'media_type',
      ['application/json', 'text/plain', 'application/x-www-form-urlencoded'],
      'application/json',
    )
    return (document) => {
      const given = value(document)
      document.append(field(document), Array.isArray(given) ? given : [given], allowDuplicates)
    }
  },
}

const sort: ProcessorSpec = {
  name: 'sort',
  summary: 'Sorts a list of texts or numbers.',
  create(config) {
    const field = config.text('field')
    const order = config.oneOf('order', ['asc', 'desc'], 'asc')
    const target = config.text('target_field', field)
    return (document) => {
      const list = document.get(field)
      if (!Array.isArray(list))
        throw fail('ingest.failed', {
          reason: `field [${field}] of type [${javaType(list)}] cannot be cast to [java.util.List]`,
        })
      const keyed = list.map((value) => [value instanceof Double ? value.value : (value as number), value] as const)
      const sorted = keyed.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, value]) => value)
      document.set(target, order === 'desc' ? sorted.reverse() : sorted)
    }
  },
}

const TYPES = ['integer', 'long', 'double', 'float', 'boolean', 'string', 'ip', 'auto'] as const

const convert: ProcessorSpec = {
  name: 'convert',
  summary: 'Changes the type of a value.',
  create(config) {
    const field = config.text('field')
    const target = config.text('target_field', field)
    const type = config.oneOf('type', TYPES)
    const ignoreMissing = config.flag('ignore_missing', false)
    return (document) => {
      const value = document.find(field)
      if (value === undefined || value === null) {
        if (ignoreMissing) return
        if (value === undefined) document.get(field)
        throw fail('ingest.failed', { reason: `Field [${field}] is null, cannot be converted to type [${type}]` })
      }
      document.set(target, Array.isArray(value) ? value.map((one) => converted(one, type)) : converted(value, type))
    }
  },
}

function converted(value: Value, type: (typeof TYPES)[number]): Value {
  const text = value instanceof Double ? String(value.value) : String(value)
  switch (type) {
    case 'integer':
    case 'long':
      return integer(text, type)
    case 'double':
    case 'float':
      return fraction(text, type)
    case 'boolean':
      if (text.toLowerCase() === 'true') return true
      if (text.toLowerCase() === 'false') return false
      throw fail('ingest.failed', { reason: `[${text}] is not a boolean value, cannot convert to boolean` })
    case 'string':
      return isObject(value) ? JSON.stringify(value) : text
    case 'ip':
      if (typeof value === 'string' && isAddress(text)) return value
      throw fail('ingest.failed', { reason: `[${text}] is not a valid ipv4/ipv6 address` })
    case 'auto': {
      if (typeof value !== 'string') return value
      const lower = text.toLowerCase()
      if (lower === 'true' || lower === 'false') return lower === 'true'
      if (/^[-+]?\d+$/.test(text)) return integer(text, 'long')
      if (/^[-+]?(\d+\.\d*|\.\d+)([eE][-+]?\d+)?$/.test(text)) return fraction(text, 'double')
      return value
    }
  }
}

/** More digits than any number of ours has. */
const MOST_DIGITS = 40

/** An integer as a number; a long as a bigint, so that scripts reckon with 64 bits. */
function integer(text: string, type: string): Value {
  if (text.length > MOST_DIGITS)
    throw fail('ingest.failed', { reason: `unable to convert [${text.slice(0, MOST_DIGITS)}...] to ${type}` })
  const hex = /^([-+]?)0[xX]([\da-fA-F]+)$/.exec(text)
  const number =
    hex === null
      ? /^[-+]?\d+$/.test(text)
        ? BigInt(text.replace('+', ''))
        : undefined
      : BigInt(`0x${hex[2]}`) * (hex[1] === '-' ? -1n : 1n)
  const bits = type === 'integer' ? 31n : 63n
  if (number === undefined || number >= 1n << bits || number < -(1n << bits))
    throw fail('ingest.failed', { reason: `unable to convert [${text}] to ${type}` })
  return type === 'integer' ? Number(number) : number
}

function fraction(text: string, type: string): Value {
  const number = text.trim() === '' ? Number.NaN : Number(text.trim().replace(/[fFdD]$/, ''))
  if (Number.isNaN(number)) throw fail('ingest.failed', { reason: `unable to convert [${text}] to ${type}` })
  return double(type === 'float' ? shortestFloat(Math.fround(number)) : number)
}

function isAddress(text: string): boolean {
  if (/^(\d{1,3}\.){3}\d{1,3}$/.test(text)) return text.split('.').every((part) => Number(part) < 256)
  return text.includes(':') && URL.canParse(`http://[${text}]/`)
}

const dotExpander: ProcessorSpec = {
  name: 'dot_expander',
  summary: 'Makes objects of a field with dots in its name.',
  create(config) {
    const field = config.text('field')
    const path = config.text('path', undefined)
    const override = config.flag('override', false)
    if (field !== '*' && !field.includes('.'))
      throw fail('ingest.parse', { reason: `[field] field does not contain a dot and is not a wildcard` })
    return (document) => {
      const parent = path === undefined ? document.ctx : document.find(path)
      if (!isObject(parent)) throw fail('ingest.failed', { reason: `Path [${path}] is not an object` })
      const names = field === '*' ? Object.keys(parent).filter((key) => key.includes('.')) : [field]
      for (const name of names) {
        const value = parent[name]
        if (value === undefined) continue
        const full = path === undefined ? name : `${path}.${name}`
        const old = document.find(full)
        delete parent[name]
        if (old === undefined || override) document.set(full, value)
        else if (isObject(old) && isObject(value)) Object.assign(old, value)
        else document.append(full, [value], true)
      }
    }
  },
}

export const FIELDS: readonly ProcessorSpec[] = [set, remove, rename, append, sort, convert, dotExpander]
