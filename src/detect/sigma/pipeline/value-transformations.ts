import { fail, type Span } from '../../../diagnostic/index.ts'
import { child, invalid, textAt, textsAt, type Located } from '../located-yaml.ts'
import {
  ANY,
  isPlaceholder,
  joinParts,
  ONE,
  parsePattern,
  insertPlaceholders,
  type Part,
  type Pattern,
} from '../pattern.ts'
import { snakeCase } from '../taxonomy.ts'
import type { Clause, SigmaValue, Term } from '../value.ts'
import { needText } from './checks.ts'
import { mappingAt } from './field-transformations.ts'
import { appliesTo, changeValues, marked, type Transformation } from './item.ts'
import { plain } from './plain-text.ts'
import { pythonRegex, substitute } from './python-regex.ts'

const text = (pattern: Pattern, cased = false): SigmaValue => ({ kind: 'text', pattern, cased })

/** Changes texts; numbers too where `numbers` is set. */
function changeTexts(
  change: (pattern: Pattern, cased: boolean) => readonly SigmaValue[] | undefined,
  numbers = false,
): Transformation {
  return (run, item) =>
    changeValues(run, item, (value) => {
      if (value.kind === 'text') return change(value.pattern, value.cased)
      return numbers && value.kind === 'number' ? change([String(value.value)], false) : undefined
    })
}

export function replaceString(at: Located): Transformation {
  const regex = pythonRegex(needText(at, 'regex'), 'g', at)
  const replacement = textAt(at, 'replacement') ?? ''
  const skip = flagAt(at, 'skip_special')
  const interpret = flagAt(at, 'interpret_special')
  return changeTexts((pattern, cased) => {
    if (skip) {
      const parts = pattern.flatMap((part): readonly Part[] => {
        if (typeof part !== 'string') return [part]
        const made = substitute(part, regex, replacement)
        return interpret ? parsePattern(made) : [made]
      })
      return [text(joinParts(parts), cased)]
    }
    const made = parsePattern(substitute(plain(pattern), regex, replacement).replaceAll(/\\(?![*?])/g, '\\\\'))
    return [text(pattern.some(isPlaceholder) ? insertPlaceholders(made) : made, cased)]
  }, true)
}

export function mapString(at: Located): Transformation {
  const mapping = mappingAt(at)
  return changeTexts((pattern, cased) => mapping.get(plain(pattern))?.map((made) => text(parsePattern(made), cased)))
}

export function changeCase(at: Located): Transformation {
  const method = textAt(at, 'method') ?? 'lower'
  const change = {
    lower: (one: string) => one.toLowerCase(),
    upper: (one: string) => one.toUpperCase(),
    snake_case: snakeCase,
  }[method]
  if (change === undefined) throw invalid('method', 'lower, upper or snake_case', child(at, 'method')!)
  return changeTexts((pattern, cased) => [
    text(
      pattern.map((part) => (typeof part === 'string' ? change(part) : part)),
      cased,
    ),
  ])
}

export function toRegex(at: Located): Transformation {
  const method = textAt(at, 'method') ?? 'ignore_case_brackets'
  if (!['plain', 'ignore_case_flag', 'ignore_case_brackets'].includes(method))
    throw invalid('method', 'plain, ignore_case_flag or ignore_case_brackets', child(at, 'method')!)
  const flags = { i: method !== 'plain', m: false, s: true }
  return changeTexts((pattern) => {
    if (pattern.length === 0) return undefined
    const open = pattern.find(isPlaceholder)
    if (open !== undefined) throw fail('sigma.placeholder', { name: open.placeholder }, { span: at.span })
    const source = pattern
      .map((part) =>
        part === ANY ? '.*' : part === ONE ? '.' : String(part).replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&'),
      )
      .join('')
    // Expressions are searched for, a text is the whole value.
    return [{ kind: 'regex', pattern: [`^${source}$`], flags }]
  })
}

export function setValue(at: Located): Transformation {
  const value = child(at, 'value')
  const force = textAt(at, 'force_type')
  if (value === undefined || (typeof value.data === 'object' && value.data !== null))
    throw invalid('value', 'a text, a number, true, false or null', value ?? at)
  if (force !== undefined && force !== 'str' && force !== 'num')
    throw invalid('force_type', 'str or num', child(at, 'force_type')!)
  const { data } = value
  let made: SigmaValue
  if (force === 'str') made = text(parsePattern(String(data)))
  else if (force === 'num') made = numberOf(data, value)
  else if (data === null) made = { kind: 'null' }
  else if (typeof data === 'boolean') made = { kind: 'boolean', value: data }
  else made = typeof data === 'number' ? { kind: 'number', value: data } : text(parsePattern(String(data)))
  return (run, item) => changeValues(run, item, () => [made])
}

export function convertType(at: Located): Transformation {
  const target = textAt(at, 'target_type')
  if (target !== 'str' && target !== 'num') throw invalid('target_type', 'str or num', child(at, 'target_type') ?? at)
  return (run, item) =>
    changeValues(run, item, (value, term) => {
      if (target === 'str') return value.kind === 'number' ? [text([String(value.value)])] : undefined
      return value.kind === 'text' ? [numberOf(plain(value.pattern), term)] : undefined
    })
}

function numberOf(data: unknown, { span }: { readonly span: Span }): SigmaValue {
  const number = typeof data === 'number' || /^-?\d+(?:\.\d+)?$/.test(String(data)) ? Number(data) : NaN
  if (Number.isNaN(number)) throw fail('sigma.pipeline', { reason: `'${String(data)}' is no number` }, { span })
  return { kind: 'number', value: number }
}

/** @param valuesOf what a placeholder stands for */
export function placeholders(
  at: Located,
  valuesOf: (name: string, vars: ReadonlyMap<string, readonly string[]>, term: Term) => readonly Pattern[],
): Transformation {
  const include = child(at, 'include') === undefined ? undefined : textsAt(at, 'include')
  const exclude = child(at, 'exclude') === undefined ? undefined : textsAt(at, 'exclude')
  if (include !== undefined && exclude !== undefined)
    throw fail(
      'sigma.unsupported',
      { path: 'exclude', reason: 'there is include' },
      { span: child(at, 'exclude')!.span },
    )
  const handles = (name: string): boolean => include?.includes(name) ?? !(exclude?.includes(name) ?? false)
  return (run, item) =>
    changeValues(run, item, (value, term) => {
      if (value.kind !== 'text' && value.kind !== 'regex') return undefined
      if (!value.pattern.some((part) => isPlaceholder(part) && handles(part.placeholder))) return undefined
      let made: Part[][] = [[]]
      for (const part of value.pattern) {
        const values =
          isPlaceholder(part) && handles(part.placeholder) ? valuesOf(part.placeholder, run.vars, term) : undefined
        made = (values ?? [[part]]).flatMap((one) =>
          made.map((before) => [...before, ...(value.kind === 'regex' ? one.map(regexPart) : one)]),
        )
        if (made.length > VALUES_LIMIT)
          throw fail(
            'sigma.unsupported',
            { path: 'value_placeholders', reason: `more than ${VALUES_LIMIT} values` },
            { span: at.span },
          )
      }
      return made.map((parts): SigmaValue => ({ ...value, pattern: joinParts(parts) }))
    })
}

const VALUES_LIMIT = 100_000

function regexPart(part: Part): Part {
  return part === ANY ? '.*' : part === ONE ? '.' : part
}

const LENGTHS: Readonly<Record<number, string>> = { 32: 'MD5', 40: 'SHA1', 64: 'SHA256', 128: 'SHA512' }

/** `Hashes: SHA1=...` as items for a field of each algorithm. */
export function hashesFields(at: Located): Transformation {
  const known = textsAt(at, 'valid_hash_algos')
  const prefix = textAt(at, 'field_prefix') ?? ''
  const drop = flagAt(at, 'drop_algo_prefix')
  const parsed = child(at, 'field_to_parse') === undefined ? ['Hashes', 'Hash'] : textsAt(at, 'field_to_parse')
  return (run, item) =>
    run.change((term) => {
      if (!parsed.includes(term.field) || !appliesTo(item, term, run)) return term
      if (term.values.some(({ kind }) => kind !== 'text')) return term
      const byField = new Map<string, string[]>()
      for (const value of term.values) {
        const whole = plain((value as Extract<SigmaValue, { kind: 'text' }>).pattern)
        const parts = whole.split(whole.includes('|') ? '|' : '=')
        const hash = (parts.length === 2 ? parts[1]! : parts[0]!).replaceAll(/^[*?]+|[*?]+$/g, '')
        const name = parts.length === 2 ? parts[0]!.replace(/^\*+/, '').toUpperCase() : (LENGTHS[hash.length] ?? '')
        if (!known.includes(name)) continue
        const field = `${prefix}${drop ? '' : name}`
        byField.set(field, [...(byField.get(field) ?? []), hash])
      }
      if (byField.size === 0)
        throw fail(
          'sigma.pipeline',
          { reason: `'${term.text}' has no hash of ${known.join(', ')}` },
          { span: term.span },
        )
      const of = [...byField].map(([field, hashes]): Term =>
        marked(
          { ...term, field: field === 'keyword' ? '' : field, values: hashes.map((hash) => text(parsePattern(hash))) },
          item,
        ),
      )
      return { kind: term.negated || term.all ? 'all' : 'any', of } satisfies Clause
    })
}

/** Named groups of an expression as items of their own. */
export function extractFields(at: Located): Transformation {
  const regex = pythonRegex(`^(?:${needText(at, 'regex')})`, '', at)
  const prefix = textAt(at, 'field_prefix')
  const keep = flagAt(at, 'preserve_unmatched')
  if (!/\(\?<[a-z_]/i.test(regex.source))
    throw invalid('regex', 'an expression with a named group', child(at, 'regex')!)
  return (run, item) =>
    run.change((term) => {
      if (!appliesTo(item, term, run) || term.values.some(({ kind }) => kind !== 'text')) return term
      const of = term.values.flatMap((value): Clause[] => {
        const found = regex.exec(plain((value as Extract<SigmaValue, { kind: 'text' }>).pattern))
        if (found === null) return keep ? [marked({ ...term, values: [value] }, item)] : []
        const items = Object.entries(found.groups ?? {}).flatMap(([name, held]): Term[] => {
          if (held === undefined || held === '') return []
          return [
            marked(
              { ...term, field: prefix === undefined ? name : `${prefix}.${name}`, values: [captured(held)] },
              item,
            ),
          ]
        })
        return items.length === 0 ? [] : [{ kind: 'all', of: items }]
      })
      if (of.length === 0) return term
      return { kind: term.all ? 'all' : 'any', of }
    })
}

/** A number without leading zeros is one; `null` and `none` are null. */
function captured(held: string): SigmaValue {
  if (/^(?:null|none)$/i.test(held)) return { kind: 'null' }
  if (/^-?(?:0|[1-9]\d*)(?:\.\d+)?$/.test(held)) return { kind: 'number', value: Number(held) }
  return text(parsePattern(held))
}

export function flagAt(at: Located, key: string): boolean {
  const value = child(at, key)
  if (value === undefined) return false
  if (typeof value.data !== 'boolean') throw invalid(key, 'true or false', value)
  return value.data
}
