// The fields of a part of a watch, found by reading it: the part is given a value that writes down what is asked of it.
import { fromDist } from './sources.mjs'

const { Problems, Spec } = await fromDist('watch/spec.js')
const { watchScripts } = await fromDist('watch/script.js')

/** Answers `{ path, value, note }` for each field that `kind` knows, in the order in which it reads them. */
export function fieldsOf(kind) {
  const fields = readWithout(kind, undefined)
  // A name that is asked for only where another is absent is another name for it.
  for (const path of fields.keys()) {
    const also = [...readWithout(kind, path).keys()].filter((other) => !fields.has(other) && besides(path, other))
    fields.get(path).also = also.map((other) => other.split('.').at(-1))
  }
  return [...fields]
    .filter(([path]) => !insideTemplate(path, fields))
    .map(([path, field]) => ({ path, value: valueOf(path, field, fields), note: noteOf(field) }))
}

function readWithout(kind, absent) {
  const fields = new Map()
  const problems = new Problems()
  kind.read(new Recorder([], problems, fields, absent), { problems, scripts: watchScripts() })
  return fields
}

class Recorder extends Spec {
  constructor(path, problems, fields, absent) {
    super(Object.create(null), path, problems)
    this.fields = fields
    this.absent = absent
  }

  take(name) {
    const path = [...this.path, name]
    const key = path.join('.')
    if (!this.fields.has(key)) this.fields.set(key, {})
    return key === this.absent ? undefined : new Recorder(path, this.problems, this.fields, this.absent)
  }

  need(name) {
    const inner = this.take(name)
    if (inner !== undefined) inner.write({ required: true })
    return inner
  }

  write(found) {
    Object.assign(this.fields.get(this.path.join('.')) ?? {}, found)
  }

  refuse(reason) {
    this.write({ refused: reason })
  }

  items() {
    this.write({ list: true })
    return [this]
  }

  string() {
    this.write({ value: 'text' })
    return undefined
  }

  strings() {
    this.write({ value: 'text', list: true })
    return undefined
  }

  boolean() {
    this.write({ value: 'true or false' })
    return undefined
  }

  integer(min, max) {
    this.write({ value: max > 1e9 ? `integer from ${min}` : `integer from ${min} to ${max}` })
    return undefined
  }

  duration() {
    this.write({ value: 'duration' })
    return undefined
  }

  oneOf(...values) {
    this.write({ value: `one of ${values.map((value) => `\`${value}\``).join(', ')}` })
    return undefined
  }
}

function besides(path, other) {
  return path.slice(0, path.lastIndexOf('.') + 1) === other.slice(0, other.lastIndexOf('.') + 1)
}

function isTemplate(path, fields) {
  return fields.has(`${path}.source`) && fields.has(`${path}.options`)
}

function insideTemplate(path, fields) {
  const owner = path.slice(0, Math.max(path.lastIndexOf('.'), 0))
  return owner !== '' && (isTemplate(owner, fields) || insideTemplate(owner, fields))
}

function valueOf(path, field, fields) {
  const inner = [...fields.keys()].some((other) => other.startsWith(`${path}.`))
  const value = isTemplate(path, fields) ? 'text, may be a template' : (field.value ?? (inner ? 'object' : ''))
  return field.list === true ? `${value}; one or a list` : value
}

function noteOf({ required, refused, also = [] }) {
  const parts = []
  if (required) parts.push('Required.')
  if (also.length > 0) parts.push(`Also: ${also.map((name) => `\`${name}\``).join(', ')}.`)
  if (refused !== undefined) parts.push(`Refused: ${refused}.`)
  return parts.join(' ')
}
