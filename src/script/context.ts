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
  | 'runtime_field'
  | 'scripted_metric_init'
  | 'scripted_metric_map'
  | 'scripted_metric_combine'
  | 'scripted_metric_reduce'
  | 'moving_function'
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
  runtime_field: ['doc', '_source'],
  scripted_metric_init: ['state'],
  scripted_metric_map: ['state', 'doc', '_source'],
  scripted_metric_combine: ['state'],
  scripted_metric_reduce: ['states'],
  moving_function: ['values'],
  update: ['ctx'],
  ingest: ['ctx'],
  bucket_aggregation: [],
}

export function isScriptContext(name: string): name is ScriptContext {
  return Object.hasOwn(CONTEXT_VARIABLES, name)
}

/** What a Painless script gives back, as the compiler checks it; an object where nothing is said. */
export const CONTEXT_RETURNS: Readonly<Partial<Record<ScriptContext, string>>> = {
  watcher_condition: 'boolean',
  filter: 'boolean',
  score: 'double',
  number_sort: 'double',
  string_sort: 'java.lang.String',
  moving_function: 'double',
  runtime_field: 'void',
  scripted_metric_init: 'void',
  scripted_metric_map: 'void',
  update: 'void',
  // Processors give nothing back, their conditions a boolean.
  ingest: 'unknown',
}

/** The functions of a context that has any, by name and number of arguments; whoever runs the script provides them. */
export const CONTEXT_FUNCTIONS: Readonly<Partial<Record<ScriptContext, readonly string[]>>> = {
  runtime_field: ['emit/1', 'emit/2'],
}
