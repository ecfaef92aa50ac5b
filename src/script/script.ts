import type { Value } from '../event/index.ts'
import type { DocLookup } from './doc-lookup.ts'
import type { ScriptState } from './script-state.ts'

export type ScriptLang = 'painless' | 'groovy' | 'mustache' | 'expression'

/** A script as watches and queries give it. */
export interface ScriptSource {
  readonly source: string
  /** Undefined where the user gave none; see `chooseLanguage` for what then decides. */
  readonly lang?: ScriptLang | undefined
  /** `inline` (the older key) may be Groovy without saying so. */
  readonly inline?: boolean
  readonly params?: Readonly<Record<string, Value>>
  /** For messages: the place in the watch or request, such as `condition.script`. */
  readonly name?: string
}

/** What a script may use; running over it ends the script with a clear error. */
export interface ScriptBudget {
  /** Statements, turns of loops, calls, and elements that library methods walk over; default 1,000,000. */
  readonly steps?: number
  /** Characters and list or map entries allocated, default 10,000,000. */
  readonly allocations?: number
  /** Told at the end of a run what it used, for a bound over many runs. */
  readonly spent?: (used: { readonly steps: number; readonly allocations: number }) => void
}

/** What a context provides by a name; numbers of a fixed kind are a `double[]`. */
export type ScriptVariable = Value | DocLookup | ScriptState | Float64Array

/** Functions that a context gives a script to call (`emit`), with the arguments in the house's values. */
export type ProvidedFunctions = Readonly<Record<string, (args: readonly Value[]) => void>>

/**
 * A compiled script.
 *
 * - `run` may be called any number of times; nothing of one run is seen by the next.
 * - `variables` are what the context provides (`ctx`, `doc`, `_source`, ...) in the house's values; objects and
 *   lists are shared with the script, so what it changes in them is changed for the caller too.
 * - The result is in the house's values: maps become null-prototype objects. In the context `painless_test` it is the
 *   text of the value, as `_scripts/painless/_execute` answers.
 * - A run that fails leaves `variables` as they were.
 * - It throws DiagnosticError with code `script.*` (Elasticsearch type `script_exception`), with the position in the source.
 */
export interface CompiledScript {
  readonly lang: ScriptLang
  /** It names `_source`: whoever runs it need not read a document's source for one that does not. */
  readonly readsSource: boolean
  run(variables: Readonly<Record<string, ScriptVariable>>, budget?: ScriptBudget, provided?: ProvidedFunctions): Value
}
