import { isObject, newObject, type ValueObject } from '../../event/index.ts'
import { fail } from '../../diagnostic/index.ts'
import { wildcardMatch } from '../dsl/index.ts'
import type { DataStreams, DataStreamSummary } from '../store.ts'
import { backingBody, backingName, checkLifecycle, checkStreamName, type DataStream } from './data-streams.ts'
import type { IndexAdmin } from './index-admin.ts'
import type { StoredIndex } from './stored-index.ts'

/** Data streams as the catalog keeps them. */
export class DataStreamAdmin implements DataStreams {
  private readonly admin: IndexAdmin

  constructor(admin: IndexAdmin) {
    this.admin = admin
  }

  private get streams(): Map<string, DataStream> {
    return this.admin.indices.dataStreams
  }

  async list(pattern = '*'): Promise<DataStreamSummary[]> {
    return this.matching(pattern).map((stream) => ({
      ...stream,
      aliases: this.admin.aliasesOf(stream.name),
      indices: this.admin.indices.backing(stream).map(({ name, uuid }) => ({ name, uuid })),
    }))
  }

  private matching(pattern: string): DataStream[] {
    const found = new Map<string, DataStream>()
    for (const part of pattern.split(',')) {
      const wild = part === '_all' || part.includes('*')
      for (const [name, stream] of this.streams)
        if (part === '_all' || wildcardMatch(part, name)) found.set(name, stream)
      if (!wild && !this.streams.has(part)) throw fail('stream.missing', { name: part })
    }
    return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  /** After a damaged catalog: the streams that the names of indices still tell of. */
  adopt(): void {
    for (const name of [...this.admin.indices.byName.keys()].sort()) {
      const match = /^\.ds-(.+)-\d{4}\.\d{2}\.\d{2}-(\d{6,})$/.exec(name)
      if (match === null || this.admin.indices.streamOf(name) !== undefined) continue
      const [, stream, generation] = match as unknown as [string, string, string]
      const known = this.streams.get(stream)
      this.streams.set(stream, {
        hidden: false,
        allowCustomRouting: false,
        template: '',
        lifecycle: undefined,
        ...known,
        name: stream,
        indices: [...(known?.indices ?? []), name],
        generation: Math.max(known?.generation ?? 1, Number(generation)),
      })
    }
  }

  async create(name: string): Promise<void> {
    if (this.streams.has(name)) throw fail('stream.exists', { name })
    const template = this.admin.templates.streamTemplate(name)
    if (template === undefined)
      throw fail('index.setting', { reason: `no matching index template found for data stream [${name}]` })
    this.make(name, template)
    await this.admin.save()
  }

  /** A new stream with its first index, in memory. @returns the index */
  make(name: string, [template, body]: readonly [string, ValueObject]): StoredIndex {
    checkStreamName(name)
    const { indices } = this.admin
    if (indices.byName.has(name)) throw fail('index.exists', { index: name, uuid: indices.byName.get(name)!.uuid })
    if (indices.aliases.has(name)) throw fail('index.name', { index: name, reason: 'already exists as alias' })
    const options = isObject(body['data_stream']) ? body['data_stream'] : newObject()
    const inner = isObject(body['template']) ? body['template'] : newObject()
    const lifecycle = inner['lifecycle']
    const stream: DataStream = {
      name,
      indices: [],
      generation: 1,
      template,
      hidden: options['hidden'] === true,
      allowCustomRouting: options['allow_custom_routing'] === true,
      lifecycle: isObject(lifecycle) ? checkLifecycle(lifecycle) : undefined,
    }
    return this.extend(stream)
  }

  /** A new last index behind a stream. */
  private extend(stream: DataStream): StoredIndex {
    const { admin } = this
    const name = backingName(stream.name, stream.generation, admin.now())
    const existing = admin.indices.byName.get(name)
    if (existing !== undefined) throw fail('index.exists', { index: name, uuid: existing.uuid })
    const { mappings } = admin.templates.templatesApplied(stream.name, newObject())
    const index = admin.make(name, backingBody(mappings), undefined, stream.name)
    this.streams.set(stream.name, { ...stream, indices: [...stream.indices, name] })
    return index
  }

  async rollOver(name: string): Promise<string> {
    const stream = this.streams.get(name)
    if (stream === undefined) throw fail('stream.missing', { name })
    const [template] = this.admin.templates.streamTemplate(name) ?? []
    if (template === undefined)
      throw fail('index.setting', { reason: `no matching index template found for data stream [${name}]` })
    const index = this.extend({ ...stream, template, generation: stream.generation + 1 })
    await this.admin.save()
    return index.name
  }

  async remove(pattern: string): Promise<string[]> {
    const streams = this.matching(pattern)
    const indices = streams.flatMap((stream) => this.admin.indices.backing(stream))
    for (const { name } of streams) {
      this.streams.delete(name)
      this.admin.indices.forgetTarget(name)
    }
    if (indices.length > 0) await this.admin.remove(indices)
    else if (streams.length > 0) await this.admin.save()
    return streams.map(({ name }) => name)
  }

  async setLifecycle(pattern: string, lifecycle: ValueObject | undefined): Promise<void> {
    const checked = lifecycle === undefined ? undefined : checkLifecycle(lifecycle)
    for (const stream of this.matching(pattern)) this.streams.set(stream.name, { ...stream, lifecycle: checked })
    await this.admin.save()
  }

  async modify(actions: readonly ValueObject[]): Promise<void> {
    const after = new Map(this.streams)
    for (const action of actions) {
      const [kind = '', ...others] = Object.keys(action)
      const body = action[kind]
      if (others.length > 0 || !isObject(body) || !['add_backing_index', 'remove_backing_index'].includes(kind))
        throw fail('index.setting', {
          reason: 'an action must be one of [add_backing_index], [remove_backing_index]',
        })
      const [name, index] = [String(body['data_stream']), String(body['index'])]
      const stream = after.get(name)
      if (stream === undefined) throw fail('index.setting', { reason: `data stream [${name}] not found` })
      if (!this.admin.indices.byName.has(index)) throw fail('index.setting', { reason: `index [${index}] not found` })
      const behind = [...after.values()].find(({ indices }) => indices.includes(index))
      if (kind === 'add_backing_index') {
        if (behind === stream) continue
        if (behind !== undefined)
          throw fail('index.setting', {
            reason: `cannot add index [${index}] to data stream [${name}] because it is already a backing index on data stream [${behind.name}]`,
          })
        after.set(name, { ...stream, indices: [index, ...stream.indices], generation: stream.generation + 1 })
      } else {
        if (behind !== stream)
          throw fail('index.setting', { reason: `index [${index}] is not part of data stream [${name}]` })
        refuseWriteIndex(stream, index)
        after.set(name, {
          ...stream,
          indices: stream.indices.filter((each) => each !== index),
          generation: stream.generation + 1,
        })
      }
    }
    for (const [name, stream] of after) this.streams.set(name, stream)
    await this.admin.save()
  }
}

/** @throws illegal_argument_exception for the index that a stream is written through */
export function refuseWriteIndex(stream: DataStream, index: string): void {
  if (stream.indices.at(-1) !== index) return
  throw fail('index.setting', {
    reason: `index [${index}] is the write index for data stream [${stream.name}] and cannot be deleted`,
  })
}
