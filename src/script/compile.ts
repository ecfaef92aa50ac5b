import { fail, type Source } from '../diagnostic/index.ts'
import { newObject, type Value } from '../event/index.ts'
import { CONTEXT_FUNCTIONS, CONTEXT_RETURNS, CONTEXT_VARIABLES, type ScriptContext } from './context.ts'
import { parseGroovy } from './groovy/index.ts'
import { parsePainless } from './painless/index.ts'
import { invoke, property } from './runtime/access.ts'
import { Budget } from './runtime/budget.ts'
import { compileProgram, type MutableMachine } from './runtime/program.ts'
import { Conversion } from './runtime/conversion.ts'
import { ArrayValue, ListValue } from './runtime/containers.ts'
import { FunctionValue, type ScriptValue } from './runtime/instance.ts'
import { metered, print, type Printer } from './runtime/equality.ts'
import type { Dialect } from './runtime/machine.ts'
import { truth } from './runtime/operators.ts'
import { resolveType } from './runtime/registry.ts'
import type {
  CompiledScript,
  ProvidedFunctions,
  ScriptBudget,
  ScriptLang,
  ScriptSource,
  ScriptVariable,
} from './script.ts'
import { runtimeError, ScriptError } from './script-error.ts'
import type { Program } from './syntax/ast.ts'

export interface CompileOptions {
  readonly context: ScriptContext
  /** The setting `watcher.script.default_lang`: what decides where the script names no language. */
  readonly defaultLang?: ScriptLang | undefined
  /** The file the script stands in, for messages. */
  readonly filePath?: string | undefined
  /** Milliseconds since the epoch, for `now()` in scripts. */
  readonly now?: () => number
}

export interface LanguageChoice {
  readonly lang: Dialect
  /** Why, in words for a user. */
  readonly reason: string
}

/** Elasticsearch's own limit for one script. */
const MAX_LENGTH = 65_535

function sourceOf(script: ScriptSource, options: CompileOptions): Source {
  const place = script.name ?? 'script'
  return { name: options.filePath === undefined ? place : `${options.filePath} ${place}`, text: script.source }
}

function parse(script: ScriptSource, lang: Dialect, options: CompileOptions): Program {
  const source = sourceOf(script, options)
  const refuse = (message: string, start: number, end: number): never => {
    const span = { source, start, end }
    const type = message.startsWith('Cannot cast') ? 'class_cast_exception' : 'illegal_argument_exception'
    throw new ScriptError('script.compile', lang, span, { type, reason: message })
  }
  const { text } = source
  if (text.length > MAX_LENGTH) {
    refuse(`exceeded max allowed inline script size in bytes [${MAX_LENGTH}] with size [${text.length}]`, 0, 1)
  }
  try {
    if (lang === 'groovy') return parseGroovy({ text, resolveType, fail: refuse })
    const variables = new Set(['params', ...CONTEXT_VARIABLES[options.context]])
    const provided = new Set(CONTEXT_FUNCTIONS[options.context])
    const returns = CONTEXT_RETURNS[options.context]
    return parsePainless({ text, resolveType, variables, fail: refuse }, { provided, returns })
  } catch (error) {
    if (error instanceof RangeError) refuse('the script is nested too deeply.', 0, 1)
    throw error
  }
}

/**
 * Which language a script is in. `lang` decides; then the setting; without either `source` and a plain string are
 * Painless, and `inline`, the key of older versions, is Groovy where only Groovy makes sense of it.
 */
export function chooseLanguage(script: ScriptSource, options: CompileOptions): LanguageChoice {
  const named = script.lang ?? options.defaultLang
  if (named !== undefined) {
    if (named !== 'painless' && named !== 'groovy') throw fail('script.lang', { lang: named })
    const reason = script.lang === undefined ? 'watcher.script.default_lang says so' : 'the script says so'
    return { lang: named, reason }
  }
  if (script.inline !== true) return { lang: 'painless', reason: "no 'lang' is given, and Painless is the default" }
  const params = Object.keys(script.params ?? {})
  let groovy: Program | undefined
  try {
    groovy = parse(script, 'groovy', options)
  } catch (error) {
    if (!(error instanceof ScriptError)) throw error
  }
  const bare = params.find((name) => groovy?.globals.has(name) === true)
  if (bare !== undefined) return { lang: 'groovy', reason: `'inline' uses the parameter '${bare}' as a bare name` }
  try {
    parse(script, 'painless', options)
  } catch (error) {
    if (!(error instanceof ScriptError)) throw error
    if (groovy !== undefined) return { lang: 'groovy', reason: "'inline' does not parse as Painless" }
  }
  return { lang: 'painless', reason: "'inline' parses as Painless" }
}

/** Compiles a Painless or Groovy script. @throws ScriptError (a DiagnosticError) with the place in the source. */
export function compileScript(script: ScriptSource, options: CompileOptions): CompiledScript {
  const { lang } = chooseLanguage(script, options)
  const source = sourceOf(script, options)
  const program = parse(script, lang, options)
  const { run: body, starts } = compileProgram(program, lang)
  const params = script.params ?? {}
  const now = options.now ?? (() => performance.timeOrigin + performance.now())
  const readsSource = /\b_source\b/.test(script.source)
  return {
    lang,
    readsSource,
    run(
      variables: Readonly<Record<string, ScriptVariable>>,
      limits?: ScriptBudget,
      provided: ProvidedFunctions = {},
    ): Value {
      const budget = new Budget(limits)
      const conversion = new Conversion((entries) => budget.allocate(entries))
      const printer: Printer = { charge: (characters) => budget.allocate(characters) }
      const machine: MutableMachine = {
        budget,
        dialect: lang,
        start: 0,
        end: source.text.length,
        globals: new Map(),
        functions: new Map(),
        print: (value) => print(value, printer, 0, lang === 'groovy'),
        invoke: (target, name, args) => invoke(machine, target, name, args),
        property: (target, name) => property(machine, target, name),
        truth: (value) => truth(machine, value),
        now,
      }
      // Parameters belong to the script, not to a run: what a run does to them is not written back.
      const parameters = new Conversion((entries) => budget.allocate(entries))
      const { globals } = machine
      if (lang === 'groovy')
        for (const name of Object.keys(params)) globals.set(name, parameters.toScript(params[name]))
      for (const name of Object.keys(variables)) globals.set(name, conversion.toScript(variables[name]))
      for (const name of Object.keys(provided))
        globals.set(name, new FunctionValue(1, (args) => provide(provided[name]!, args, conversion)))
      if (!globals.has('params')) {
        const given = Object.assign(newObject(), params)
        // What older scripts call `params._source`.
        if (readsSource && variables['_source'] !== undefined) given['_source'] = variables['_source'] as Value
        const fixed = lang === 'painless' && !options.context.startsWith('scripted_metric')
        globals.set('params', fixed ? parameters.toFixedMap(given) : parameters.toScript(given))
      }
      try {
        return metered(budget, () => {
          const value = body(machine)
          // The test context answers with the text of the result, whatever it is.
          const result = options.context === 'painless_test' ? testText(value, printer) : conversion.toHouse(value)
          conversion.settle()
          return result
        })
      } catch (error) {
        throw runtimeError(error, lang, source, machine, starts)
      } finally {
        limits?.spent?.(budget.used())
      }
    },
  }
}

function provide(fn: ProvidedFunctions[string], args: readonly ScriptValue[], conversion: Conversion): ScriptValue {
  fn(args.map((arg) => conversion.toHouse(arg)))
  return null
}

/** Java's `String.valueOf`, also of what Groovy prints otherwise; an array by its elements. */
function testText(value: ScriptValue, printer: Printer): string {
  return print(value instanceof ArrayValue ? new ListValue(value.items) : value, printer)
}
