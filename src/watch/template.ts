import { isObject, newObject, toValue, type ValueObject } from '../event/index.ts'
import {
  compileScript,
  compileTemplate,
  stringifyAsJava,
  type CompiledTemplate,
  type TemplateEscape,
} from '../script/index.ts'
import { contextOf, type Execution } from './model.ts'
import type { Spec } from './spec.ts'
import { StoredScript } from './stored-script.ts'

/** A text of a watch that may have mustache in it. */
export interface TextTemplate {
  /** As it is written in the watch; empty where it is kept under an id. */
  readonly source: string
  /** True where the whole text is one variable, so that what it holds is meant to be the whole text. */
  readonly whole: boolean
  render(execution: Execution, payload: ValueObject): string
}

/** Reads a string, or an object with `source` (`inline`, `template`) and `params`. */
export function readTemplate(spec: Spec, escape: TemplateEscape = 'none'): TextTemplate | undefined {
  let text: Spec = spec
  let params = newObject()
  if (isObject(spec.value)) {
    const found = spec.take('source') ?? spec.take('inline') ?? spec.take('template')
    spec.take('file')?.refuse('templates are not read from files; store the template, or write it as "source"')
    const stored = spec.take('id')
    spec.take('lang')?.oneOf('mustache')
    spec.take('options')
    const given = spec.take('params')
    if (given !== undefined && given.isObject()) params = given.value as ValueObject
    spec.done()
    if (stored !== undefined && found === undefined) return readStored(stored, params, escape)
    if (found === undefined) {
      if (spec.take('file') === undefined) spec.need('source')
      return undefined
    }
    text = found
  }
  const value = text.value
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean')
    return text.invalid('a string or a template')
  return compile(String(value), text, params, escape)
}

/** A template that is kept under an id (`PUT _scripts/ID`). */
function readStored(spec: Spec, params: ValueObject, escape: TemplateEscape): TextTemplate | undefined {
  const id = spec.string()
  if (id === undefined) return undefined
  const template = new StoredScript(id, (source, lang): CompiledTemplate => {
    if (lang !== 'painless') return compileTemplate(source, { name: spec.name, escape })
    // As in Elasticsearch, whose template engine is that of the script's language.
    const script = compileScript({ source, lang, params, name: spec.name }, { context: 'watcher_transform' })
    return { source, render: (variables) => stringifyAsJava(script.run(variables)) }
  })
  spec.problems.stored.push(template)
  return {
    source: '',
    whole: false,
    render: (execution, payload) => template.value.render({ ...params, ...contextOf(execution, payload) }),
  }
}

function compile(source: string, spec: Spec, params: ValueObject, escape: TemplateEscape): TextTemplate | undefined {
  const whole = /^\s*\{\{\{?[^{}#^!>=/][^{}]*\}\}\}?\s*$/.test(source)
  let compiled: CompiledTemplate
  try {
    compiled = compileTemplate(source, { name: spec.name, escape: whole ? 'none' : escape })
  } catch (error) {
    spec.problems.wrap(spec.path, error)
    return undefined
  }
  return {
    source,
    whole,
    render: (execution, payload) => compiled.render({ ...params, ...contextOf(execution, payload) }),
  }
}

/**
 * A JSON value in which every string may be a template: it is rendered as one text with what it fills in escaped,
 * as Watcher does, and read again. Without any template the value itself is answered.
 */
export function readJsonTemplate(
  spec: Spec,
  stringify: (value: unknown) => string,
  parse: (text: string) => unknown,
): { readonly constant: boolean; render(execution: Execution, payload: ValueObject): unknown } | undefined {
  const text = typeof spec.value === 'string' ? spec.value : stringify(spec.value)
  if (!text.includes('{{')) {
    let value: unknown
    try {
      value = toValue(typeof spec.value === 'string' ? parse(text) : spec.value)
    } catch (error) {
      return spec.invalid(`JSON (${(error as Error).message})`)
    }
    return { constant: true, render: () => value }
  }
  const template = compile(text, spec, newObject(), 'json')
  if (template === undefined) return undefined
  return { constant: false, render: (execution, payload) => parse(template.render(execution, payload)) }
}
