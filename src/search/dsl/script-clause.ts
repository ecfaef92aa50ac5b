/** Scripts in searches. */
import { isObject, type Value } from '../../event/index.ts'
import { fail } from '../../diagnostic/index.ts'
import {
  compileScript,
  type CompiledScript,
  type ScriptBudget,
  type ScriptContext,
  type ScriptLang,
} from '../../script/index.ts'
import { Clause } from './clause.ts'

/**
 * A script as a search gives it: its source as text, or an object with `source` (or `inline`), `lang` and `params`.
 * @param place is for messages: `sort._script`.
 */
export function scriptOf(value: Value | undefined, context: ScriptContext, place: string): CompiledScript {
  if (typeof value === 'string') return bounded(compileScript({ source: value, name: place }, { context }))
  if (!isObject(value)) throw fail('search.parsing', { reason: `[${place}] requires a [script]` })
  const clause = new Clause('script', value, 'object')
  const id = clause.string('id')
  if (id !== undefined) throw fail('search.unsupported', { clause: `${place}: stored script ${id}` })
  const source = clause.needString('source', 'inline')
  const lang = clause.string('lang')
  const params = clause.object('params')
  clause.take('options')
  clause.done()
  const script = compileScript(
    {
      source,
      name: place,
      ...(lang === undefined ? {} : { lang: lang as ScriptLang }),
      ...(params === undefined ? {} : { params }),
    },
    { context },
  )
  return bounded(script)
}

/** Steps of one script before others have their turn, which is between segments: some 150 for each document of a full one. */
const MOST_STEPS = 20_000_000

/** A script whose runs are bounded together, so that no search holds up the process by one that is heavy. */
export function bounded(script: CompiledScript, most = MOST_STEPS): CompiledScript {
  let steps = 0
  const spent: ScriptBudget['spent'] = (used) => {
    if (steps === 0) setImmediate(() => (steps = 0))
    steps += used.steps
  }
  const limits: ScriptBudget = { spent }
  return {
    ...script,
    run(variables, budget, provided) {
      if (steps > most)
        throw fail('search.argument', {
          reason: `the script takes too long: over the documents of a segment it may take ${most} steps in all`,
        })
      if (budget === undefined) return script.run(variables, limits, provided)
      const both: ScriptBudget['spent'] = (used) => {
        budget.spent?.(used)
        spent(used)
      }
      return script.run(variables, { ...budget, spent: both }, provided)
    },
  }
}
