import { readFileSync } from 'node:fs'
import { fail } from '../../../../diagnostic/index.ts'
import { isObject, parseJson, type ValueObject } from '../../../../event/index.ts'
import { shippedTemplates } from '../../../../search/templates/index.ts'
import type { EcsCompatibility } from '../../define.ts'
import type { ElasticsearchOptions } from './options.ts'

export interface Template {
  readonly name: string
  readonly body: ValueObject
  /** Of the newer generation, which has its mappings below `template`. */
  readonly composable: boolean
  readonly overwrite: boolean
}

/** What `manage_template` installs: the user's own template, or the shipped ones. */
export function templatesOf(options: ElasticsearchOptions, ecs: EcsCompatibility): Template[] {
  if (!options.manage_template) return []
  const { template: path, template_overwrite: overwrite, template_api: api } = options
  const make = (name: string, body: ValueObject): Template => {
    const composable = api === 'composable' || (api === 'auto' && isObject(body['template']))
    return { name, body, composable, overwrite }
  }
  if (path === undefined) return shippedTemplates().map(({ name, body }) => make(name, body))
  return [make(options.template_name ?? (ecs === 'disabled' ? 'logstash' : 'ecs-logstash'), readTemplate(path))]
}

function readTemplate(path: string): ValueObject {
  let body: unknown
  try {
    body = parseJson(readFileSync(path, 'utf8'))
  } catch (error) {
    throw fail('plugin.file_unreadable', { option: 'template', path, reason: (error as Error).message })
  }
  if (isObject(body)) return body
  throw fail('plugin.file_unreadable', { option: 'template', path, reason: 'it is not a JSON object' })
}
