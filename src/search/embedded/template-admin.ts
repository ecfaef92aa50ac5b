import { cloneValue, newObject, type ValueObject } from '../../event/index.ts'
import { fail } from '../../diagnostic/index.ts'
import { applyTemplates, parseTemplate, templateJson, wildcardMatch, type IndexTemplate } from '../dsl/index.ts'
import type { ResourceKind } from '../store.ts'
import type { CatalogContent, Resources } from './catalog.ts'
import {
  autoCreates,
  checkComponent,
  checkIndexTemplate,
  composedLayers,
  matchingTemplate,
  usersOf,
} from './composable.ts'
import type { Indices } from './indices.ts'

/** Templates of both generations, and what else is kept by kind and name: scripts, pipelines, settings of the cluster. */
export class TemplateAdmin {
  /** Of the older generation. */
  readonly legacy = new Map<string, IndexTemplate>()
  resources: Resources = new Map()
  private readonly indices: Indices
  private readonly save: () => Promise<void>

  /** @param save makes durable what has changed. */
  constructor(indices: Indices, save: () => Promise<void>) {
    this.indices = indices
    this.save = save
  }

  load({ templates, resources }: Pick<CatalogContent, 'templates' | 'resources'>): void {
    for (const [name, template] of templates) this.legacy.set(name, template)
    this.resources = resources
  }

  /** What a new index of a name starts with, a request's own body last. */
  templatesApplied(name: string, body: ValueObject): ReturnType<typeof applyTemplates> {
    return applyTemplates(name, this.templatesFor(name), body)
  }

  /** The index template by which a name is a data stream. */
  streamTemplate(name: string): readonly [string, ValueObject] | undefined {
    const found = matchingTemplate(name, this.named('index_template'))
    return found?.[1]['data_stream'] === undefined ? undefined : found
  }

  /** @throws index_not_found_exception where a write may not make an index of this name. */
  checkAutoCreate(index: string): void {
    const template = matchingTemplate(index, this.named('index_template'))
    const allowed = template?.[1]['allow_auto_create']
    if (allowed === true) return
    if (allowed === false)
      throw fail('index.not_found', { index: `composable template [${template![0]}] forbids index auto creation` })
    if (!autoCreates(index, this.resource('cluster_settings', 'all')))
      throw fail('index.not_found', {
        index: `${index}] and [action.auto_create_index] does not allow to create it [${index}`,
      })
  }

  /** Those of the newer generation stand in place of all older ones. */
  private templatesFor(index: string): Iterable<IndexTemplate> {
    return composedLayers(index, this.named('index_template'), this.named('component_template')) ?? this.legacy.values()
  }

  private named(kind: ResourceKind): ReadonlyMap<string, ValueObject> {
    return this.resources.get(kind) ?? new Map()
  }

  resource(kind: ResourceKind, name: string): ValueObject | undefined {
    return this.resources.get(kind)?.get(name)
  }

  getResources(kind: ResourceKind, pattern = '*'): ValueObject {
    const result = newObject()
    const patterns = pattern.split(',')
    for (const [name, body] of this.resources.get(kind) ?? [])
      if (patterns.some((one) => wildcardMatch(one, name))) result[name] = cloneValue(body)
    return result
  }

  async putResource(kind: ResourceKind, name: string, body: ValueObject): Promise<void> {
    const templates = this.named('index_template')
    const components = this.named('component_template')
    if (kind === 'index_template') checkIndexTemplate(name, body, templates, components)
    if (kind === 'component_template') {
      checkComponent(name, body)
      const after = new Map([...components, [name, body]])
      for (const user of usersOf(name, templates)) checkIndexTemplate(user, templates.get(user)!, templates, after)
    }
    const named = this.resources.get(kind) ?? new Map<string, ValueObject>()
    named.set(name, cloneValue(body) as ValueObject)
    this.resources.set(kind, named)
    await this.save()
  }

  async deleteResource(kind: ResourceKind, name: string): Promise<boolean> {
    const named = this.resources.get(kind)
    const names = [...(named?.keys() ?? [])].filter((known) => wildcardMatch(name, known))
    if (kind === 'component_template')
      for (const known of names) {
        const users = usersOf(known, this.named('index_template'))
        if (users.length > 0)
          throw fail('index.setting', {
            reason: `component templates [${known}] cannot be removed as they are still in use by index templates [${users.join(', ')}]`,
          })
      }
    if (kind === 'index_template')
      for (const known of names) {
        const made = [...this.indices.dataStreams.values()].filter(({ template }) => template === known)
        if (made.length > 0)
          throw fail('index.setting', {
            reason: `unable to remove composable templates [${known}] as they are in use by a data streams [${made.map((stream) => stream.name).join(',')}]`,
          })
      }
    for (const known of names) named!.delete(known)
    if (names.length > 0) await this.save()
    return names.length > 0
  }

  async putTemplate(name: string, body: ValueObject, options: { overwrite?: boolean } = {}): Promise<void> {
    const template = parseTemplate(name, body)
    if (this.legacy.has(name) && options.overwrite !== true) return
    this.legacy.set(name, template)
    await this.save()
  }

  getTemplates(pattern = '*'): ValueObject {
    const result = newObject()
    const patterns = pattern.split(',')
    for (const [name, template] of this.legacy)
      if (patterns.some((one) => wildcardMatch(one, name))) result[name] = cloneValue(templateJson(template))
    return result
  }

  async deleteTemplate(name: string): Promise<boolean> {
    const names = [...this.legacy.keys()].filter((known) => wildcardMatch(name, known))
    for (const known of names) this.legacy.delete(known)
    if (names.length > 0) await this.save()
    return names.length > 0
  }
}
