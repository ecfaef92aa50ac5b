export { chooseLanguage, compileScript, type CompileOptions, type LanguageChoice } from './compile.ts'
export type { ScriptContext } from './context.ts'
export { ScriptError, scriptFailure, scriptStack, type ScriptFailure } from './script-error.ts'
export type * from './script.ts'
