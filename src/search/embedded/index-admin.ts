import { rm } from 'node:fs/promises'
import { cloneValue, isObject, newObject, type ValueObject } from '../../event/index.ts'
import { DiagnosticError, fail, type Logger } from '../../diagnostic/index.ts'
import {
  applyTemplates,
  mergeMapping,
  normalSettings,
  parseMapping,
  parseTemplate,
  templateJson,
  wildcardMatch,
  type IndexTemplate,
} from '../dsl/index.ts'
import type { IndexSelection, IndexSummary } from '../store.ts'
import { checkAliasActions, checkAliasOptions } from './alias-actions.ts'
import type { CatalogContent, CatalogFile } from './catalog.ts'
import type { ColumnCache } from './column-cache.ts'
import { checkIndexName, resolveDateMath } from './index-name.ts'
import { Indices } from './indices.ts'
import { newUuid, StoredIndex } from './stored-index.ts'

/** Versions that clients of Elasticsearch look at; 8.17.0's. */
const CREATED_VERSION = '8521000'

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
  readonly templates = new Map<string, IndexTemplate>()
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
    for (const [name, template] of content.templates) this.templates.set(name, template)
    for (const [alias, targets] of content.aliases) this.indices.aliases.set(alias, targets)
  }

  private now(): number {
    return this.options.now()
  }

  /** The index that a write goes to, made in memory where it is not there; `durable` then writes the catalog. */
  writeTarget(name: string, requireAlias: boolean): StoredIndex {
    const resolved = resolveDateMath(name, this.now())
    if (requireAlias && !this.indices.aliases.has(resolved)) throw fail('index.require_alias', { index: resolved })
    const index = this.indices.writeTarget(resolved)
    if (index !== undefined) return index
    checkIndexName(resolved)
    const made = this.make(resolved, newObject())
    this.changed = true
    return made
  }

  /** A new index in memory, shaped by the templates; `save` makes it durable. */
  make(name: string, body: ValueObject, uuid = newUuid()): StoredIndex {
    const { mappings, settings, aliases } = applyTemplates(name, this.templates.values(), body)
    const mapping = parseMapping(mappings)
    for (const alias of Object.keys(aliases)) {
      checkIndexName(alias)
      if (this.indices.byName.has(alias) || alias === name)
        throw fail('index.name', { index: alias, reason: 'an index exists with the same name as the alias' })
      checkAliasOptions(alias, aliases[alias]!)
    }
    const identity = { name, uuid, createdMillis: Math.floor(this.now()), settings }
    const index = new StoredIndex(identity, mapping, this.options.folder, this.options.cache, this.options.logger)
    this.indices.byName.set(name, index)
    for (const alias of Object.keys(aliases)) {
      const targets = this.indices.aliases.get(alias) ?? new Map<string, ValueObject>()
      targets.set(name, aliases[alias] as ValueObject)
      this.indices.aliases.set(alias, targets)
    }
    return index
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
    this.make(resolved, body)
    await this.save()
  }

  async delete(selection: IndexSelection): Promise<string[]> {
    const aliases = this.indices.aliases
    for (const expression of selection.expressions)
      if (aliases.has(expression) && selection.ignoreUnavailable !== true)
        throw fail('alias.invalid', {
          reason: `The provided expression [${expression}] matches an alias, specify the corresponding concrete indices instead.`,
        })
    const indices = this.indices.resolve(selection, this.now())
    await this.remove(indices)
    return indices.map(({ name }) => name)
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
      createdMillis: index.createdMillis,
      documents: index.documents,
      deletedDocuments: index.deletedDocuments,
      bytes: index.bytes,
    }))
  }

  show(selection: IndexSelection): ValueObject {
    const result = newObject()
    for (const index of this.indices.resolve(selection, this.now())) {
      const aliases = newObject()
      for (const [alias, targets] of this.indices.aliases) {
        const options = targets.get(index.name)
        if (options !== undefined) aliases[alias] = cloneValue(options)
      }
      const entry = newObject()
      entry['aliases'] = aliases
      entry['mappings'] = index.mapping.toJson()
      entry['settings'] = settingsJson(index)
      result[index.name] = entry
    }
    return result
  }

  async putMapping(selection: IndexSelection, mapping: ValueObject): Promise<void> {
    const indices = this.indices.resolve(selection, this.now())
    // All are checked before the first is changed.
    const merged = indices.map((index) => mergeMapping(index.mapping, mapping))
    for (const [i, index] of indices.entries()) index.mapping = merged[i]!
    await this.save()
  }

  async putTemplate(name: string, body: ValueObject, options: { overwrite?: boolean } = {}): Promise<void> {
    const template = parseTemplate(name, body)
    if (this.templates.has(name) && options.overwrite !== true) return
    this.templates.set(name, template)
    await this.save()
  }

  getTemplates(pattern = '*'): ValueObject {
    const result = newObject()
    const patterns = pattern.split(',')
    for (const [name, template] of this.templates)
      if (patterns.some((one) => wildcardMatch(one, name))) result[name] = cloneValue(templateJson(template))
    return result
  }

  async deleteTemplate(name: string): Promise<boolean> {
    const names = [...this.templates.keys()].filter((known) => wildcardMatch(name, known))
    for (const known of names) this.templates.delete(known)
    if (names.length > 0) await this.save()
    return names.length > 0
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
    const indices = [...this.indices.byName.values()].map(({ name, uuid, createdMillis, settings, mapping }) => ({
      name,
      uuid,
      createdMillis,
      settings,
      mappings: mapping.toJson(),
    }))
    const { templates } = this
    const { aliases } = this.indices
    try {
      await this.options.file.save({ indices, templates, aliases, journal: this.options.journal() })
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

function settingsJson({ settings, createdMillis, uuid, name }: StoredIndex): ValueObject {
  const result = normalSettings(settings)
  const index = (result['index'] ??= newObject()) as ValueObject
  index['number_of_shards'] = '1'
  index['number_of_replicas'] ??= '0'
  index['creation_date'] = String(createdMillis)
  index['uuid'] = uuid
  index['provided_name'] = name
  const version = newObject()
  version['created'] = CREATED_VERSION
  index['version'] = version
  return result
}
