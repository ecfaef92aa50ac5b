import { newObject, type Value, type ValueObject } from '../event/index.ts'
import { compileScript, type CompiledScript, type ScriptLang, type ScriptSource } from '../script/index.ts'
import { contextOf, type Execution, type Reading, type ScriptCompiler } from './model.ts'
import { printPath, type Spec } from './spec.ts'
import { StoredScript } from './stored-script.ts'

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
  spec.take('file')?.refuse('scripts are not read from files; store the script, or write it as "source"')
  const stored = spec.take('id') ?? spec.take('stored')
  const named = spec.take('lang')
  const lang = named?.oneOf(...LANGUAGES)
  const given = spec.take('params')
  const params = given !== undefined && given.isObject() ? (given.value as ValueObject) : newObject()
  spec.done(['id'])
  const text = source ?? inline
  if (stored !== undefined && text === undefined) return readStored(stored, use, params, reading)
  if (text === undefined) {
    if (spec.take('file') === undefined) spec.need('source')
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

/** A script that is kept under an id (`PUT _scripts/ID`). */
function readStored(spec: Spec, use: Use, params: ValueObject, reading: Reading): WatchScript | undefined {
  const id = spec.string()
  if (id === undefined) return undefined
  const script = new StoredScript(id, (source, kept) => {
    const lang = LANGUAGES.find((known) => known === kept)
    return reading.scripts.compile({ source, lang, params, name: printPath(spec.path) }, use)
  })
  spec.problems.stored.push(script)
  return {
    get lang() {
      return script.value.lang
    },
    run: (execution, payload) => script.value.run(contextOf(execution, payload)),
  }
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
