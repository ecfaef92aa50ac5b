import { fail } from '../diagnostic/index.ts'
import { SEVERITIES } from './alert.ts'
import { STATUSES } from './document.ts'

/** Filters of a list of alerts, as the REST API takes them; several values of one are separated by commas. */
export interface AlertQuery {
  readonly status?: string | undefined
  readonly episode?: string | undefined
  readonly rule?: string | undefined
  readonly entity?: string | undefined
  readonly severity?: string | undefined
  /** A name, or `none` for alerts that are nobody's. */
  readonly assignee?: string | undefined
  /** ISO 8601, epoch milliseconds or date math (`now-24h`). */
  readonly from?: string | undefined
  readonly to?: string | undefined
  /** Lucene query. */
  readonly q?: string | undefined
  /** An address among culprits and targets. */
  readonly ip?: string | undefined
  /** Only alerts last written before: epoch milliseconds. */
  readonly cutoff?: number | undefined
}

export const FILTERS = ['status', 'episode', 'rule', 'entity', 'severity', 'assignee', 'from', 'to', 'q', 'ip'] as const

const PART = 'vedetta.alert'

/** The query of Elasticsearch's DSL for the filters. @throws DiagnosticError for a value that none of it can have */
export function queryOf(query: AlertQuery): object {
  const filter: object[] = []
  const mustNot: object[] = []
  const terms = (field: string, text: string | undefined, allowed?: readonly string[]): void => {
    if (text === undefined || text === '') return
    const values = text.split(',').map((value) => value.trim())
    const name = field.replace(`${PART}.`, '')
    for (const value of values)
      if (allowed !== undefined && !allowed.includes(value))
        throw fail('alert.invalid', { name, expected: `one of ${allowed.join(', ')}`, got: value })
    filter.push({ terms: { [field]: values } })
  }
  terms(`${PART}.status`, query.status, STATUSES)
  terms(`${PART}.episode`, query.episode, ['active', 'ended'])
  terms('rule.id', query.rule)
  // A comma parts values of a list and fields of an entity.
  if (query.entity !== undefined && query.entity !== '')
    filter.push({
      terms: { [`${PART}.entity.value`]: [query.entity, ...query.entity.split(',').map((one) => one.trim())] },
    })
  terms(`${PART}.severity`, query.severity, SEVERITIES)
  if (query.assignee === 'none') mustNot.push({ exists: { field: `${PART}.assignee` } })
  else terms(`${PART}.assignee`, query.assignee)
  if (query.ip !== undefined && query.ip !== '')
    filter.push({
      bool: {
        should: [{ term: { [`${PART}.culprits`]: query.ip } }, { term: { [`${PART}.targets`]: query.ip } }],
        minimum_should_match: 1,
      },
    })
  if (query.from !== undefined || query.to !== undefined)
    filter.push({
      range: {
        '@timestamp': {
          ...(query.from === undefined ? {} : { gte: moment(query.from) }),
          ...(query.to === undefined ? {} : { lte: moment(query.to) }),
        },
      },
    })
  if (query.cutoff !== undefined) filter.push({ range: { [`${PART}.updated`]: { lte: query.cutoff } } })
  if (query.q !== undefined && query.q !== '') filter.push(wordsQuery(query.q))
  return filter.length + mustNot.length === 0 ? { match_all: {} } : { bool: { filter, must_not: mustNot } }
}

/** Words of the message, or a part of the rule's name or of the entity; in the language of query_string where it is more than words. */
function wordsQuery(text: string): object {
  const words = { query_string: { query: text, default_field: 'message', default_operator: 'AND' } }
  if (!/^[\p{L}\p{N} ._-]+$/u.test(text)) return words
  const part = (field: string): object => ({
    wildcard: { [field]: { value: `*${text.trim()}*`, case_insensitive: true } },
  })
  return { bool: { should: [words, part('rule.name'), part(`${PART}.entity.value`)], minimum_should_match: 1 } }
}

function moment(text: string): string | number {
  return /^\d{10,}$/.test(text) ? Number(text) : text
}
