/** collapse: one hit for each value of a field, and the others of its group where they are asked for. */
import { boolQuery } from '../../dsl/bool-query.ts'
import { newObject } from '../../../event/index.ts'
import { fail } from '../../../diagnostic/index.ts'
import {
  isDate,
  isShape,
  isText,
  type CheckedSearch,
  type CollapseSpec,
  type Mapping,
  type Query,
} from '../../dsl/index.ts'
import type { SearchResponse } from '../../store.ts'
import type { CollapsedHits } from './collapsed-hits.ts'
import { docValues } from './doc-lookup.ts'
import { bindSort, type BoundSort } from './sort.ts'
import type { TopHits } from './top-hits.ts'

/** Groups hits by the one value of a field. */
export function bindCollapse(spec: CollapseSpec, mappings: readonly Mapping[], now: number): BoundSort {
  const leaf = mappings.map((mapping) => mapping.field(spec.field)).find((one) => one !== undefined)
  if (leaf === undefined && mappings.length > 0)
    throw fail('search.argument', { reason: `no mapping found for \`${spec.field}\` in order to collapse on` })
  if (
    leaf !== undefined &&
    (isText(leaf.type) || isShape(leaf.type) || isDate(leaf.type) || leaf.type === 'ip' || leaf.type === 'boolean')
  )
    throw fail('search.argument', {
      reason: `collapse is not supported for the field [${spec.field}] of the type [${leaf.type}]`,
    })
  const key = {
    field: spec.field,
    descending: false,
    missing: undefined,
    mode: undefined,
    unmappedType: 'keyword',
    format: undefined,
  }
  return bindSort([key], mappings, now)[0]!
}

/** The value of each group among the fields of its hit, and the documents of the group where they are asked for. */
export async function addCollapsed(
  response: Record<string, unknown>,
  search: CheckedSearch,
  { field, innerHits }: CollapseSpec,
  top: TopHits | CollapsedHits,
  run: (search: CheckedSearch) => Promise<SearchResponse>,
): Promise<void> {
  const hits = (response['hits'] as { hits: Record<string, unknown>[] }).hits
  const shown = top.sorted().slice(search.hits.from, search.hits.from + search.hits.size)
  for (const [i, { view, document }] of shown.entries()) {
    const hit = hits[i]
    if (hit === undefined) continue
    const leaf = view.mapping.field(field)
    const [value] = leaf === undefined ? [] : docValues(view.segment, leaf, document)
    if (value !== undefined) hit['fields'] = Object.assign(newObject(), hit['fields'], { [field]: [value] })
    if (innerHits.length === 0) continue
    const exists: Query = { kind: 'exists', field, boost: 1 }
    const group = boolQuery({
      must: [search.query],
      filter: value === undefined ? [] : [{ kind: 'term', field, value, caseInsensitive: false, boost: 1 }],
      mustNot: value === undefined ? [exists] : [],
    })
    const inner = newObject() as Record<string, unknown>
    for (const { name, hits: spec, collapse } of innerHits) {
      const answer = await run({
        ...search,
        query: group,
        hits: spec,
        aggregations: [],
        collapse: collapse === undefined ? undefined : { field: collapse, innerHits: [] },
        searchAfter: undefined,
        profile: false,
      })
      inner[name] = { hits: answer.hits }
    }
    hit['inner_hits'] = inner
  }
}
