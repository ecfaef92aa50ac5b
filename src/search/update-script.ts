/** Scripts that change documents: in updates, update by query and reindex. */
import { isObject, newObject, type Value, type ValueObject } from '../event/index.ts'
import { didYouMean, fail } from '../diagnostic/index.ts'
import { compileScript, type CompiledScript, type ScriptLang } from '../script/index.ts'

export interface UpdateScript {
  readonly script: CompiledScript
  readonly params: ValueObject
}

const KEYS = ['source', 'inline', 'id', 'lang', 'params', 'options']
const COMPILED_LIMIT = 200
const compiled = new Map<string, CompiledScript>()

/**
 * Reads `script` of a request: a text, or an object with `source` or the `id` of a stored script.
 * @param stored finds a stored script's body.
 */
export function updateScript(value: Value, stored: (id: string) => Value | undefined): UpdateScript {
  const body = typeof value === 'string' ? Object.assign(newObject(), { source: value }) : value
  if (!isObject(body)) throw fail('bulk.argument', { reason: '[script] must be a string or an object' })
  for (const key of Object.keys(body))
    if (!KEYS.includes(key)) {
      const near = didYouMean(key, KEYS)
      throw fail('bulk.argument', {
        reason: `[script] unknown field [${key}]${near === undefined ? '' : ` did you mean [${near}]?`}`,
      })
    }
  const params = body['params'] ?? newObject()
  if (!isObject(params)) throw fail('bulk.argument', { reason: '[params] of a script must be an object' })
  const { id } = body
  const found = id === undefined ? body : stored(String(id))
  if (!isObject(found)) throw fail('script.missing', { id: String(id) })
  const source = found['source'] ?? found['inline']
  if (typeof source !== 'string') throw fail('bulk.argument', { reason: 'must specify [source] of a script' })
  const lang = String(found['lang'] ?? 'painless')
  if (lang !== 'painless' && lang !== 'groovy')
    throw fail('bulk.argument', { reason: `script_lang not supported [${lang}]` })
  return { script: compile(source, lang), params }
}

function compile(source: string, lang: ScriptLang): CompiledScript {
  const key = `${lang}:${source}`
  let script = compiled.get(key)
  if (script === undefined) {
    script = compileScript({ source, lang }, { context: 'update' })
    if (compiled.size >= COMPILED_LIMIT) compiled.delete(compiled.keys().next().value!)
    compiled.set(key, script)
  }
  return script
}

/** Runs a script over a document as `ctx`; what it leaves in `ctx` is the outcome. */
export function runUpdateScript({ script, params }: UpdateScript, context: ValueObject): ValueObject {
  const ctx = Object.assign(newObject(), context)
  script.run({ ctx, params })
  return ctx
}
