import { stringify as stringifyYaml } from 'yaml'
import { Double, isObject, stringifyJson, Timestamp, type Value, type ValueObject } from '../../event/index.ts'
import type { Attachment } from '../../notify/index.ts'
import { contextOf, type Execution } from '../model.ts'

export type DataFormat = 'yaml' | 'json'

/** The whole ctx as a file, by default `data.yml` or `data.json`. */
export function dataAttachment(
  format: DataFormat,
  execution: Execution,
  payload: ValueObject,
  filename = format === 'json' ? 'data.json' : 'data.yml',
): Attachment {
  const context = contextOf(execution, payload)
  return format === 'json'
    ? { filename, contentType: 'application/json', content: stringifyJson(context) }
    : {
        filename,
        contentType: 'application/yaml',
        content: `---\n${stringifyYaml(plain(context), { aliasDuplicateObjects: false, lineWidth: 0 })}`,
      }
}

/** Values as the YAML library writes them. */
function plain(value: Value): unknown {
  if (Array.isArray(value)) return value.map(plain)
  if (value instanceof Timestamp) return value.toString()
  if (value instanceof Double) return value.value
  if (!isObject(value)) return value
  return new Map(Object.keys(value).map((name) => [name, plain(value[name]!)]))
}
