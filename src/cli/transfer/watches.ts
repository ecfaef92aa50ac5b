import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CommandError } from '../exit.ts'
import type { Answer, ServerClient } from '../server-client.ts'

type Json = Record<string, unknown>

/** A watch of another server. */
export interface ForeignWatch {
  readonly id: string
  readonly definition: Json
  readonly active: boolean
  /** True where it belongs to a file of the server. */
  readonly file: boolean
}

const PAGE = 100
const HIDDEN = ['::es_redacted::', '::es_encrypted::']

/**
 * Every watch of a server: by the API that Elasticsearch has since 7.11, else from the index `.watches`.
 * Scripts without a language are given Groovy where they come from a version before 5.
 */
export async function readForeignWatches(
  from: ServerClient,
  checked: (answer: Answer) => Json,
): Promise<ForeignWatch[]> {
  const probe = await from.request('POST', '/_watcher/_query/watches', { from: 0, size: PAGE })
  return isUnknown(probe) ? readIndex(from, checked) : readApi(from, probe, checked)
}

/** Before 7.11 the path is none, or is taken for an index and a document. */
function isUnknown({ status, body }: Answer): boolean {
  if (![400, 404, 405].includes(status)) return false
  const text = JSON.stringify(body)
  return !text.includes('authentication') && !text.includes('license')
}

async function readApi(from: ServerClient, first: Answer, checked: (answer: Answer) => Json): Promise<ForeignWatch[]> {
  const found: ForeignWatch[] = []
  let answer = first
  for (;;) {
    const page = (checked(answer)['watches'] ?? []) as Json[]
    for (const { _id, watch, status, _file } of page)
      found.push({ id: String(_id), definition: watch as Json, active: isActive(status), file: _file !== undefined })
    if (page.length < PAGE) return found
    answer = await from.request('POST', '/_watcher/_query/watches', { from: found.length, size: PAGE })
  }
}

async function readIndex(from: ServerClient, checked: (answer: Answer) => Json): Promise<ForeignWatch[]> {
  const { version } = checked(await from.request('GET', '/')) as { version?: { number?: string } }
  const old = Number(/^\d+/.exec(version?.number ?? '')?.[0] ?? 9) < 5
  const found: ForeignWatch[] = []
  let body = checked(await from.request('POST', '/.watches/_search?scroll=1m', { size: PAGE }))
  for (;;) {
    const hits = ((body['hits'] as Json | undefined)?.['hits'] ?? []) as { _id: string; _source: Json }[]
    for (const { _id, _source } of hits) {
      const { status, _status, file, ...definition } = _source
      if (old) nameGroovy(definition)
      found.push({ id: _id, definition, active: isActive(status ?? _status), file: file !== undefined })
    }
    if (hits.length === 0) return found
    body = checked(await from.request('POST', '/_search/scroll', { scroll: '1m', scroll_id: body['_scroll_id'] }))
  }
}

function isActive(status: unknown): boolean {
  return (status as { state?: { active?: boolean } } | undefined)?.state?.active !== false
}

/** Every object below a name, outermost first, with its dotted path. */
function* objectsIn(value: unknown, path = ''): Generator<readonly [path: string, object: Json]> {
  if (typeof value !== 'object' || value === null) return
  if (!Array.isArray(value)) yield [path, value as Json]
  for (const [name, inner] of Object.entries(value)) yield* objectsIn(inner, path === '' ? name : `${path}.${name}`)
}

function nameGroovy(definition: Json): void {
  for (const [path, object] of objectsIn(definition)) {
    // Templates and the scripts of queries have languages of their own.
    if (path.includes('.request.')) continue
    const { script } = object
    if (typeof script === 'string') object['script'] = { inline: script, lang: 'groovy' }
    else if (typeof script === 'object' && script !== null && !('lang' in script)) (script as Json)['lang'] = 'groovy'
  }
}

const SCRIPT_FILES = ['groovy', 'painless']
const TEMPLATE_FILES = ['mustache']
const BESIDE_FILE = ['file', 'params', 'lang', 'type']

/**
 * Puts the text of files in place of `file: NAME`, as Elasticsearch before 6 read them from `config/scripts`.
 * @throws CommandError naming a file that is not in the folder
 */
export function inlineFiles(definition: Json, folder: string | undefined): void {
  for (const [path, object] of objectsIn(definition)) {
    const { file } = object
    if (typeof file !== 'string' || !Object.keys(object).every((name) => BESIDE_FILE.includes(name))) continue
    const isScript = path === 'script' || path.endsWith('.script')
    const found = (isScript ? SCRIPT_FILES : TEMPLATE_FILES)
      .map((lang) => ({ lang, path: join(folder ?? '.', `${file}.${lang}`) }))
      .find((one) => folder !== undefined && /^[\w.-]+$/.test(file) && existsSync(one.path))
    if (found === undefined)
      throw new CommandError(`'${path}' is the file '${file}': give its folder (config/scripts) with --scripts`)
    delete object['file']
    delete object['type']
    if (isScript) object['lang'] = found.lang
    object['inline'] = readFileSync(found.path, 'utf8')
  }
}

/** The dotted paths of texts that stand for secrets. */
export function hiddenSecrets(definition: Json): string[] {
  const found: string[] = []
  for (const [path, object] of objectsIn(definition))
    for (const [name, value] of Object.entries(object))
      if (typeof value === 'string' && HIDDEN.some((mark) => value.startsWith(mark)))
        found.push(path === '' ? name : `${path}.${name}`)
  return found
}

export function setAt(definition: Json, path: string, value: string): void {
  const at = path.lastIndexOf('.')
  for (const [place, object] of objectsIn(definition))
    if (place === path.slice(0, Math.max(at, 0))) object[path.slice(at + 1)] = value
}
