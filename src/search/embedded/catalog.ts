import { link, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { isObject, newObject, parseJson, stringifyJson, type ValueObject } from '../../event/index.ts'
import { fail, type Logger } from '../../diagnostic/index.ts'
import { readIfThere, replaceFile } from '../../journal/index.ts'
import { parseTemplate, templateJson, type IndexTemplate } from '../dsl/index.ts'
import type { DataStream } from './data-streams.ts'

/** What the catalog keeps of an index. */
export interface CatalogIndex {
  readonly name: string
  readonly uuid: string
  readonly createdMillis: number
  readonly settings: ValueObject
  readonly mappings: ValueObject
  /** Neither read nor written until it is opened again. */
  readonly closed: boolean
}

/** By index: the alias's options there. */
export type AliasTargets = Map<string, ValueObject>

export interface CatalogContent {
  indices: CatalogIndex[]
  templates: Map<string, IndexTemplate>
  aliases: Map<string, AliasTargets>
  dataStreams: Map<string, DataStream>
  /** What is kept by kind and name as it was given: component templates, scripts, ... */
  resources: Resources
  /** The journal's sequence numbers go on at least from here. */
  journal: number
}

/** By kind, then by name. */
export type Resources = Map<string, Map<string, ValueObject>>

/** Version 1 had neither closed indices nor resources, version 2 no data streams. */
const FORMAT_VERSION = 3
const OLDEST_VERSION = 1

/**
 * The catalog of a store as one file: a line `vedetta-catalog VERSION CRC32`, then JSON.
 * It is replaced in one step, and the one before is kept beside it in case a disk returns damaged bytes.
 */
export class CatalogFile {
  private readonly path: string
  private readonly previous: string
  private readonly logger: Logger

  constructor(folder: string, logger: Logger) {
    this.path = join(folder, 'catalog.json')
    this.previous = join(folder, 'catalog.previous.json')
    this.logger = logger
  }

  /** @returns `intact` false where the file was damaged: what it lost is then to be learnt from the segments. */
  async load(): Promise<{ content: CatalogContent | undefined; intact: boolean }> {
    const text = await readIfThere(this.path)
    const content = text === undefined ? undefined : this.parse(text)
    if (content !== undefined) return { content, intact: true }
    const older = await readIfThere(this.previous)
    if (text === undefined && older === undefined) return { content: undefined, intact: true }
    this.logger.error({ file: this.path }, `store: the catalog ${this.path} is damaged; using the one before it`)
    return { content: older === undefined ? undefined : this.parse(older), intact: false }
  }

  async save(content: CatalogContent): Promise<void> {
    const body = stringifyJson(toJson(content))
    const aside = `${this.previous}.new`
    try {
      await rm(aside, { force: true })
      await link(this.path, aside)
      await rename(aside, this.previous)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
    await replaceFile(this.path, `vedetta-catalog ${FORMAT_VERSION} ${crc32(body)}\n${body}\n`)
  }

  private parse(file: Buffer): CatalogContent | undefined {
    const text = file.toString()
    const end = text.indexOf('\n')
    const head = /^vedetta-catalog (\d+) (\d+)$/.exec(text.slice(0, end))
    const body = text.slice(end + 1, -1)
    if (head === null || Number(head[2]) !== crc32(body)) return undefined
    if (Number(head[1]) < OLDEST_VERSION || Number(head[1]) > FORMAT_VERSION)
      throw fail('store.catalog_version', { file: this.path, version: head[1]!, known: FORMAT_VERSION })
    return fromJson(parseJson(body) as ValueObject)
  }
}

function toJson(content: CatalogContent): ValueObject {
  const json = newObject()
  json['journal'] = content.journal
  json['indices'] = content.indices.map((index) => Object.assign(newObject(), index))
  const templates = (json['templates'] = newObject())
  for (const [name, template] of content.templates) templates[name] = templateJson(template)
  const aliases = (json['aliases'] = newObject())
  for (const [alias, targets] of content.aliases) {
    const entry = (aliases[alias] = newObject())
    for (const [index, options] of targets) entry[index] = options
  }
  const streams = (json['data_streams'] = newObject())
  for (const [name, stream] of content.dataStreams) {
    const { lifecycle, indices, ...rest } = stream
    streams[name] = Object.assign(
      newObject(),
      rest,
      { indices: [...indices] },
      lifecycle === undefined ? {} : { lifecycle },
    )
  }
  const resources = (json['resources'] = newObject())
  for (const [kind, named] of content.resources) {
    const entry = (resources[kind] = newObject())
    for (const [name, body] of named) entry[name] = body
  }
  return json
}

/** A lifecycle that is not set is not in the file. */
function readStream(stream: Omit<DataStream, 'lifecycle'> & Partial<Pick<DataStream, 'lifecycle'>>): DataStream {
  return { ...stream, lifecycle: stream.lifecycle }
}

function fromJson(json: ValueObject): CatalogContent {
  const templates = new Map<string, IndexTemplate>()
  for (const [name, body] of Object.entries(json['templates'] as ValueObject))
    templates.set(name, parseTemplate(name, body as ValueObject))
  const aliases = new Map<string, AliasTargets>()
  for (const [alias, targets] of Object.entries(json['aliases'] as ValueObject)) {
    const entry: AliasTargets = new Map()
    for (const [index, options] of Object.entries(targets as ValueObject))
      entry.set(index, isObject(options) ? options : newObject())
    aliases.set(alias, entry)
  }
  const resources: Resources = new Map()
  for (const [kind, named] of Object.entries((json['resources'] ?? newObject()) as ValueObject))
    resources.set(kind, new Map(Object.entries(named as Record<string, ValueObject>)))
  const dataStreams = new Map<string, DataStream>()
  for (const [name, stream] of Object.entries((json['data_streams'] ?? newObject()) as ValueObject))
    dataStreams.set(name, readStream(stream as unknown as DataStream))
  return {
    dataStreams,
    resources,
    journal: json['journal'] as number,
    indices: (json['indices'] as unknown as (Omit<CatalogIndex, 'closed'> & { closed?: boolean })[]).map((index) => ({
      ...index,
      closed: index.closed === true,
    })),
    templates,
    aliases,
  }
}
