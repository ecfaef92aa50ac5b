import { diagnose, DiagnosticError, fail, type Diagnostic, type Source, type Span } from '../../diagnostic/index.ts'
import { aggregated, readAggregation } from './aggregation.ts'
import { parseCondition, type Condition } from './condition.ts'
import { wholeRules } from './collection.ts'
import { readCorrelation, type CorrelationRule } from './correlation.ts'
import { doubtsOf } from './doubts.ts'
import { child, describe, invalid, readYaml, textAt, textsAt, type Located } from './located-yaml.ts'
import { resolveItem } from './modifiers.ts'
import type { Clause, Term } from './value.ts'

export const LEVELS = ['informational', 'low', 'medium', 'high', 'critical'] as const
export type Level = (typeof LEVELS)[number]

/** What every rule says about itself. */
export interface RuleHead {
  readonly title: string
  /** The rule's `id`, else its `name`, else its title. */
  readonly id: string
  readonly name?: string
  readonly level: Level
  readonly status?: string
  readonly description?: string
  readonly references: readonly string[]
  readonly author: readonly string[]
  readonly tags: readonly string[]
  readonly falsepositives: readonly string[]
  /** Fields that say most in an alert. */
  readonly fields: readonly string[]
  readonly date?: string
  readonly samples: readonly Sample[]
  readonly span: Span
}

/** An event with what the rule must say of it: an own key of rules that ship with their tests. */
export interface Sample {
  readonly name: string
  readonly match: boolean
  /** Milliseconds of event time between two events. */
  readonly step: number
  readonly events: readonly Record<string, unknown>[]
  readonly span: Span
}

export interface Logsource {
  readonly product?: string
  readonly category?: string
  readonly service?: string
}

/** A named part of a detection. */
export interface Selection {
  readonly name: string
  readonly clause: Clause
}

export interface Detection {
  readonly selections: readonly Selection[]
  /** Several conditions are alternatives. */
  readonly conditions: readonly Condition[]
}

export interface DetectionRule extends RuleHead {
  readonly kind: 'rule'
  readonly logsource: Logsource
  /** All of them must hold: the rule's own, then those of filters and of what pipelines add. */
  readonly detections: readonly Detection[]
}

export interface FilterRule extends RuleHead {
  readonly kind: 'filter'
  readonly logsource: Logsource
  /** Ids or names; 'any' for every rule of the logsource. */
  readonly rules: readonly string[] | 'any'
  readonly detection: Detection
}

export type SigmaRule = DetectionRule | FilterRule | CorrelationRule

/** What a text of rules holds: those that are well, and what is wrong with the others. */
export interface ParsedRules {
  readonly rules: readonly SigmaRule[]
  readonly problems: readonly Diagnostic[]
  /** What rules run with, but their writers hardly meant: warnings. */
  readonly doubts: readonly Diagnostic[]
}

/** Reads every rule of a YAML text. A bad rule is named and left out; the others stand. */
export function parseRules(source: Source): ParsedRules {
  const { documents, problems } = readYaml(source)
  const rules: SigmaRule[] = []
  const doubts: Diagnostic[] = []
  const numbers = new Map<string, number>()
  for (const document of wholeRules(documents, problems)) {
    try {
      const read = readRule(numbered(readHead(document), document, numbers), document, problems)
      rules.push(...read)
      doubts.push(...doubtsOf(document, read))
    } catch (error) {
      if (!(error instanceof DiagnosticError)) throw error
      problems.push(...error.diagnostics)
    }
  }
  if (documents.length === 0 && problems.length === 0)
    problems.push(
      diagnose('sigma.missing', { owner: 'the file', name: 'detection' }, { span: { source, start: 0, end: 1 } }),
    )
  return { rules, problems, doubts }
}

/** The rules of a collection may have nothing to tell them apart: no id and one title, or the id that they have in common. */
function numbered(head: RuleHead, document: Located, numbers: Map<string, number>): RuleHead {
  const given = child(document, 'id') ?? child(document, 'name')
  const key = given === undefined ? head.title : `${head.id} at ${given.span.start}`
  const number = (numbers.get(key) ?? 0) + 1
  numbers.set(key, number)
  return number === 1 ? head : { ...head, id: `${head.id} (${number})` }
}

/** One rule, or several where its condition has an aggregation of old. */
function readRule(head: RuleHead, document: Located, problems: Diagnostic[]): SigmaRule[] {
  if (child(document, 'correlation') !== undefined) return [readCorrelation(head, document)]
  const filter = child(document, 'filter')
  if (filter !== undefined) return [readFilter(head, document, filter)]
  const detection = need(document, 'detection', 'a rule')
  const aggregation = readAggregation(detection)
  const logsource = readLogsource(need(document, 'logsource', 'a rule'))
  const ruleOf = (instead?: string): DetectionRule => {
    const detections = [readDetection(detection, ['condition', 'timeframe'], instead)]
    return { ...head, kind: 'rule', logsource, detections }
  }
  if (aggregation !== undefined) return aggregated(aggregation.conditions.map(ruleOf), aggregation)
  const timeframe = child(detection, 'timeframe')
  if (timeframe !== undefined)
    problems.push(diagnose('sigma.timeframe', {}, { span: timeframe.span, severity: 'warning' }))
  return [ruleOf()]
}

function need(map: Located, name: string, owner: string): Located {
  const value = child(map, name)
  if (value === undefined || value.data === null) throw fail('sigma.missing', { owner, name }, { span: map.span })
  return value
}

function readHead(document: Located): RuleHead {
  const title = textAt(document, 'title')
  if (title === undefined || title === '')
    throw fail('sigma.missing', { owner: 'a rule', name: 'title' }, { span: document.span })
  const name = textAt(document, 'name')
  const level = (textAt(document, 'level') ?? 'medium').toLowerCase()
  if (!(LEVELS as readonly string[]).includes(level))
    throw invalid('level', `one of ${LEVELS.join(', ')}`, child(document, 'level')!)
  const optional = Object.fromEntries(
    ['status', 'description', 'date'].flatMap((key) => {
      const text = textAt(document, key)
      return text === undefined ? [] : [[key, text.trim()]]
    }),
  )
  return {
    title,
    id: textAt(document, 'id') ?? name ?? title,
    ...(name === undefined ? {} : { name }),
    level: level as Level,
    ...optional,
    references: proseAt(document, 'references'),
    author: textsAt(document, 'author'),
    tags: textsAt(document, 'tags'),
    falsepositives: proseAt(document, 'falsepositives'),
    fields: textsAt(document, 'fields'),
    samples: readSamples(child(document, 'samples')),
    span: child(document, 'title')!.span,
  }
}

/** A list of sentences, of which one with a colon is a map to YAML; or one sentence. */
function proseAt(document: Located, key: string): string[] {
  const items = child(document, key)?.items
  if (items === undefined) return textsAt(document, key)
  return items.flatMap(({ data, entries }) =>
    entries === undefined
      ? data === null
        ? []
        : [String(data)]
      : entries.map(({ key: head, value }) => `${head}: ${String(value.data)}`),
  )
}

function readSamples(list: Located | undefined): Sample[] {
  if (list === undefined) return []
  if (list.items === undefined) throw invalid('samples', 'a list', list)
  return list.items.map((item, index) => {
    const match = child(item, 'match')
    if (typeof match?.data !== 'boolean') throw invalid('samples.match', 'true or false', match ?? item)
    const events = child(item, 'events') ?? child(item, 'event')
    const maps = events?.items ?? (events === undefined ? [] : [events])
    if (maps.length === 0 || maps.some((map) => map.entries === undefined))
      throw invalid('samples.events', 'a list of events', events ?? item)
    const repeat = Number(textAt(item, 'repeat') ?? 1)
    if (!Number.isInteger(repeat) || repeat < 1 || repeat > 10_000)
      throw invalid('samples.repeat', 'a number from 1 to 10000', child(item, 'repeat')!)
    const step = Number(textAt(item, 'step') ?? 1000)
    if (!(step >= 0)) throw invalid('samples.step', 'milliseconds', child(item, 'step')!)
    const data = maps.map((map) => map.data as Record<string, unknown>)
    return {
      name: textAt(item, 'name') ?? String(index + 1),
      match: match.data,
      step,
      events: Array.from({ length: repeat }, () => data).flat(),
      span: item.span,
    }
  })
}

function readLogsource(map: Located): Logsource {
  if (map.entries === undefined) throw invalid('logsource', 'a map', map)
  const logsource = Object.fromEntries(
    ['product', 'category', 'service'].flatMap((key) => {
      const text = textAt(map, key)
      return text === undefined ? [] : [[key, text.toLowerCase()]]
    }),
  )
  if (Object.keys(logsource).length === 0)
    throw fail('sigma.missing', { owner: 'a logsource', name: 'category, product or service' }, { span: map.span })
  return logsource
}

function readFilter(head: RuleHead, document: Located, filter: Located): FilterRule {
  if (filter.entries === undefined) throw invalid('filter', 'a map', filter)
  const rules = need(filter, 'rules', 'a filter')
  const any = typeof rules.data === 'string' && rules.data.toLowerCase() === 'any'
  if (rules.items?.length === 0) throw invalid('rules', "names of rules, or 'any'", rules)
  const detection = readDetection(filter, ['condition', 'rules'])
  if (detection.conditions.length > 1) throw invalid('condition', 'one text', child(filter, 'condition')!)
  return {
    ...head,
    kind: 'filter',
    logsource: readLogsource(need(document, 'logsource', 'a filter')),
    rules: any ? 'any' : textsAt(filter, 'rules'),
    detection,
  }
}

/** @param instead the condition, where it is not the text that is written */
function readDetection(map: Located, reserved: readonly string[], instead?: string): Detection {
  if (map.entries === undefined) throw invalid('detection', 'a map', map)
  const selections = map.entries
    .filter(({ key }) => !reserved.includes(key))
    .map(({ key, value }): Selection => ({ name: key, clause: readClause(key, value) }))
  const condition = need(map, 'condition', 'detection')
  const names = selections.map(({ name }) => name)
  const conditions = (condition.items ?? [condition]).map((one) => {
    if (typeof one.data !== 'string') throw invalid('condition', 'a text', one)
    return parseCondition(instead ?? one.data, names, one.span)
  })
  if (conditions.length === 0) throw invalid('condition', 'a text', condition)
  return { selections, conditions }
}

/** A map is the conjunction of its items, a list a disjunction; what is no map is a keyword. */
export function readClause(name: string, value: Located): Clause {
  if (value.entries !== undefined) return readItems(name, value)
  if (value.items === undefined) return keyword(value)
  const { items } = value
  if (items.length === 0) throw invalid(name, 'a map or a list with something in it', value)
  const list = items.find((item) => item.items !== undefined)
  if (list !== undefined) throw invalid(name, 'a list of maps or of keywords', list)
  const of = items.map((item) => (item.entries === undefined ? keyword(item) : readItems(name, item)))
  return of.length === 1 ? of[0]! : { kind: 'any', of }
}

function keyword(at: Located): Term {
  return resolveItem({ field: '', modifiers: [], values: [at.data], span: at.span, text: describe(at.data) })
}

function readItems(name: string, map: Located): Clause {
  if (map.entries!.length === 0) throw invalid(name, 'a map with something in it', map)
  const of = map.entries!.map(({ key, keySpan, value }) => {
    const [field = '', ...modifiers] = key.split('|')
    if (value.entries !== undefined) throw invalid(key, 'a value or a list of values', value)
    const values = value.items ?? [value]
    const nested = values.find((item) => item.entries !== undefined || item.items !== undefined)
    if (nested !== undefined) throw invalid(key, 'a value or a list of values', nested)
    const written = values.map(({ span }) => span.source.text.slice(span.start, span.end).trim())
    return resolveItem({ field, modifiers, values: values.map(({ data }) => data), written, span: keySpan, text: key })
  })
  return of.length === 1 ? of[0]! : { kind: 'all', of }
}
