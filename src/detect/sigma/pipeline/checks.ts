import { fail } from '../../../diagnostic/index.ts'
import { compileCondition, parseCondition } from '../condition.ts'
import { child, invalid, textAt, textsAt, type Located } from '../located-yaml.ts'
import { hasWildcard } from '../pattern.ts'
import { LEVELS, type Logsource } from '../rule.ts'
import type { SigmaValue, Term } from '../value.ts'
import { plain } from './plain-text.ts'
import { pythonRegex } from './python-regex.ts'
import type { Run } from './run.ts'

/** Whether an item applies to a rule, a term or the name of a field. */
export type Check<T> = (subject: T, run: Run) => boolean

interface CheckSpec<T> {
  readonly summary: string
  readonly options: readonly string[]
  readonly create: (at: Located) => Check<T>
}

const STATE: CheckSpec<unknown> = {
  summary: 'what `set_state` has set',
  options: ['key', 'val', 'op'],
  create(at) {
    const key = needText(at, 'key')
    const compare = comparison(at)
    return (_, run) => run.state.has(key) && compare(run.state.get(key))
  },
}

export const RULE_CHECKS: Readonly<Record<string, CheckSpec<void>>> = {
  logsource: {
    summary: 'the logsource has these parts',
    options: ['product', 'category', 'service'],
    create(at) {
      const wanted = logsourceAt(at)
      return (_, { rule, named }) =>
        rule.kind === 'rule' ? within(rule.logsource, wanted) : named.some(({ logsource }) => within(logsource, wanted))
    },
  },
  contains_field: {
    summary: 'the rule has an item for a field',
    options: ['field'],
    create(at) {
      const field = needText(at, 'field')
      return (_, run) => run.terms().some((term) => term.field === field)
    },
  },
  contains_detection_item: {
    summary: 'the rule has an item for a field with a value',
    options: ['field', 'value'],
    create(at) {
      const field = needText(at, 'field')
      const equals = equalTo(child(at, 'value') ?? at)
      return (_, run) => run.terms().some((term) => term.field === field && term.values.some(equals))
    },
  },
  processing_item_applied: {
    summary: 'another item was applied to the rule',
    options: ['processing_item_id'],
    create(at) {
      const id = needText(at, 'processing_item_id')
      return (_, { applied }) => applied.has(id)
    },
  },
  processing_state: STATE,
  is_sigma_rule: {
    summary: 'it is no correlation',
    options: [],
    create:
      () =>
      (_, { rule }) =>
        rule.kind === 'rule',
  },
  is_sigma_correlation_rule: {
    summary: 'it is a correlation',
    options: [],
    create:
      () =>
      (_, { rule }) =>
        rule.kind === 'correlation',
  },
  rule_attribute: {
    summary: 'an attribute of the rule compares so',
    options: ['attribute', 'value', 'op'],
    create: ruleAttribute,
  },
  tag: {
    summary: 'the rule has a tag',
    options: ['tag'],
    create(at) {
      const tag = needText(at, 'tag').toLowerCase()
      return (_, { rule }) => rule.tags.some((one) => one.toLowerCase() === tag)
    },
  },
}

export const ITEM_CHECKS: Readonly<Record<string, CheckSpec<Term>>> = {
  match_string: {
    summary: 'values match a regular expression from their beginning',
    options: ['cond', 'pattern', 'negate'],
    create(at) {
      const regex = pythonRegex(`^(?:${needText(at, 'pattern')})`, '', at)
      const negate = child(at, 'negate')?.data === true
      return onValues(at, (value) => (value.kind === 'text' && regex.test(plain(value.pattern))) !== negate)
    },
  },
  match_value: {
    summary: 'values are this one',
    options: ['cond', 'value'],
    create: (at) => onValues(at, equalTo(child(at, 'value') ?? at)),
  },
  contains_wildcard: {
    summary: 'values have wildcards',
    options: ['cond'],
    create: (at) => onValues(at, (value) => value.kind === 'text' && hasWildcard(value.pattern)),
  },
  is_null: {
    summary: 'values are null',
    options: ['cond'],
    create: (at) => onValues(at, ({ kind }) => kind === 'null'),
  },
  processing_item_applied: {
    summary: 'another item was applied to it',
    options: ['processing_item_id'],
    create(at) {
      const id = needText(at, 'processing_item_id')
      return ({ applied }) => applied?.includes(id) === true
    },
  },
  processing_state: STATE,
}

export const FIELD_CHECKS: Readonly<Record<string, CheckSpec<string>>> = {
  include_fields: { summary: 'the field is one of these', options: ['fields', 'mode'], create: fieldIn },
  exclude_fields: {
    summary: 'the field is none of these',
    options: ['fields', 'mode'],
    create(at) {
      const inside = fieldIn(at)
      return (field, run) => !inside(field, run)
    },
  },
  processing_item_applied: {
    summary: 'another item was applied to the field',
    options: ['processing_item_id'],
    create(at) {
      const id = needText(at, 'processing_item_id')
      return (field, { fieldApplied }) => fieldApplied.get(field)?.has(id) === true
    },
  },
  processing_state: STATE,
}

/**
 * The conditions of an item of a pipeline: `<name>_conditions` as a list or a map, linked by `<name>_cond_op` or by
 * `<name>_cond_expr` over the keys of the map, turned round by `<name>_cond_not`. Without any, all are meant.
 */
export function readChecks<T>(
  item: Located,
  name: string,
  specs: Readonly<Record<string, CheckSpec<T>>>,
): Check<T> | undefined {
  const list = child(item, `${name}_conditions`)
  const expression = child(item, `${name}_cond_expr`)
  const operator = child(item, `${name}_cond_op`)
  if (list === undefined) {
    if (expression !== undefined)
      throw fail(
        'sigma.missing',
        { owner: expression.data === null ? name : `${name}_cond_expr`, name: `${name}_conditions` },
        { span: expression.span },
      )
    return undefined
  }
  if (list.items === undefined && list.entries === undefined)
    throw invalid(`${name}_conditions`, 'a list or a map of conditions', list)
  if (operator !== undefined && operator.data !== 'and' && operator.data !== 'or')
    throw invalid(`${name}_cond_op`, 'and or or', operator)
  const negated = child(item, `${name}_cond_not`)?.data === true
  const named = list.entries?.map(({ key, value }) => [key, readCheck(value, specs)] as const)
  const checks = named?.map(([, check]) => check) ?? list.items!.map((one) => readCheck(one, specs))
  if (checks.length === 0) return undefined
  let linked: Check<T>
  if (expression !== undefined) {
    if (operator !== undefined)
      throw fail(
        'sigma.unsupported',
        { path: `${name}_cond_op`, reason: `there is ${name}_cond_expr` },
        { span: operator.span },
      )
    if (named === undefined) throw invalid(`${name}_conditions`, 'a map where there is an expression', list)
    const byName = new Map(named)
    const condition = parseCondition(String(expression.data), [...byName.keys()], expression.span)
    const test = compileCondition<readonly [T, Run]>(condition, (key) => {
      const check = byName.get(key)!
      return ([subject, run]) => check(subject, run)
    })
    linked = (subject, run) => test([subject, run])
  } else if (operator?.data === 'or') linked = (subject, run) => checks.some((check) => check(subject, run))
  else linked = (subject, run) => checks.every((check) => check(subject, run))
  return negated ? (subject, run) => !linked(subject, run) : linked
}

function readCheck<T>(at: Located, specs: Readonly<Record<string, CheckSpec<T>>>): Check<T> {
  const type = textAt(at, 'type')
  if (type === undefined) throw fail('sigma.missing', { owner: 'a condition', name: 'type' }, { span: at.span })
  const spec = Object.hasOwn(specs, type) ? specs[type] : undefined
  if (spec === undefined) throw invalid('type', `one of ${Object.keys(specs).join(', ')}`, child(at, 'type')!)
  knownKeys(at, type, [...spec.options, 'type'])
  return spec.create(at)
}

/** @throws DiagnosticError for a key that is none of `known` */
export function knownKeys(at: Located, owner: string, known: readonly string[]): void {
  for (const { key, keySpan } of at.entries ?? [])
    if (!known.includes(key))
      throw fail(
        'sigma.unsupported',
        { path: key, reason: `'${owner}' has ${known.filter((name) => name !== 'type').join(', ') || 'no options'}` },
        { span: keySpan },
      )
}

export function needText(at: Located, key: string): string {
  const text = textAt(at, key)
  if (text === undefined)
    throw fail('sigma.missing', { owner: textAt(at, 'type') ?? 'an item', name: key }, { span: at.span })
  return text
}

export function logsourceAt(at: Located): Logsource {
  return Object.fromEntries(
    (['product', 'category', 'service'] as const).flatMap((key) => {
      const text = textAt(at, key)
      return text === undefined ? [] : [[key, text.toLowerCase()]]
    }),
  )
}

function within(logsource: Logsource, wanted: Logsource): boolean {
  return (['product', 'category', 'service'] as const).every(
    (key) => wanted[key] === undefined || wanted[key] === logsource[key],
  )
}

function onValues(at: Located, test: (value: SigmaValue) => boolean): Check<Term> {
  const cond = child(at, 'cond')
  if (cond?.data !== 'any' && cond?.data !== 'all') throw invalid('cond', 'any or all', cond ?? at)
  const flat = (values: readonly SigmaValue[]): SigmaValue[] =>
    values.flatMap((value) => (value.kind === 'variants' ? flat(value.of) : [value]))
  return ({ values }) => (cond.data === 'any' ? flat(values).some(test) : flat(values).every(test))
}

function equalTo({ data }: Located): (value: SigmaValue) => boolean {
  return (value) => {
    if (value.kind === 'text') return plain(value.pattern) === data
    if (value.kind === 'number' || value.kind === 'boolean') return value.value === data
    return value.kind === 'null' && data === null
  }
}

function fieldIn(at: Located): Check<string> {
  const fields = textsAt(at, 'fields')
  const mode = textAt(at, 'mode') ?? 'plain'
  if (mode === 'plain') return (field) => fields.includes(field)
  if (mode !== 're') throw invalid('mode', 'plain or re', child(at, 'mode')!)
  const patterns = fields.map((field) => pythonRegex(`^(?:${field})`, '', child(at, 'fields')!))
  return (field) => field !== '' && patterns.some((pattern) => pattern.test(field))
}

const OPERATORS: Readonly<Record<string, (a: number | string, b: number | string) => boolean>> = {
  eq: (a, b) => a === b,
  ne: (a, b) => a !== b,
  gte: (a, b) => a >= b,
  gt: (a, b) => a > b,
  lte: (a, b) => a <= b,
  lt: (a, b) => a < b,
}

function comparison(at: Located): (value: unknown) => boolean {
  const operator = textAt(at, 'op') ?? 'eq'
  const compare = Object.hasOwn(OPERATORS, operator) ? OPERATORS[operator]! : undefined
  if (compare === undefined) throw invalid('op', `one of ${Object.keys(OPERATORS).join(', ')}`, child(at, 'op')!)
  const wanted = child(at, 'val')?.data
  return (value) => compare(value as number, wanted as number)
}

const STATUSES = ['unsupported', 'deprecated', 'experimental', 'test', 'stable']

/** Levels and statuses compare by their order, dates and texts as texts, lists by what is in them. */
function ruleAttribute(at: Located): Check<void> {
  const attribute = needText(at, 'attribute')
  const value = child(at, 'value')
  if (value === undefined) throw fail('sigma.missing', { owner: 'rule_attribute', name: 'value' }, { span: at.span })
  const operator = textAt(at, 'op') ?? 'eq'
  const listed = operator === 'in' || operator === 'not_in'
  const compare = Object.hasOwn(OPERATORS, operator) ? OPERATORS[operator]! : undefined
  if (!listed && compare === undefined)
    throw invalid('op', `one of ${Object.keys(OPERATORS).join(', ')}, in, not_in`, child(at, 'op')!)
  const wanted = value.data
  if (typeof wanted === 'object') throw invalid('value', 'a text or a number', value)
  const ranks = attribute === 'level' ? LEVELS : attribute === 'status' ? STATUSES : undefined
  if (ranks !== undefined && !ranks.includes(String(wanted).toLowerCase() as never))
    throw invalid('value', `one of ${ranks.join(', ')}`, value)
  return (_, { rule, attributes }) => {
    const known = rule as unknown as Readonly<Record<string, unknown>>
    const held = Object.hasOwn(known, attribute) ? known[attribute] : attributes.get(attribute)
    if (held === undefined) return false
    if (Array.isArray(held)) {
      if (!listed) return operator === 'ne'
      return held.includes(wanted) === (operator === 'in')
    }
    if (compare === undefined || (typeof held !== 'string' && typeof held !== 'number')) return false
    if (ranks !== undefined)
      return compare(ranks.indexOf(String(held) as never), ranks.indexOf(String(wanted).toLowerCase() as never))
    return typeof held === 'number' ? compare(held, Number(wanted)) : compare(held, String(wanted))
  }
}
