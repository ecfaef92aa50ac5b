export { EMPTY_MAPPING, isRootParameter, Mapping, mergeMapping, parseMapping } from './mapping.ts'
export { mappingLimits, UNLIMITED } from './mapping-limits.ts'
export type { Leaf } from './leaf.ts'
export type { AliasNode, Node, ObjectNode } from './mapping-node.ts'
export { mapDocument, mapNested, type MappedDocument, type MappedField } from './map-document.ts'
export {
  columnKind,
  hasTerms,
  isDate,
  isFloat,
  isInteger,
  isShape,
  isText,
  type ColumnKind,
  type ColumnValue,
  type LeafType,
} from './field-types.ts'
export { applyTemplates, normalSettings, parseTemplate, templateJson, type IndexTemplate } from './template.ts'
export { wildcardMatch } from './dynamic-field.ts'
export {
  checkCount,
  checkSearch,
  filterSearch,
  restrictToTypes,
  type CheckedSearch,
  type CheckOptions,
  type CollapseSpec,
} from './search.ts'
export { checkQuery, QUERIES } from './query.ts'
export { type Query } from './query-tree.ts'
export { resolveAggregations, resolveLookups, type FetchDocument } from './resolve-lookups.ts'
export { AGGREGATIONS, checkAggregations } from './aggregation.ts'
export { type AggregationName } from './aggregation-name.ts'
export { type Aggregation, type AggregationParameters } from './aggregation-tree.ts'
export { isPipeline, isSibling } from './pipeline-tree.ts'
export type { HitsSpec, SortKey, SourceFilter } from './hits.ts'
export type { HighlightField } from './highlight.ts'
export { parseDuration, resolveDate } from './date-math.ts'
export { dateFormat, DEFAULT_FORMAT, type DateFormat } from './date-format.ts'
export { readRuntimeFields } from './runtime-field.ts'
export { fieldsOfSearch, visitQuery } from './visit.ts'
export { formatOfDate } from './field-format.ts'
export { localToUtc, parseZone, UTC, type Zone } from './zone.ts'
export { charFilterOf, filterOf, tokenizerOf, tokenStreamOf, type Token, type Tokenizer } from './token-stream.ts'
