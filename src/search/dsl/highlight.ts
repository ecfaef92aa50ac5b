import { isObject, type ValueObject } from '../../event/index.ts'
import { fail } from '../../diagnostic/index.ts'
import { Clause } from './clause.ts'

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
}

export interface HighlightSpec {
  readonly fields: readonly HighlightField[]
}

/** Highlighting as the unified highlighter does it, in its plain options. */
export function checkHighlight(body: ValueObject | undefined): HighlightSpec | undefined {
  if (body === undefined) return undefined
  const clause = new Clause('highlight', body, 'object')
  const shared = options(clause, undefined)
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
      const made = { ...options(inner, shared), field }
      inner.done()
      return made
    }),
  }
}

function options(clause: Clause, shared: Omit<HighlightField, 'field'> | undefined): Omit<HighlightField, 'field'> {
  const type = clause.string('type')
  if (type !== undefined && !['unified', 'plain', 'fvh'].includes(type))
    throw fail('search.argument', { reason: `unknown highlighter type [${type}] for the field [${clause.name}]` })
  if (clause.take('highlight_query', 'matched_fields') !== undefined)
    throw fail('search.unsupported', { clause: 'highlight.highlight_query or matched_fields' })
  // Of the highlighters there are in Elasticsearch these choose how fragments are found; the marks are the same.
  for (const key of [
    'order',
    'fragmenter',
    'boundary_scanner',
    'boundary_chars',
    'boundary_max_scan',
    'boundary_scanner_locale',
    'phrase_limit',
    'force_source',
    'max_analyzed_offset',
    'fragment_offset',
  ])
    clause.take(key)
  if ((clause.oneOf('encoder', ['default', 'html']) ?? 'default') === 'html')
    throw fail('search.unsupported', { clause: 'highlight.encoder html' })
  clause.string('tags_schema')
  return {
    before: clause.list('pre_tags')?.map(String)[0] ?? shared?.before ?? '<em>',
    after: clause.list('post_tags')?.map(String)[0] ?? shared?.after ?? '</em>',
    fragmentSize: clause.integer('fragment_size') ?? shared?.fragmentSize ?? 100,
    fragments: clause.integer('number_of_fragments') ?? shared?.fragments ?? 5,
    noMatchSize: clause.integer('no_match_size') ?? shared?.noMatchSize ?? 0,
    ownFieldOnly: clause.boolean('require_field_match') ?? shared?.ownFieldOnly ?? true,
  }
}
