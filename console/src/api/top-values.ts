import { search, type Bucket } from './events.ts'
import { requestJson } from './request.ts'

export interface TopValue {
  readonly value: string
  readonly count: number
  /** The field that has it most often. */
  readonly field: string
  /** Aggregations within, of the field that has it most often. */
  readonly bucket: Bucket
}

/** A field whose values can be counted, and in which indices; in all of the request without `indices`. */
interface Counted {
  readonly field: string
  readonly indices?: readonly string[]
}

type Capabilities = Record<string, { readonly aggregatable: boolean; readonly indices?: readonly string[] }>

/**
 * The most frequent values of several fields taken as one, such as `source.ip` and `src_ip`. A field may be text in some
 * indices, as it is without a template: there its `.keyword` is counted, and each kind of index is asked on its own.
 */
export async function topOver(
  request: {
    readonly index: string
    readonly query: object
    readonly names: readonly string[]
    readonly size: number
    readonly aggs?: object
    readonly include?: string
  },
  signal: AbortSignal,
): Promise<TopValue[]> {
  const { index, query, names, size, aggs, include } = request
  const found = await Promise.all(
    (await countedFields(index, names)).map(async ({ field, indices }) => {
      const terms = { field, size: size * 2, ...(include === undefined ? {} : { include }) }
      const body = { size: 0, query, aggs: { top: { terms, ...(aggs === undefined ? {} : { aggs }) } } }
      const answer = await search(indices?.join(',') ?? index, body, signal)
      return (answer.aggregations?.['top']?.buckets ?? []).map((bucket) => ({ field, bucket }))
    }),
  )
  const merged = new Map<string, TopValue>()
  for (const { field, bucket } of found.flat()) {
    const value = bucket.key_as_string ?? String(bucket.key)
    const before = merged.get(value)
    const count = bucket.doc_count + (before?.count ?? 0)
    const most = before === undefined || bucket.doc_count > before.bucket.doc_count
    merged.set(value, { value, count, ...(most ? { field, bucket } : { field: before.field, bucket: before.bucket }) })
  }
  return [...merged.values()].sort((a, b) => b.count - a.count).slice(0, size)
}

async function countedFields(index: string, names: readonly string[]): Promise<Counted[]> {
  // Every document has these, and no list of fields names them.
  if (names.every((name) => name.startsWith('_'))) return names.map((field) => ({ field }))
  const asked = names.flatMap((name) => [name, `${name}.keyword`])
  const path = `/${encodeURIComponent(index)}/_field_caps?ignore_unavailable=true&allow_no_indices=true&fields=${asked.join(',')}`
  const { fields } = await requestJson<{ fields: Record<string, Capabilities> }>(path)
  return names.flatMap((name): Counted[] => {
    const keyword = Object.values(fields[`${name}.keyword`] ?? {}).every(({ aggregatable }) => aggregatable)
    // Numbers and texts are not counted together, so each type is asked in its own indices.
    return Object.values(fields[name] ?? {}).flatMap(({ aggregatable, indices }): Counted[] => {
      if (!aggregatable && !keyword) return []
      const field = aggregatable ? name : `${name}.keyword`
      // Without a conflict the answer names no indices: it holds for all.
      return [indices === undefined ? { field } : { field, indices }]
    })
  })
}

/** Sets of indices in which each of the fields has one type, with the names under which they are counted there. */
export async function countedTogether(
  index: string,
  names: readonly string[],
): Promise<{ readonly fields: readonly string[]; readonly indices?: readonly string[] }[]> {
  const counted = await Promise.all(names.map((name) => countedFields(index, [name])))
  let groups: { fields: readonly string[]; indices?: readonly string[] }[] = [{ fields: [] }]
  for (const variants of counted)
    groups = groups.flatMap(({ fields, indices }) =>
      variants.flatMap((variant) => {
        const both =
          indices === undefined || variant.indices === undefined
            ? (indices ?? variant.indices)
            : indices.filter((one) => variant.indices!.includes(one))
        const together = [...fields, variant.field]
        if (both === undefined) return [{ fields: together }]
        return both.length === 0 ? [] : [{ fields: together, indices: both }]
      }),
    )
  return groups
}
