import { rm } from 'node:fs/promises'
import { cloneValue, isObject, newObject, type ValueObject } from '../../event/index.ts'
import { DiagnosticError, fail, type Logger } from '../../diagnostic/index.ts'
import { mappingLimits, mergeMapping, normalSettings, parseMapping } from '../dsl/index.ts'
import type { BulkOperation, IndexSelection, IndexSummary } from '../store.ts'
import { checkAliasActions, checkAliasOptions } from './alias-actions.ts'
import type { CatalogContent, CatalogFile } from './catalog.ts'
import { DataStreamAdmin, refuseWriteIndex } from './data-stream-admin.ts'
import type { ColumnCache } from './column-cache.ts'
import { checkIndexName, resolveDateMath } from './index-name.ts'
import { Indices } from './indices.ts'
import { checkBlock } from './index-blocks.ts'
import { checkIndexSort } from './index-sort.ts'
import { copySettings, type CopyKind } from './index-copies.ts'
import { checkShardCount, shardsOf } from './shard-count.ts'
import { FIXED_FOREVER, FIXED_SETTINGS, flatSettings, settingsJson } from './index-settings.ts'
import { TemplateAdmin } from './template-admin.ts'
import { newUuid, StoredIndex, type SealContext } from './stored-index.ts'

export interface AdminOptions {
  /** Of the indices. */
  readonly folder: string
  readonly file: CatalogFile
  readonly cache: ColumnCache
  readonly logger: Logger
  /** Milliseconds since the epoch. */
  now(): number
  /** The journal's next sequence number. */
  journal(): number
}

/** Indices, templates and aliases as the catalog keeps them: made, changed, shown and removed. */
export class IndexAdmin {
  readonly indices = new Indices()
  readonly templates = new TemplateAdmin(this.indices, () => this.save())
  readonly dataStreams = new DataStreamAdmin(this)
  private readonly options: AdminOptions
  /** Something is not in the file yet: it must be, before what depends on it is acknowledged. */
  private changed = false
  private saving: Promise<void> | undefined
  private saveAgain: Promise<void> | undefined

  constructor(options: AdminOptions) {
    this.options = options
  }

  load(content: CatalogContent, indices: readonly StoredIndex[]): void {
    for (const index of indices) this.indices.byName.set(index.name, index)
    this.templates.load(content)
    for (const [name, stream] of content.dataStreams) this.indices.dataStreams.set(name, stream)
    for (const [alias, targets] of content.aliases) this.indices.aliases.set(alias, targets)
  }

  now(): number {
    return this.options.now()
  }

  /** The index that a write goes to, made in memory where it is not there; `durable` then writes the catalog. */
  writeTarget({ index: name, requireAlias, requireDataStream, action }: BulkOperation): StoredIndex {
    const resolved = resolveDateMath(name, this.now())
    if (requireAlias === true && !this.indices.aliases.has(resolved))
      throw fail('index.require_alias', { index: resolved })
    const index = this.indices.writeTarget(resolved)
    const template = index === undefined ? this.templates.streamTemplate(resolved) : undefined
    if (requireDataStream === true && template === undefined && !this.indices.dataStreams.has(resolved))
      throw fail('index.require_data_stream', { index: resolved })
    if (index !== undefined) return index
    checkIndexName(resolved)
    this.templates.checkAutoCreate(resolved)
    if (template !== undefined && action !== 'create')
      throw fail('bulk.argument', { reason: 'only write ops with an op_type of create are allowed in data streams' })
    const made = template === undefined ? this.make(resolved, newObject()) : this.dataStreams.make(resolved, template)
    this.changed = true
    return made
  }

  /** A new index in memory, shaped by the templates; `save` makes it durable. */
  make(name: string, body: ValueObject, uuid = newUuid(), shapedAs = name): StoredIndex {
    const { mappings, settings, aliases } = this.templates.templatesApplied(shapedAs, body)
    checkShardCount(settings)
    const mapping = parseMapping(mappings, mappingLimits(settings))
    checkIndexSort(settings, mapping)
    this.checkAliases(name, aliases)
    const identity = { name, uuid, createdMillis: Math.floor(this.now()), settings }
    const index = new StoredIndex(identity, mapping, this.options.folder, this.options.cache, this.options.logger)
    this.indices.byName.set(name, index)
    this.addAliases(name, aliases)
    return index
  }

  private checkAliases(index: string, aliases: ValueObject): void {
    for (const alias of Object.keys(aliases)) {
      checkIndexName(alias)
      if (this.indices.byName.has(alias) || alias === index)
        throw fail('index.name', { index: alias, reason: 'an index exists with the same name as the alias' })
      checkAliasOptions(alias, aliases[alias]!)
    }
  }

  private addAliases(index: string, aliases: ValueObject): void {
    for (const alias of Object.keys(aliases)) {
      const targets = this.indices.aliases.get(alias) ?? new Map<string, ValueObject>()
      targets.set(index, checkAliasOptions(alias, aliases[alias]!))
      this.indices.aliases.set(alias, targets)
    }
  }

  async create(name: string, body: ValueObject): Promise<void> {
    const resolved = resolveDateMath(name, this.now())
    checkIndexName(resolved)
    const existing = this.indices.byName.get(resolved)
    if (existing !== undefined) throw fail('index.exists', { index: resolved, uuid: existing.uuid })
    if (this.indices.aliases.has(resolved))
      throw fail('index.name', { index: resolved, reason: 'already exists as alias' })
    for (const key of Object.keys(body)) {
      if (!['settings', 'mappings', 'aliases'].includes(key))
        throw fail('index.body', { reason: `unknown key [${key}] for create index` })
      if (!isObject(body[key])) throw fail('index.body', { reason: `key [${key}] must be an object` })
    }
    if (this.indices.dataStreams.has(resolved))
      throw fail('index.name', { index: resolved, reason: 'already exists as data stream' })
    const [template] = this.templates.streamTemplate(resolved) ?? []
    if (template !== undefined)
      throw fail('index.setting', {
        reason: `cannot create index with name [${resolved}], because it matches with template [${template}] that creates data streams only, use create data stream api instead`,
      })
    const index = this.make(resolved, body)
    if (resolved !== name) providedAs(index, name)
    await this.save()
  }

  async delete(selection: IndexSelection): Promise<string[]> {
    const aliases = this.indices.aliases
    for (const expression of selection.expressions)
      if (aliases.has(expression) && selection.ignoreUnavailable !== true)
        throw fail('alias.invalid', {
          reason: `The provided expression [${expression}] matches an alias, specify the corresponding concrete indices instead.`,
        })
    // Wildcards mean indices here, never those behind an alias.
    const expandWildcards = selection.expandWildcards ?? (['open', 'closed'] as const)
    const indices = this.indices.resolve(
      {
        ...selection,
        expandWildcards,
        aliases: false,
        expressions: selection.expressions.filter((expression) => !aliases.has(expression)),
      },
      this.now(),
    )
    if (selection.expressions.length > 0 && selection.expressions.every((expression) => aliases.has(expression)))
      return []
    for (const { name } of indices) {
      const stream = this.indices.streamOf(name)
      if (stream !== undefined) refuseWriteIndex(stream, name)
    }
    for (const index of indices) checkBlock(index, 'remove')
    await this.remove(indices)
    return indices.map(({ name }) => name)
  }

  /** A new index with the documents of another, all of which are sealed. */
  async copy(
    kind: CopyKind,
    source: StoredIndex,
    name: string,
    body: ValueObject,
    context: SealContext,
  ): Promise<void> {
    const target = resolveDateMath(name, this.now())
    const refuseTaken = (): void => {
      checkIndexName(target)
      const existing = this.indices.byName.get(target)
      if (existing !== undefined) throw fail('index.exists', { index: target, uuid: existing.uuid })
      if (this.indices.aliases.has(target) || this.indices.dataStreams.has(target))
        throw fail('index.name', { index: target, reason: 'already exists as alias or data stream' })
    }
    refuseTaken()
    const settings = copySettings(kind, source, body)
    const aliases = isObject(body['aliases']) ? body['aliases'] : newObject()
    this.checkAliases(target, aliases)
    const identity = { name: target, uuid: newUuid(), createdMillis: Math.floor(this.now()), settings }
    const { folder, cache, logger } = this.options
    const index = new StoredIndex(identity, source.mapping, folder, cache, logger)
    await index.copyFrom(source, context)
    refuseTaken()
    this.indices.byName.set(target, index)
    this.addAliases(target, aliases)
    await this.save()
  }

  async remove(indices: readonly StoredIndex[]): Promise<void> {
    if (indices.length === 0) return
    for (const index of indices) {
      index.dropped = true
      this.indices.remove(index)
    }
    await this.save()
    for (const index of indices) {
      await index.idle().catch(() => undefined)
      await index.drop(index.sealed)
      await rm(index.folder, { recursive: true, force: true })
    }
  }

  describe(selection: IndexSelection): IndexSummary[] {
    return this.indices.resolve(selection, this.now()).map((index) => ({
      name: index.name,
      uuid: index.uuid,
      hidden: index.hidden,
      closed: index.closed,
      createdMillis: index.createdMillis,
      documents: index.documents,
      deletedDocuments: index.deletedDocuments,
      bytes: index.bytes,
      ...shardsOf(index.settings),
      segments: index.segmentSummaries(),
      counters: index.counters,
    }))
  }

  show(selection: IndexSelection): ValueObject {
    const result = newObject()
    for (const index of this.indices.resolve(selection, this.now())) {
      const entry = newObject()
      entry['aliases'] = this.aliasesOf(index.name)
      entry['mappings'] = index.mapping.toJson()
      entry['settings'] = settingsJson(index)
      const stream = this.indices.streamOf(index.name)
      if (stream !== undefined) entry['data_stream'] = stream.name
      result[index.name] = entry
    }
    return result
  }

  aliasesOf(target: string): ValueObject {
    const aliases = newObject()
    for (const [alias, targets] of this.indices.aliases) {
      const options = targets.get(target)
      if (options !== undefined) aliases[alias] = cloneValue(options)
    }
    return aliases
  }

  async putMapping(selection: IndexSelection, mapping: ValueObject): Promise<void> {
    const indices = this.indices.resolve(selection, this.now())
    for (const index of indices) checkBlock(index, 'change')
    // All are checked before the first is changed.
    const merged = indices.map((index) => mergeMapping(index.mapping, mapping))
    for (const [i, index] of indices.entries()) index.mapping = merged[i]!
    await this.save()
  }

  async putSettings(
    selection: IndexSelection,
    settings: ValueObject,
    options: { preserve?: boolean } = {},
  ): Promise<void> {
    const indices = this.indices.resolve(selection, this.now())
    const changes = flatSettings(settings)
    // A block can always be taken away.
    if ([...changes.keys()].some((name) => !name.startsWith('index.blocks.')))
      for (const index of indices) checkBlock(index, 'change')
    for (const name of changes.keys())
      if (FIXED_SETTINGS.includes(name) && indices.some((index) => !index.closed || FIXED_FOREVER.includes(name)))
        throw fail('index.setting', {
          reason: FIXED_FOREVER.includes(name)
            ? `final ${indices[0]?.name ?? ''} setting [${name}], not updateable`
            : `Can't update non dynamic settings [[${name}]] for open indices [[${indices.map(({ name: index, uuid }) => `${index}/${uuid}`).join(', ')}]]`,
        })
    for (const index of indices) {
      const merged = flatSettings(index.settings)
      for (const [name, value] of changes) {
        if (options.preserve === true && merged.has(name)) continue
        if (value === null) {
          const prefix = name.endsWith('*') ? name.slice(0, -1) : undefined
          for (const known of merged.keys())
            if (known === name || (prefix !== undefined && known.startsWith(prefix))) merged.delete(known)
        } else merged.set(name, value)
      }
      const after = normalSettings(Object.assign(newObject(), Object.fromEntries(merged)))
      checkShardCount(after)
      index.settings = after
      const limits = mappingLimits(index.settings)
      if (JSON.stringify(limits) !== JSON.stringify(index.mapping.limits))
        index.mapping = index.mapping.withLimits(limits)
    }
    await this.save()
  }

  async setOpen(selection: IndexSelection, open: boolean): Promise<string[]> {
    const indices = this.indices.resolve(
      { ...selection, expandWildcards: selection.expandWildcards ?? [open ? 'closed' : 'open'] },
      this.now(),
    )
    const changing = indices.filter((index) => index.closed === open)
    for (const index of changing) index.closed = !open
    await this.save()
    return indices.map(({ name }) => name)
  }

  /** Of an index or its alias, or of the templates that would make it. */
  pipelinesOf(name: string): { first: string | undefined; final: string | undefined } | undefined {
    const resolved = resolveDateMath(name, this.now())
    const settings =
      [...this.indices.named(resolved)].at(-1)?.settings ??
      this.templates.templatesApplied(resolved, newObject()).settings
    const index = settings['index']
    if (!isObject(index)) return undefined
    const named = (key: string): string | undefined =>
      index[key] === undefined || index[key] === null ? undefined : String(index[key])
    const found = { first: named('default_pipeline'), final: named('final_pipeline') }
    return found.first === undefined && found.final === undefined ? undefined : found
  }

  async updateAliases(actions: readonly ValueObject[]): Promise<void> {
    const { aliases, removed } = checkAliasActions(this.indices, actions, this.now())
    this.indices.aliases.clear()
    for (const [alias, targets] of aliases) this.indices.aliases.set(alias, targets)
    if (removed.length > 0) await this.remove(removed)
    else await this.save()
  }

  /** Resolves when all changes so far are in the file; undefined where there is nothing to wait for. */
  durable(): Promise<void> | undefined {
    return this.changed ? this.save() : (this.saveAgain ?? this.saving)
  }

  /** Saves that are asked for while one is written become one after it. */
  save(): Promise<void> {
    if (this.saving === undefined) {
      this.saving = this.write().finally(() => {
        this.saving = undefined
      })
      return this.saving
    }
    this.saveAgain ??= this.saving
      .catch(() => undefined)
      .then(() => {
        this.saveAgain = undefined
        return this.save()
      })
    return this.saveAgain
  }

  private async write(): Promise<void> {
    this.changed = false
    const indices = [...this.indices.byName.values()].map(
      ({ name, uuid, createdMillis, settings, mapping, closed }) => ({
        name,
        uuid,
        createdMillis,
        settings,
        mappings: mapping.toJson(),
        closed,
      }),
    )
    const { legacy: templates, resources } = this.templates
    const { aliases, dataStreams } = this.indices
    try {
      await this.options.file.save({
        indices,
        templates,
        aliases,
        dataStreams,
        resources,
        journal: this.options.journal(),
      })
    } catch (error) {
      // Who comes next must not take for durable what is not.
      this.changed = true
      throw writeError(error)
    }
  }
}

/** An error of the file system as one that a client may see. */
export function writeError(error: unknown): DiagnosticError {
  if (error instanceof DiagnosticError) return error
  const { code, message } = error as NodeJS.ErrnoException
  return fail('store.write', { reason: code === 'ENOSPC' || code === 'EDQUOT' ? 'no space left on the disk' : message })
}

/** Date mathematics in a name is kept, for a rollover counts it on. */
function providedAs(index: StoredIndex, name: string): void {
  const own = Object.assign(newObject(), index.settings['index'], { provided_name: name })
  index.settings = Object.assign(newObject(), index.settings, { index: own })
}
