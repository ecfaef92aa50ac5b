/** Scripts in searches. */
import { isObject, type Value } from '../../event/index.ts'
import { fail } from '../../diagnostic/index.ts'
import { compileScript, type CompiledScript, type ScriptContext, type ScriptLang } from '../../script/index.ts'
import { Clause } from './clause.ts'

/**
 * A script as a search gives it: its source as text, or an object with `source` (or `inline`), `lang` and `params`.
 * @param place is for messages: `sort._script`.
 */
export function scriptOf(value: Value | undefined, context: ScriptContext, place: string): CompiledScript {
  if (typeof value === 'string') return compileScript({ source: value, name: place }, { context })
  if (!isObject(value)) throw fail('search.parsing', { reason: `[${place}] requires a [script]` })
  const clause = new Clause('script', value, 'object')
  const id = clause.string('id')
  if (id !== undefined) throw fail('search.unsupported', { clause: `${place}: stored script ${id}` })
  const source = clause.needString('source', 'inline')
  const lang = clause.string('lang')
  const params = clause.object('params')
  clause.take('options')
  clause.done()
  return compileScript(
    {
      source,
      name: place,
      ...(lang === undefined ? {} : { lang: lang as ScriptLang }),
      ...(params === undefined ? {} : { params }),
    },
    { context },
  )
}
