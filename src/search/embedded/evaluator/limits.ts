/** What an index's settings allow a search to ask for. */
import type { ValueObject } from '../../../event/index.ts'
import { fail } from '../../../diagnostic/index.ts'
import { visitQuery, type Aggregation, type CheckedSearch, type Query } from '../../dsl/index.ts'

interface Limited {
  readonly name: string
  readonly settings?: ValueObject | undefined
}

interface Limit {
  readonly setting: string
  readonly most: number
  /** @returns how many are asked for. */
  asked(search: CheckedSearch): number
  refusal(asked: number, most: number, search: CheckedSearch): Error
}

const more = (what: string, asked: number, most: number, setting: string): string =>
  `Trying to retrieve too many ${what}. Must be less than or equal to: [${most}] but was [${asked}]. This limit can be set by changing the [index.${setting}] index level setting.`

function refusal(reason: string): Error {
  return fail('search.argument', { reason })
}

const LIMITS: readonly Limit[] = [
  {
    setting: 'max_result_window',
    most: 10_000,
    asked: ({ hits }) => hits.from + hits.size,
    refusal: (asked, most, { scrolled }) =>
      scrolled === true
        ? refusal(
            `Batch size is too large, size must be less than or equal to: [${most}] but was [${asked}]. Scroll batch sizes cost as much memory as result windows so they are controlled by the [index.max_result_window] index level setting.`,
          )
        : fail('search.result_window', { limit: most, count: asked }),
  },
  {
    setting: 'max_docvalue_fields_search',
    most: 100,
    asked: ({ hits }) => hits.docvalueFields.length,
    refusal: (asked, most) => refusal(more('docvalue_fields', asked, most, 'max_docvalue_fields_search')),
  },
  {
    setting: 'max_script_fields',
    most: 32,
    asked: ({ hits }) => hits.scriptFields.length,
    refusal: (asked, most) => refusal(more('script_fields', asked, most, 'max_script_fields')),
  },
  {
    setting: 'max_terms_count',
    most: 65_536,
    asked: (search) => greatest(search, (query) => (query.kind === 'terms' ? query.values.length : 0)),
    refusal: (asked, most) =>
      refusal(
        `The number of terms [${asked}] used in the Terms Query request has exceeded the allowed maximum of [${most}]. This maximum can be set by changing the [index.max_terms_count] index level setting.`,
      ),
  },
  {
    setting: 'max_regex_length',
    most: 1000,
    asked: (search) => greatest(search, (query) => (query.kind === 'regexp' ? String(query.value).length : 0)),
    refusal: (asked, most) =>
      refusal(
        `The length of regex [${asked}] used in the Regexp Query request has exceeded the allowed maximum of [${most}]. This maximum can be set by changing the [index.max_regex_length] index level setting.`,
      ),
  },
  {
    setting: 'max_rescore_window',
    most: 10_000,
    asked: ({ rescore }) => Math.max(0, ...rescore.map(({ window }) => window)),
    refusal: (asked, most) =>
      refusal(
        `Rescore window [${asked}] is too large. It must be less than [${most}]. This prevents allocating massive heaps for storing the results to be rescored. This limit can be set by changing the [index.max_rescore_window] index level setting.`,
      ),
  },
  {
    setting: 'max_slices_per_scroll',
    most: 1024,
    asked: ({ slice }) => slice?.max ?? 0,
    refusal: (asked, most) =>
      refusal(
        `The number of slices [${asked}] is too large. It must be less than [${most}]. This limit can be set by changing the [index.max_slices_per_scroll] index level setting.`,
      ),
  },
]

function greatest(search: CheckedSearch, asked: (query: Query) => number): number {
  let most = 0
  const see = (query: Query): void => visitQuery(query, (inner) => (most = Math.max(most, asked(inner))))
  const within = ({ parameters, children }: Aggregation): void => {
    if (parameters.type === 'filter') see(parameters.filter)
    if (parameters.type === 'filters' || parameters.type === 'adjacency_matrix')
      for (const { filter } of parameters.filters) see(filter)
    children.forEach(within)
  }
  see(search.query)
  if (search.postFilter !== undefined) see(search.postFilter)
  search.aggregations.forEach(within)
  return most
}

/** @throws illegal_argument_exception for the first index that does not allow it. */
export function checkLimits(indices: readonly Limited[], search: CheckedSearch): void {
  for (const { setting, most, asked, refusal } of LIMITS) {
    const count = asked(search)
    if (count === 0) continue
    for (const { settings } of indices) {
      const allowed = limitOf(settings, setting, most)
      if (count > allowed) throw refusal(count, allowed, search)
    }
  }
}

/** A number among an index's settings. */
export function limitOf(settings: ValueObject | undefined, setting: string, byDefault: number): number {
  let value: unknown = settings?.['index'] ?? settings
  for (const name of setting.split('.')) value = (value as ValueObject | undefined)?.[name]
  const number = value === undefined || value === null ? NaN : Number(value)
  return Number.isNaN(number) ? byDefault : number
}
