import type { Document } from '../document.ts'
import { compile, type Query } from '../query/ast.ts'
import { parseKql } from '../query/kql.ts'
import { parseLucene } from '../query/lucene.ts'
import { readPills } from '../query/pills.ts'
import type { Span } from '../time.ts'
import { request, requestJson } from './request.ts'

export interface Hit {
  readonly _index: string
  readonly _id: string
  readonly _source: Document
  readonly sort?: readonly unknown[]
}

interface SearchAnswer {
  readonly took: number
  readonly hits: { readonly total: { value: number; relation: string }; readonly hits: readonly Hit[] }
  readonly aggregations?: Record<string, { buckets?: readonly Bucket[]; value?: number }>
}

export interface Bucket {
  readonly key: string | number
  readonly key_as_string?: string
  readonly doc_count: number
  readonly [inner: string]: unknown
}

export interface EventQuery {
  readonly index: string
  readonly text: string
  readonly lucene: boolean
  readonly pills: string | undefined
  readonly span: Span
}

export function parseText(text: string, lucene: boolean): Query {
  return lucene ? parseLucene(text) : parseKql(text)
}

/** Text, pills and time, all of which must match. @throws QueryError */
export function dslOf(query: EventQuery): object {
  const { from, to } = query.span
  const time = { range: { '@timestamp': { gte: from, lte: to, format: 'epoch_millis' } } }
  return { bool: { filter: [time, ...filterOf(query)] } }
}

/** What the text and the pills say, all of which must match. @throws QueryError */
export function filterOf({ text, lucene, pills }: Pick<EventQuery, 'text' | 'lucene' | 'pills'>): object[] {
  const filter = readPills(pills).flatMap((pill) => (pill.on ? [compile(parseKql(pill.text))] : []))
  return text.trim() === '' ? filter : [...filter, compile(parseText(text, lucene))]
}

export function search(index: string, body: object, signal?: AbortSignal): Promise<SearchAnswer> {
  const path = `/${encodeURIComponent(index)}/_search?ignore_unavailable=true&allow_no_indices=true`
  return requestJson<SearchAnswer>(path, { body, ...(signal === undefined ? {} : { signal }) })
}

const MOST_SKIPPED = 10_000

/** Where a page begins: at a moment, after those of it that were shown. */
export interface EventCursor {
  readonly time: number
  readonly skip: number
}

/**
 * A page of events, the newest first. The next one goes on from the last one's time: events of the same moment are neither
 * left out nor repeated, whatever order indices keep them in.
 */
export async function eventPage(
  index: string,
  query: object,
  size: number,
  cursor: EventCursor | undefined,
  signal?: AbortSignal,
): Promise<{ hits: readonly Hit[]; next: EventCursor | undefined }> {
  const until = { range: { '@timestamp': { lte: cursor?.time, format: 'epoch_millis' } } }
  const body = {
    size,
    track_total_hits: false,
    query: cursor === undefined ? query : { bool: { filter: [query, until] } },
    sort: [{ '@timestamp': { order: 'desc', unmapped_type: 'date' } }],
    ...(cursor === undefined ? {} : { from: cursor.skip }),
  }
  const { hits } = (await search(index, body, signal)).hits
  const times = hits.map(({ sort }) => Number(sort?.[0]))
  const last = times.at(-1)
  if (hits.length < size || last === undefined) return { hits, next: undefined }
  const same = times.filter((time) => time === last).length
  const skip = cursor?.time === last ? cursor.skip + same : same
  // A search is not paged further by position; what a single moment has beyond that is left out.
  return { hits, next: skip + size > MOST_SKIPPED ? { time: last - 1, skip: 0 } : { time: last, skip } }
}

/** One event by its index and id. */
export function eventOf(index: string, id: string, signal?: AbortSignal): Promise<Hit> {
  const path = `/${encodeURIComponent(index)}/_doc/${encodeURIComponent(id)}`
  return requestJson<Hit>(path, signal === undefined ? {} : { signal })
}

export interface FieldInfo {
  readonly name: string
  readonly type: string
  readonly aggregatable: boolean
}

export async function fieldsOf(index: string): Promise<FieldInfo[]> {
  const path = `/${encodeURIComponent(index)}/_field_caps?fields=*&ignore_unavailable=true&allow_no_indices=true`
  const { fields } = await requestJson<{
    fields: Record<string, Record<string, { type: string; aggregatable: boolean; metadata_field?: boolean }>>
  }>(path)
  return Object.entries(fields)
    .filter(([name, types]) => !name.startsWith('_') && !('object' in types) && !('nested' in types))
    .map(([name, types]) => {
      const [type] = Object.keys(types)
      return { name, type: type!, aggregatable: Object.values(types).every(({ aggregatable }) => aggregatable) }
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** Values of a field, the most frequent first, with how many documents have it at all. */
export async function topValues(index: string, query: object, field: string, signal?: AbortSignal) {
  const answer = await search(
    index,
    {
      size: 0,
      track_total_hits: true,
      query,
      aggs: {
        top: { terms: { field, size: 10 } },
        distinct: { cardinality: { field } },
        present: { filter: { exists: { field } } },
      },
    },
    signal,
  )
  const present = (answer.aggregations?.['present'] as unknown as { doc_count: number } | undefined)?.doc_count ?? 0
  return {
    total: answer.hits.total.value,
    present,
    distinct: answer.aggregations?.['distinct']?.value ?? 0,
    buckets: answer.aggregations?.['top']?.buckets ?? [],
  }
}

/** Time and y of points, as they come; `onPart` gets them in pieces. */
export async function streamPoints(
  body: { index: string; query: object; field: string; size: number },
  onPart: (times: readonly number[], values: readonly (number | string)[]) => void,
  signal: AbortSignal,
): Promise<void> {
  const response = await request('/_vedetta/_points', { body, signal })
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  for (;;) {
    const { value, done } = await reader.read()
    rest += value ?? ''
    const lines = rest.split('\n')
    rest = lines.pop()!
    for (const line of lines) {
      const part = JSON.parse(line) as { t: number[]; y: (number | string)[]; error?: string }
      if (part.error !== undefined) throw new Error(part.error)
      onPart(part.t, part.y)
    }
    if (done) return
  }
}
