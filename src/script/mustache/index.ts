export {
  compileTemplate,
  renderTemplate,
  type CompiledTemplate,
  type TemplateEscape,
  type TemplateOptions,
} from './render.ts'
export { stringify as stringifyAsJava } from './lookup.ts'
