/** Where a script runs; it decides which variables a Painless script may name. */
export type ScriptContext =
  | 'watcher_condition'
  | 'watcher_transform'
  | 'painless_test'
  | 'filter'
  | 'score'
  | 'field'
  | 'number_sort'
  | 'string_sort'
  | 'aggs'
  | 'update'
  | 'ingest'
  | 'bucket_aggregation'

/** The variables of each context; `params` is everywhere. */
export const CONTEXT_VARIABLES: Readonly<Record<ScriptContext, readonly string[]>> = {
  watcher_condition: ['ctx'],
  watcher_transform: ['ctx'],
  painless_test: [],
  filter: ['doc'],
  score: ['doc', '_score'],
  field: ['doc', '_source'],
  number_sort: ['doc', '_score'],
  string_sort: ['doc', '_score'],
  aggs: ['doc', '_value', '_source'],
  update: ['ctx'],
  ingest: ['ctx'],
  bucket_aggregation: [],
}
