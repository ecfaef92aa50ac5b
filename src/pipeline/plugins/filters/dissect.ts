import { fail } from '../../../diagnostic/index.ts'
import { double, parseFieldPath, printValue, type Event, type FieldPath, type Value } from '../../../event/index.ts'
import { option, type } from '../../../settings/index.ts'
import { defineFilter } from '../define.ts'
import { fieldHash } from './field-option.ts'

export const dissect = defineFilter({
  name: 'dissect',
  summary: 'Takes text apart at delimiters, without regular expressions.',
  options: {
    mapping: option(fieldHash(type.string), {
      default: [],
      describe:
        'Fields and their dissections: `%{name}`, `%{?skipped}`, `%{+appended/2}`, `%{&named_by_a_value}`, `%{padded->}`.',
    }),
    convert_datatype: option(fieldHash(type.string), {
      default: [],
      describe:
        'Numbers, `int` or `float`, that fields become after all dissections; any other type tags the event, as in Logstash.',
    }),
    tag_on_failure: option(type.list(type.string), {
      default: ['_dissectfailure'],
      describe: 'Tags of events whose field does not have the delimiters.',
    }),
  },
  examples: [
    {
      title: 'a line of syslog, its time in one field',
      config:
        'mapping => { "message" => "%{ts} %{+ts} %{+ts} %{src} %{} %{prog}[%{pid}]: %{msg}" } convert_datatype => { "pid" => "int" } remove_field => "message"',
      in: { message: 'Mar 16 00:01:25 evita [x] postfix/smtpd[1713]: connect from host' },
      out: { ts: 'Mar 16 00:01:25', src: 'evita', prog: 'postfix/smtpd', pid: 1713, msg: 'connect from host' },
    },
    {
      title: 'order of appended parts',
      config: 'mapping => { "m" => "%{+a/2} %{+a/1} %{+a/4} %{+a/3}" }',
      in: { m: '1 2 3 go' },
      out: { m: '1 2 3 go', a: '2 1 go 3' },
    },
    {
      title: 'a part names the field of another',
      config: 'mapping => { "m" => "error: %{?err}, %{&err}" }',
      in: { m: 'error: some_error, some_description' },
      out: { m: 'error: some_error, some_description', some_error: 'some_description' },
    },
    {
      title: 'padding',
      config: 'mapping => { "m" => "%{id} %{function->} %{server}" }',
      in: { m: '00000043 ViewReceive     machine-321' },
      out: {
        m: '00000043 ViewReceive     machine-321',
        id: '00000043',
        function: 'ViewReceive',
        server: 'machine-321',
      },
    },
    {
      title: 'delimiters without anything between them',
      config: 'mapping => { "m" => "%{a},%{b},%{c}" }',
      in: { m: '1,,3,4' },
      out: { m: '1,,3,4', a: '1', b: '', c: '3,4' },
    },
    {
      title: 'a delimiter is missing',
      config: 'mapping => { "m" => "%{a}:%{b}" }',
      in: { m: 'no colon' },
      out: { m: 'no colon', tags: ['_dissectfailure'] },
    },
    {
      title: 'an empty text fails, a field that is not there does not',
      config: 'mapping => { "m" => "%{a}" "n" => "%{b}" } add_field => { "no" => "success" }',
      in: { m: '' },
      out: { m: '', tags: ['_dissectfailure'] },
    },
    {
      title: 'numbers that are not there or none',
      config:
        'mapping => { "m" => "T9 %{a} %{b} %{c}" "o" => "%{d}:%{e}" } add_tag => "one" ' +
        'convert_datatype => { "a" => "int" "b" => "int" "c" => "float" "d" => "float" "m" => "integer" }',
      in: { m: 'T9 3.5 - .5', o: 'x' },
      out: {
        m: 'T9 3.5 - .5',
        o: 'x',
        a: 3,
        b: '-',
        c: 0.5,
        tags: [
          'one',
          '_dissectfailure',
          '_dataconversionuncoercible_b_int',
          '_dataconversionnullvalue_d_float',
          '_dataconversionmissing_m_integer',
        ],
      },
    },
    {
      title: 'a delimiter at the beginning',
      config: 'mapping => { "m" => "%{a} %{b}" "n" => "T4 %{c} %{d}" }',
      in: { m: ' y', n: 'T4  y' },
      out: { m: ' y', n: 'T4  y', a: '', b: ' y', c: '', d: 'y' },
    },
  ],
  create(options, context) {
    const dissections = options.mapping.map(([field, text]) => ({ field, run: compileDissection(text) }))
    return {
      filter(batch) {
        for (const event of batch) {
          for (const { field, run } of dissections) {
            const value = event.get(field)
            if (value === undefined || value === null) continue
            const text = typeof value === 'string' ? value : printValue(value)
            // As in Logstash one dissection that succeeds is a success, whatever becomes of the others.
            if (text !== '' && run(event, text)) context.matched(event)
            else for (const tag of options.tag_on_failure) event.tag(tag)
          }
          for (const [field, to] of options.convert_datatype) convert(event, field, to)
        }
        return batch
      },
    }
  },
})

interface Part {
  readonly kind: 'set' | 'skip' | 'append' | 'indirect'
  readonly key: string
  readonly path: FieldPath | undefined
  readonly order: number
  readonly padded: boolean
  /** The delimiter before the part, which joins what is appended. */
  readonly before: string
  /** The delimiter after it; empty at the end. */
  readonly after: string
}

/** @throws DiagnosticError for what is no dissection. */
function compileDissection(text: string): (event: Event, text: string) => boolean {
  const matches = [...text.matchAll(/%\{([^}]*)\}/g)]
  if (matches.length === 0) throw invalid(text, 'a dissection with at least one field such as %{name}')
  const delimiter = (i: number): string => {
    const start = i === 0 ? 0 : matches[i - 1]!.index + matches[i - 1]![0].length
    return text.slice(start, i === matches.length ? undefined : matches[i]!.index)
  }
  const parts = matches.map((match, i): Part => {
    const padded = match[1]!.endsWith('->')
    const inner = padded ? match[1]!.slice(0, -2) : match[1]!
    const [, prefix = '', key = '', order] = /^([?+&]?)(.*?)(?:\/(\d+))?$/s.exec(inner)!
    if (/^[&+]/.test(key)) throw invalid(text, 'without both + and & in one field')
    if ((prefix === '+' || prefix === '&') && key === '') throw invalid(text, `with a name after ${prefix}`)
    const kind = prefix === '+' ? 'append' : prefix === '&' ? 'indirect' : prefix === '?' || key === '' ? 'skip' : 'set'
    const path = key === '' ? undefined : parseFieldPath(key)
    if (kind !== 'skip' && path === undefined) throw invalid(text, `made of field references, which '${key}' is not`)
    const before = delimiter(i)
    if (i > 0 && before === '') throw invalid(text, 'with a delimiter between its fields')
    return { kind, key, path, order: Number(order ?? 0), padded, before, after: delimiter(i + 1) }
  })
  const head = parts[0]!.before
  return (event, source) => {
    if (!source.startsWith(head)) return false
    const values = split(source, head.length, parts)
    if (values === undefined) return false
    store(event, parts, values)
    return true
  }
}

function split(source: string, start: number, parts: readonly Part[]): string[] | undefined {
  const values: string[] = []
  let at = start
  for (const { after, padded } of parts) {
    const end = after === '' ? source.length : source.indexOf(after, at)
    if (end < 0) return undefined
    values.push(source.slice(at, end))
    // A delimiter that the text begins with ends an empty field and stays part of the next, as in Logstash.
    if (end > 0) at = end + after.length
    if (padded && after !== '') while (source.startsWith(after, at)) at += after.length
  }
  return values
}

function store(event: Event, parts: readonly Part[], values: readonly string[]): void {
  const byKey = new Map<string, string>()
  const appended = new Map<string, { part: Part; value: string }[]>()
  parts.forEach((part, i) => {
    const value = values[i]!
    if (part.kind === 'set' || part.kind === 'skip') byKey.set(part.key, value)
    if (part.kind === 'set') event.set(part.path!, value)
    if (part.kind === 'append') {
      const list = appended.get(part.key)
      if (list === undefined) appended.set(part.key, [{ part, value }])
      else list.push({ part, value })
    }
  })
  for (const list of appended.values()) {
    const path = list[0]!.part.path!
    const before = event.get(path)
    let joined = before === undefined || before === null ? undefined : printValue(before)
    for (const { part, value } of list.toSorted((a, b) => a.part.order - b.part.order))
      joined = joined === undefined ? value : joined + (part.before === '' ? ' ' : part.before) + value
    event.set(path, joined!)
  }
  parts.forEach((part, i) => {
    if (part.kind !== 'indirect') return
    const named = byKey.get(part.key) ?? event.get(part.path!)
    const path = named === undefined || named === null ? undefined : parseFieldPath(printValue(named))
    if (path !== undefined) event.set(path, values[i]!)
  })
}

function convert(event: Event, field: FieldPath, to: string): void {
  const value = event.get(field)
  const failed = (what: string): void => event.tag(`_dataconversion${what}_${field.text}_${to}`)
  if (to !== 'int' && to !== 'float') return failed('missing')
  if (value === undefined || value === null) return failed('nullvalue')
  const number = numberOf(value, to)
  if (number === undefined) failed('uncoercible')
  else event.set(field, number)
}

function numberOf(value: Value, to: 'int' | 'float'): Value | undefined {
  const match = /^([+-]?\d*)(\.\d*)?(e[+-]?\d+)?$/i.exec(printValue(value))
  if (match === null || !/^[+-]?\.?\d/.test(match[0])) return undefined
  const text = match[0]
  if (to === 'float') return double(Number(text))
  if (match[3] !== undefined || !/\d/.test(match[1]!)) {
    const number = Math.trunc(Number(text))
    return Number.isSafeInteger(number) ? number : undefined
  }
  const exact = BigInt(match[1]!.replace('+', ''))
  return Number.isSafeInteger(Number(exact)) ? Number(exact) : exact
}

function invalid(value: string, expected: string): Error {
  return fail('plugin.option_invalid', { option: 'mapping', expected, value })
}
