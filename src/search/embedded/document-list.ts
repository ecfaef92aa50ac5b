import type { ValueObject } from '../../event/index.ts'
import { newObject, stringifyJson } from '../../event/index.ts'
import { EMPTY_MAPPING, mapDocument, type CheckedSearch, type MappedField, type Mapping } from '../dsl/index.ts'
import type { SearchResponse } from '../store.ts'
import { executeSearch, type SearchContext } from './evaluator/index.ts'
import { LiveSegment } from './live-segment.ts'

export interface ListedDocument {
  readonly id: string
  readonly source: ValueObject
}

/**
 * Searches documents that are in no index, as if they stood in one, in their order, whose mapping is made from them.
 * One that does not fit those before it is found by its id alone.
 */
export function searchDocuments(
  documents: readonly ListedDocument[],
  search: CheckedSearch,
  context: SearchContext,
): Promise<SearchResponse> {
  const segment = new LiveSegment()
  let mapping: Mapping = EMPTY_MAPPING
  for (const { id, source } of documents) {
    const buffer = Buffer.from(stringifyJson(source))
    let fields: readonly MappedField[] = []
    try {
      const mapped = mapDocument(mapping, source, id)
      mapping = mapped.update ?? mapping
      fields = mapped.fields
    } catch {
      fields = mapDocument(mapping, newObject(), id).fields
    }
    segment.add(id, 1, 0, fields, { buffer }, 0, buffer.length)
  }
  return executeSearch([{ name: 'documents', mapping, segments: [segment] }], search, context)
}
