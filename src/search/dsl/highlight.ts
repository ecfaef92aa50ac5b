import { isObject, type ValueObject } from '../../event/index.ts'
import { fail } from '../../diagnostic/index.ts'
import { Clause } from './clause.ts'
import type { CheckInner, Query } from './query-tree.ts'

export interface HighlightField {
  readonly field: string
  readonly before: string
  readonly after: string
  /** Characters; 0 is the whole value. */
  readonly fragmentSize: number
  /** 0 is the whole value, not cut. */
  readonly fragments: number
  /** Characters to show of a value in which nothing was found. */
  readonly noMatchSize: number
  /** Only what a query on this field finds is marked, not what one on another field does. */
  readonly ownFieldOnly: boolean
  /** What is marked instead of what the search's query finds. */
  readonly query: Query | undefined
  /** The fragments with the most found in them come first. */
  readonly byScore: boolean
  /** Characters of HTML are escaped. */
  readonly html: boolean
  /** Of a longer value only so many characters are looked at. */
  readonly maxOffset: number | undefined
  /** Which of Elasticsearch's highlighters was asked for: they differ in what they want of a field. */
  readonly type: 'unified' | 'plain' | 'fvh'
}

export interface HighlightSpec {
  readonly fields: readonly HighlightField[]
}

/** Highlighting as the unified highlighter does it, in its plain options. */
export function checkHighlight(body: ValueObject | undefined, checkQuery: CheckInner): HighlightSpec | undefined {
  if (body === undefined) return undefined
  const clause = new Clause('highlight', body, 'object')
  const shared = options(clause, undefined, checkQuery)
  const given = clause.take('fields')
  const list: [string, ValueObject][] = []
  for (const object of Array.isArray(given) ? given : [given]) {
    if (!isObject(object))
      throw fail('search.parsing', { reason: '[highlight] requires an object or a list of objects in [fields]' })
    for (const field of Object.keys(object)) {
      const value = object[field]!
      if (!isObject(value)) throw clause.wrong('fields', 'objects by the names of fields', value)
      list.push([field, value])
    }
  }
  clause.done()
  return {
    fields: list.map(([field, value]) => {
      const inner = new Clause('highlight_field', value, 'object')
      const made = { ...options(inner, shared, checkQuery), field }
      inner.done()
      return made
    }),
  }
}

const TYPES = ['unified', 'plain', 'fvh'] as const

function options(
  clause: Clause,
  shared: Omit<HighlightField, 'field'> | undefined,
  checkQuery: CheckInner,
): Omit<HighlightField, 'field'> {
  const named = clause.string('type')
  const type = TYPES.find((name) => name === named)
  if (named !== undefined && type === undefined)
    throw fail('search.argument', { reason: `unknown highlighter type [${named}] for the field [${clause.name}]` })
  const query = clause.object('highlight_query')
  for (const key of [
    'matched_fields',
    'fragmenter',
    'boundary_chars',
    'boundary_max_scan',
    'boundary_scanner_locale',
    'phrase_limit',
    'fragment_offset',
  ])
    if (clause.take(key) !== undefined) throw fail('search.unsupported', { clause: `highlight.${key}` })
  const scanner = clause.string('boundary_scanner')
  if (scanner !== undefined && scanner !== 'sentence')
    throw fail('search.unsupported', { clause: `highlight.boundary_scanner ${scanner}` })
  // Texts are always read from the source.
  clause.boolean('force_source')
  const styled = clause.oneOf('tags_schema', ['default', 'styled']) === 'styled'
  const order = clause.oneOf('order', ['score', 'none'])
  const encoder = clause.oneOf('encoder', ['default', 'html'])
  const maxOffset = clause.integer('max_analyzed_offset')
  if (maxOffset !== undefined && maxOffset <= 0)
    throw fail('search.argument', { reason: '[max_analyzed_offset] must be a positive integer' })
  return {
    before: clause.list('pre_tags')?.map(String)[0] ?? (styled ? '<em class="hlt1">' : (shared?.before ?? '<em>')),
    after: clause.list('post_tags')?.map(String)[0] ?? shared?.after ?? '</em>',
    fragmentSize: clause.integer('fragment_size') ?? shared?.fragmentSize ?? 100,
    fragments: clause.integer('number_of_fragments') ?? shared?.fragments ?? 5,
    noMatchSize: clause.integer('no_match_size') ?? shared?.noMatchSize ?? 0,
    ownFieldOnly: clause.boolean('require_field_match') ?? shared?.ownFieldOnly ?? true,
    query: query === undefined ? shared?.query : checkQuery(query, 0),
    byScore: order === undefined ? (shared?.byScore ?? false) : order === 'score',
    html: encoder === undefined ? (shared?.html ?? false) : encoder === 'html',
    maxOffset: maxOffset ?? shared?.maxOffset,
    type: type ?? shared?.type ?? 'unified',
  }
}
