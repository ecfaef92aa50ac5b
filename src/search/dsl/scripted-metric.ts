/** An aggregation of scripts: what is done at the start, with each document, at the end of an index, and of all. */
import { isObject, newObject, type Value, type ValueObject } from '../../event/index.ts'
import { fail } from '../../diagnostic/index.ts'
import type { CompiledScript, ScriptContext } from '../../script/index.ts'
import type { ScriptedMetricParameters } from './metric-tree.ts'
import type { Clause } from './clause.ts'
import { scriptOf } from './script-clause.ts'

/** @param name is the user's, for messages. */
export function checkScriptedMetric(clause: Clause, name: string): ScriptedMetricParameters {
  const shared = clause.object('params') ?? newObject()
  const read = (key: string, context: ScriptContext): CompiledScript | undefined => {
    const script = clause.take(key)
    return script === undefined || script === null
      ? undefined
      : scriptOf(withParameters(script, shared), context, `scripted_metric.${key}`)
  }
  const need = (key: string, called: string | undefined, context: ScriptContext): CompiledScript => {
    const script = read(key, context)
    if (script === undefined)
      throw fail('search.argument', {
        reason: called === undefined ? `Required [${key}]` : `[${called}] must not be null: [${name}]`,
      })
    return script
  }
  return {
    type: 'scripted_metric',
    init: read('init_script', 'scripted_metric_init'),
    map: need('map_script', undefined, 'scripted_metric_map'),
    combine: need('combine_script', 'combineScript', 'scripted_metric_combine'),
    reduce: need('reduce_script', 'reduceScript', 'scripted_metric_reduce'),
  }
}

/** The parameters of the aggregation are those of each of its scripts. */
function withParameters(script: Value, shared: ValueObject): Value {
  if (Object.keys(shared).length === 0) return script
  if (typeof script === 'string') return Object.assign(newObject(), { source: script, params: shared })
  if (!isObject(script)) return script
  const own = isObject(script['params'] ?? null) ? (script['params'] as ValueObject) : newObject()
  for (const key of Object.keys(own))
    if (Object.hasOwn(shared, key))
      throw fail('search.argument', {
        reason: `Parameter name "${key}" used in both aggregation and script parameters`,
      })
  return Object.assign(newObject(), script, { params: Object.assign(newObject(), shared, own) })
}
