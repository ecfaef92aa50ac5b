import { isObject, type ValueObject } from '../../event/index.ts'
import { fail } from '../../diagnostic/index.ts'
import { wildcardMatch } from '../dsl/index.ts'
import type { IndexSelection } from '../store.ts'
import type { AliasTargets } from './catalog.ts'
import type { DataStream } from './data-streams.ts'
import { resolveDateMath } from './index-name.ts'
import type { StoredIndex } from './stored-index.ts'

interface States {
  readonly open: boolean
  readonly closed: boolean
  readonly hidden: boolean
  /** Wildcards match aliases and data streams too. */
  readonly aliases: boolean
}

const ANY: States = { open: true, closed: true, hidden: true, aliases: true }

/** The indices and aliases of a store by name, and what a request's expressions mean. */
export class Indices {
  readonly byName = new Map<string, StoredIndex>()
  readonly aliases = new Map<string, AliasTargets>()
  readonly dataStreams = new Map<string, DataStream>()

  /**
   * The indices that a selection means, sorted by name.
   *
   * - No expression, `_all` and `*` are all indices that are not hidden.
   * - `-name*` takes away from what wildcards before it have found.
   * - A wildcard finds hidden indices where it begins with a dot as they do, or `expandWildcards` has `hidden`.
   * @throws index_not_found_exception for a name that does not exist, unless `ignoreUnavailable`.
   */
  resolve(selection: IndexSelection, now: number): StoredIndex[] {
    const expand = selection.expandWildcards ?? ['open']
    const all = expand.includes('all')
    const hidden = expand.includes('hidden') || all
    const states: States = {
      hidden,
      open: expand.includes('open') || all,
      closed: expand.includes('closed') || all,
      aliases: selection.aliases !== false,
    }
    const wild = !expand.includes('none') && (states.open || states.closed || hidden)
    const expressions = selection.expressions
      .flatMap((expression) => (expression.startsWith('<') ? [expression] : expression.split(',')))
      .map((expression) => resolveDateMath(expression.trim(), now))
      .filter((expression) => expression !== '')
    const found = new Set<StoredIndex>()
    let sawWildcard = false
    for (const expression of expressions.length === 0 ? ['*'] : expressions) {
      const pattern = expression === '_all' ? '*' : expression
      if (sawWildcard && pattern.startsWith('-')) {
        for (const index of this.matching(pattern.slice(1), ANY)) found.delete(index)
      } else if (pattern.includes('*')) {
        sawWildcard = true
        const indices = wild ? this.matching(pattern, states) : []
        for (const index of indices) found.add(index)
        if (indices.length === 0 && expressions.length > 0 && selection.allowNoIndices === false)
          throw fail('index.not_found', { index: expression })
      } else {
        if (pattern.startsWith('_')) throw fail('index.name', { index: pattern, reason: "must not start with '_'." })
        const indices = selection.aliases === false ? this.concrete(pattern) : this.named(pattern)
        if (indices.length === 0 && selection.ignoreUnavailable !== true)
          throw fail('index.not_found', { index: pattern })
        for (const index of indices) found.add(index)
      }
    }
    if (found.size === 0 && selection.allowNoIndices === false)
      throw fail('index.not_found', { index: expressions.join(',') || '_all' })
    return [...found].sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  /** The indices of a name: itself, those of the alias, or those behind the data stream. */
  named(name: string): StoredIndex[] {
    const index = this.byName.get(name)
    if (index !== undefined) return [index]
    const stream = this.dataStreams.get(name)
    if (stream !== undefined) return this.backing(stream)
    return this.aliased(name)
  }

  /** The indices behind a data stream, the oldest first. */
  backing(stream: DataStream): StoredIndex[] {
    return stream.indices.flatMap((target) => this.byName.get(target) ?? [])
  }

  private aliased(name: string): StoredIndex[] {
    return [...(this.aliases.get(name)?.keys() ?? [])].flatMap((target) => {
      const index = this.byName.get(target)
      if (index !== undefined) return index
      const stream = this.dataStreams.get(target)
      return stream === undefined ? [] : this.backing(stream)
    })
  }

  /** An index, or those of an alias, but not what is behind a data stream. */
  private concrete(name: string): StoredIndex[] {
    const index = this.byName.get(name)
    return index === undefined ? this.aliased(name) : [index]
  }

  private matching(pattern: string, states: States): StoredIndex[] {
    const { hidden } = states
    const result: StoredIndex[] = []
    const inState = (index: StoredIndex): boolean => (index.closed ? states.closed : states.open)
    const visible = (index: StoredIndex): boolean =>
      !index.hidden || hidden || (index.name.startsWith('.') && pattern.startsWith('.'))
    for (const index of this.byName.values())
      if (wildcardMatch(pattern, index.name) && visible(index) && inState(index)) result.push(index)
    if (!states.aliases) return result
    for (const [name, stream] of this.dataStreams)
      if (
        wildcardMatch(pattern, name) &&
        (!(stream.hidden || name.startsWith('.')) || hidden || (name.startsWith('.') && pattern.startsWith('.')))
      )
        result.push(...this.backing(stream).filter(inState))
    for (const [alias, targets] of this.aliases) {
      const concealed = [...targets.values()].some((options) => options['is_hidden'] === true)
      if (
        !wildcardMatch(pattern, alias) ||
        (concealed && !hidden && !(alias.startsWith('.') && pattern.startsWith('.')))
      )
        continue
      result.push(...this.named(alias).filter(inState))
    }
    return result
  }

  /**
   * The filters of the aliases by which a selection reaches an index; an index that it reaches without one is not there.
   */
  filters(selection: IndexSelection, now: number): Map<StoredIndex, ValueObject[]> {
    const filters = new Map<StoredIndex, ValueObject[]>()
    if (![...this.aliases.values()].some((targets) => [...targets.values()].some((options) => options['filter'])))
      return filters
    const free = new Set<StoredIndex>()
    const { expressions } = selection
    for (const expression of expressions.length === 0 ? ['*'] : expressions.flatMap((part) => part.split(','))) {
      const pattern = resolveDateMath(expression.trim(), now)
      if (pattern.startsWith('-')) continue
      for (const index of this.byName.values())
        if (pattern === '_all' || wildcardMatch(pattern, index.name)) free.add(index)
      for (const [name, stream] of this.dataStreams)
        if (pattern === '_all' || wildcardMatch(pattern, name))
          for (const index of this.backing(stream)) free.add(index)
      for (const [alias, targets] of this.aliases) {
        if (!wildcardMatch(pattern, alias)) continue
        for (const [target, { filter }] of targets) {
          const index = this.byName.get(target)
          const stream = this.dataStreams.get(target)
          for (const behind of index !== undefined ? [index] : stream === undefined ? [] : this.backing(stream))
            if (!isObject(filter)) free.add(behind)
            else filters.set(behind, [...(filters.get(behind) ?? []), filter])
        }
      }
    }
    for (const index of free) filters.delete(index)
    return filters
  }

  /** The index that a write to a name goes to; undefined where there is none of that name. */
  writeTarget(name: string): StoredIndex | undefined {
    const index = this.byName.get(name)
    if (index !== undefined) return index
    const stream = this.dataStreams.get(name)
    if (stream !== undefined) return this.byName.get(stream.indices.at(-1)!)
    const targets = this.aliases.get(name)
    if (targets === undefined) return undefined
    const chosen = [...targets].filter(([, options]) => options['is_write_index'] === true)
    const only = targets.size === 1 ? [...targets] : []
    const [target] = chosen[0] ?? only.find(([, options]) => options['is_write_index'] !== false) ?? []
    if (target === undefined) throw fail('index.no_write_index', { alias: name })
    const behind = this.dataStreams.get(target)
    return this.byName.get(behind === undefined ? target : behind.indices.at(-1)!)
  }

  /** The routing that an alias gives to what is written or read through it. */
  aliasRouting(name: string): string | undefined {
    const targets = this.aliases.get(name)
    if (targets === undefined) return undefined
    const chosen = [...targets.values()]
    const options =
      chosen.find((one) => one['is_write_index'] === true) ?? (chosen.length === 1 ? chosen[0] : undefined)
    return options?.['index_routing'] as string | undefined
  }

  /** The one index that a document is read from. */
  single(name: string): StoredIndex {
    // A data stream is searched; its documents are read from the index that a search names.
    const indices = this.concrete(name)
    if (indices.length === 0) throw fail('index.not_found', { index: name })
    if (indices.length > 1)
      throw fail('index.several', { alias: name, indices: indices.map((index) => index.name).join(', ') })
    return indices[0]!
  }

  remove(index: StoredIndex): void {
    this.byName.delete(index.name)
    const stream = this.streamOf(index.name)
    if (stream !== undefined)
      this.dataStreams.set(stream.name, { ...stream, indices: stream.indices.filter((name) => name !== index.name) })
    this.forgetTarget(index.name)
  }

  /** Aliases lead no longer to an index or data stream. */
  forgetTarget(name: string): void {
    for (const [alias, targets] of this.aliases) {
      targets.delete(name)
      if (targets.size === 0) this.aliases.delete(alias)
    }
  }

  /** The data stream that an index is behind. */
  streamOf(index: string): DataStream | undefined {
    if (this.dataStreams.size === 0) return undefined
    for (const stream of this.dataStreams.values()) if (stream.indices.includes(index)) return stream
    return undefined
  }
}
