import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fail } from '../../../../diagnostic/index.ts'
import { isObject, parseJson, type ValueObject } from '../../../../event/index.ts'
import type { EcsCompatibility } from '../../define.ts'
import type { ElasticsearchOptions } from './options.ts'

export interface Template {
  readonly name: string
  readonly body: ValueObject
  /** Of the newer generation, which has its mappings below `template`. */
  readonly composable: boolean
  readonly overwrite: boolean
}

const SHIPPED = fileURLToPath(new URL('../../../../content/templates/', import.meta.url))

/** What `manage_template` installs: the user's own template, or the shipped ones, a JSON file each. */
export function templatesOf(options: ElasticsearchOptions, ecs: EcsCompatibility): Template[] {
  if (!options.manage_template) return []
  const { template: path, template_overwrite: overwrite, template_api: api } = options
  const make = (name: string, file: string): Template => {
    const body = readTemplate(file)
    const composable = api === 'composable' || (api === 'auto' && isObject(body['template']))
    return { name, body, composable, overwrite }
  }
  if (path !== undefined)
    return [make(options.template_name ?? (ecs === 'disabled' ? 'logstash' : 'ecs-logstash'), path)]
  if (!existsSync(SHIPPED)) return []
  return readdirSync(SHIPPED)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => make(basename(file, '.json'), `${SHIPPED}${file}`))
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
