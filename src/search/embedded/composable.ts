/** Index templates of the newer generation, composed of component templates: the one of highest priority counts alone. */
import { isObject, newObject, type Value, type ValueObject } from '../../event/index.ts'
import { fail } from '../../diagnostic/index.ts'
import { applyTemplates, parseTemplate, wildcardMatch, type IndexTemplate } from '../dsl/index.ts'
import { checkLifecycle } from './data-streams.ts'

type Named = ReadonlyMap<string, ValueObject>

const INDEX_KEYS = [
  'index_patterns',
  'template',
  'priority',
  'version',
  '_meta',
  'composed_of',
  'allow_auto_create',
  'data_stream',
  'ignore_missing_component_templates',
  'deprecated',
]
const COMPONENT_KEYS = ['template', 'version', '_meta']
const SECTIONS = ['settings', 'mappings', 'aliases']

/** @throws where the body is not a component template, or would make one that composes it invalid. */
export function checkComponent(name: string, body: ValueObject): void {
  only(name, body, COMPONENT_KEYS)
  if (!isObject(body['template'])) throw fail('search.content', { reason: 'Required [template]' })
  layer(name, body['template'], 0)
}

/** @throws where the body is not an index template, a component is missing, or another template is as good for a name. */
export function checkIndexTemplate(name: string, body: ValueObject, templates: Named, components: Named): void {
  only(name, body, INDEX_KEYS)
  const patterns = patternsOf(body)
  if (patterns.length === 0)
    throw fail('template.invalid', { reason: 'Validation Failed: 1: index patterns are missing;' })
  const priority = priorityOf(body)
  if (!Number.isInteger(priority) || priority < 0)
    throw fail('template.invalid', { reason: 'Validation Failed: 1: index template priority must be >= 0;' })
  checkStreamOptions(name, body['data_stream'])
  const optional = listOf(body['ignore_missing_component_templates'])
  const missing = composedOf(body).filter((component) => !components.has(component) && !optional.includes(component))
  if (missing.length > 0)
    throw fail('template.composition', {
      name,
      reason: `index template [${name}] specifies component templates [${missing.join(', ')}] that do not exist`,
    })
  for (const [other, existing] of templates) {
    if (other === name || priorityOf(existing) !== priority) continue
    const theirs = patternsOf(existing)
    if (patterns.some((mine) => theirs.some((theirPattern) => overlap(mine, theirPattern))))
      throw fail('index.setting', {
        reason: `index template [${name}] has index patterns [${patterns.join(', ')}] matching patterns from existing templates [${other}] with patterns (${other} => [${theirs.join(', ')}]) that have the same priority [${priority}], multiple index templates may not match during index creation, please use a different priority`,
      })
  }
  // What it makes must be a mapping.
  applyTemplates('a', layers(name, body, components))
}

/** The layers that a new index of a name starts with; undefined where no index template of this generation matches. */
export function composedLayers(index: string, templates: Named, components: Named): IndexTemplate[] | undefined {
  const best = matchingTemplate(index, templates)
  return best === undefined ? undefined : layers(best[0], best[1], components)
}

/** The index template of highest priority that matches a name. */
export function matchingTemplate(index: string, templates: Named): readonly [string, ValueObject] | undefined {
  let best: readonly [string, ValueObject] | undefined
  for (const entry of templates)
    if (
      patternsOf(entry[1]).some((pattern) => wildcardMatch(pattern, index)) &&
      (best === undefined || priorityOf(entry[1]) > priorityOf(best[1]))
    )
      best = entry
  return best
}

/** Whether `action.auto_create_index` lets a write make an index: `false`, or patterns with `+` and `-`, the first counts. */
export function autoCreates(index: string, settings: ValueObject | undefined): boolean {
  let value: Value | undefined
  for (const kind of ['transient', 'persistent']) {
    const set = settings?.[kind]
    if (isObject(set)) value ??= set['action.auto_create_index']
  }
  if (value === undefined || value === null || String(value) === 'true') return true
  if (String(value) === 'false') return false
  for (const pattern of String(value)
    .split(',')
    .map((part) => part.trim())) {
    const denies = pattern.startsWith('-')
    if (wildcardMatch(pattern.replace(/^[-+]/, ''), index)) return !denies
  }
  return false
}

/** The index templates that compose one of the components. */
export function usersOf(component: string, templates: Named): string[] {
  return [...templates].filter(([, body]) => composedOf(body).includes(component)).map(([name]) => name)
}

function layers(name: string, body: ValueObject, components: Named): IndexTemplate[] {
  const bodies = composedOf(body).flatMap((component) => components.get(component)?.['template'] ?? [])
  const own = body['template']
  return [...bodies, own ?? newObject()].map((template, order) => layer(name, template, order))
}

function layer(name: string, template: Value, order: number): IndexTemplate {
  if (!isObject(template)) throw fail('template.invalid', { reason: '[template] must be an object' })
  only(name, template, [...SECTIONS, 'lifecycle'])
  const { lifecycle } = template
  if (lifecycle !== undefined) {
    if (!isObject(lifecycle)) throw fail('template.invalid', { reason: '[lifecycle] must be an object' })
    checkLifecycle(lifecycle)
  }
  const { lifecycle: _, ...sections } = template
  const legacy = Object.assign(newObject(), sections, { index_patterns: ['*'], order })
  return parseTemplate(name, legacy)
}

function only(name: string, body: ValueObject, keys: readonly string[]): void {
  for (const key of Object.keys(body))
    if (!keys.includes(key))
      throw fail('template.invalid', { reason: `unknown key [${key}] in the template [${name}]` })
}

export function patternsOf(body: ValueObject): string[] {
  const patterns = body['index_patterns']
  return (Array.isArray(patterns) ? patterns : patterns === undefined ? [] : [patterns]).map(String)
}

export function priorityOf(body: ValueObject): number {
  return Number(body['priority'] ?? 0)
}

function composedOf(body: ValueObject): string[] {
  return listOf(body['composed_of'])
}

function listOf(value: Value | undefined): string[] {
  return Array.isArray(value) ? value.map(String) : []
}

function checkStreamOptions(name: string, options: Value | undefined): void {
  if (options === undefined) return
  if (!isObject(options)) throw fail('template.invalid', { reason: `[data_stream] of [${name}] must be an object` })
  for (const key of Object.keys(options)) {
    if (key === 'timestamp_field') {
      const field = options[key]
      const field_name = isObject(field) ? field['name'] : field
      if (field_name === '@timestamp') continue
      throw fail('template.invalid', { reason: `the timestamp field of a data stream must be [@timestamp]` })
    }
    if (key !== 'hidden' && key !== 'allow_custom_routing')
      throw fail('template.invalid', { reason: `[data_stream] unknown field [${key}] in the template [${name}]` })
    if (typeof options[key] !== 'boolean')
      throw fail('template.invalid', { reason: `[${key}] of [data_stream] must be true or false` })
  }
}

/** Whether some name matches both patterns: what stands before the first and after the last star decides. */
export function overlap(a: string, b: string): boolean {
  if (!a.includes('*')) return wildcardMatch(b, a)
  if (!b.includes('*')) return wildcardMatch(a, b)
  const [startA, startB] = [a.slice(0, a.indexOf('*')), b.slice(0, b.indexOf('*'))]
  const [endA, endB] = [a.slice(a.lastIndexOf('*') + 1), b.slice(b.lastIndexOf('*') + 1)]
  return (startA.startsWith(startB) || startB.startsWith(startA)) && (endA.endsWith(endB) || endB.endsWith(endA))
}
