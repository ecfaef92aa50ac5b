export { chooseLanguage, compileScript, type CompileOptions, type LanguageChoice } from './compile.ts'
export { DocLookup, type DocField } from './doc-lookup.ts'
export { isScriptContext, type ScriptContext } from './context.ts'
export { ScriptError, scriptFailure, scriptStack, type ScriptFailure } from './script-error.ts'
export { ScriptState } from './script-state.ts'
export type * from './script.ts'
export {
  compileTemplate,
  renderTemplate,
  stringifyAsJava,
  type CompiledTemplate,
  type TemplateEscape,
  type TemplateOptions,
} from './mustache/index.ts'
