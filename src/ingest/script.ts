import { isObject, newObject, type Value, type ValueObject } from '../event/index.ts'
import { fail } from '../diagnostic/index.ts'
import { compileScript, type CompiledScript } from '../script/index.ts'
import type { Surroundings } from './processor.ts'

/** A Painless script of a processor: a text, or `source` or `id` with `params`. */
export function ingestScript(
  value: Value,
  surroundings: Surroundings,
): { script: CompiledScript; source: string; params: ValueObject } {
  const body: ValueObject = isObject(value) ? value : Object.assign(newObject(), { source: String(value) })
  const id = body['id']
  const stored = id === undefined ? body : surroundings.storedScript(String(id))
  if (!isObject(stored)) throw fail('script.missing', { id: String(id) })
  const source = String(stored['source'] ?? stored['inline'] ?? '')
  const lang = String(body['lang'] ?? stored['lang'] ?? 'painless')
  if (lang !== 'painless')
    throw fail('ingest.parse', { reason: `script language [${lang}] is not supported in ingest pipelines` })
  const params = isObject(body['params']) ? body['params'] : newObject()
  return { script: compileScript({ source, lang }, { context: 'ingest' }), source, params }
}
