export type { CheckedSearch } from './search.ts'
export {
  EMPTY_MAPPING,
  FIELD_LIMIT,
  Mapping,
  mergeMapping,
  parseMapping,
  type AliasNode,
  type Leaf,
  type Node,
  type ObjectNode,
} from './mapping.ts'
export { mapDocument, type MappedDocument, type MappedField } from './map-document.ts'
export {
  columnKind,
  isDate,
  isFloat,
  isInteger,
  isText,
  type ColumnKind,
  type ColumnValue,
  type LeafType,
} from './field-types.ts'
export { applyTemplates, normalSettings, parseTemplate, templateJson, type IndexTemplate } from './template.ts'
export { wildcardMatch } from './dynamic-field.ts'
