import { readdirSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseJson, type ValueObject } from '../../event/index.ts'

const FOLDER = fileURLToPath(new URL('../../content/templates/', import.meta.url))

/**
 * The index templates that ship, a file each: the seed's names and the ECS names find the same documents.
 * They are of the older generation, which Elasticsearch 8 and OpenSearch both take.
 */
export function shippedTemplates(): { name: string; body: ValueObject }[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => ({
      name: basename(file, '.json'),
      body: parseJson(readFileSync(`${FOLDER}${file}`, 'utf8')) as ValueObject,
    }))
}
