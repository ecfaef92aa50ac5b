import { isObject, newObject, type Value, type ValueObject } from '../event/index.ts'
import { compileScript, type CompiledScript, type ScriptLang, type ScriptSource } from '../script/index.ts'
import { contextOf, type Execution, type Reading, type ScriptCompiler } from './model.ts'
import { printPath, type Spec } from './spec.ts'

/** A script of a watch, compiled; it sees `ctx` and its parameters. */
export interface WatchScript {
  readonly lang: ScriptLang
  run(execution: Execution, payload: ValueObject): Value
}

type Use = 'condition' | 'transform'

const LANGUAGES = ['painless', 'groovy'] as const

/** The scripts of watches, in Painless and Groovy. */
export function watchScripts(
  options: {
    /** `watcher.script.default_lang`. */
    readonly defaultLang?: 'painless' | 'groovy' | undefined
    readonly now?: () => number
  } = {},
): ScriptCompiler {
  const { defaultLang, now } = options
  return {
    compile: (source, use) =>
      compileScript(source, { context: `watcher_${use}`, defaultLang, ...(now === undefined ? {} : { now }) }),
  }
}

/** Reads a script: a string, or an object with `source` or `inline`, `lang` and `params`. */
export function readScript(spec: Spec, use: Use, reading: Reading): WatchScript | undefined {
  const path: readonly (string | number)[] = spec.path
  if (typeof spec.value === 'string')
    return compile({ source: spec.value, name: printPath(path) }, use, spec, path, reading)
  if (!spec.isObject('a script: a string, or an object with "source"')) return undefined
  const source = spec.take('source')
  const inline = spec.take('inline')
  for (const name of ['id', 'file', 'stored'])
    spec.take(name)?.refuse('stored scripts are not kept by this version; write the script as "source"')
  const named = spec.take('lang')
  const lang = named?.oneOf(...LANGUAGES)
  const given = spec.take('params')
  const params = given !== undefined && given.isObject() ? (given.value as ValueObject) : newObject()
  spec.done()
  const text = source ?? inline
  if (text === undefined) {
    if (!['id', 'file', 'stored'].some((name) => isObject(spec.value) && name in spec.value)) spec.need('source')
    return undefined
  }
  const code = text.string()
  if (code === undefined || (named !== undefined && lang === undefined)) return undefined
  return compile(
    { source: code, lang, params, name: printPath(path), ...(source === undefined ? { inline: true } : {}) },
    use,
    spec,
    text.path,
    reading,
  )
}

function compile(
  source: ScriptSource,
  use: Use,
  spec: Spec,
  path: readonly (string | number)[],
  reading: Reading,
): WatchScript | undefined {
  let compiled: CompiledScript
  try {
    compiled = reading.scripts.compile(source, use)
  } catch (error) {
    spec.problems.wrap(path, error)
    return undefined
  }
  if (source.lang === undefined)
    spec.problems.add(
      'watch.language',
      path,
      { path: printPath(path), lang: compiled.lang },
      { severity: 'notice', hint: 'give it a "lang" to be sure' },
    )
  return {
    lang: compiled.lang,
    run: (execution, payload) => compiled.run(contextOf(execution, payload)),
  }
}
