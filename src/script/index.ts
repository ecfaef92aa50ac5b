export type * from './script.ts'
export {
  compileTemplate,
  renderTemplate,
  stringifyAsJava,
  type CompiledTemplate,
  type TemplateEscape,
  type TemplateOptions,
} from './mustache/index.ts'
