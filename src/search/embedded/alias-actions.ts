import { cloneValue, isObject, newObject, type Value, type ValueObject } from '../../event/index.ts'
import { fail } from '../../diagnostic/index.ts'
import { checkQuery, wildcardMatch } from '../dsl/index.ts'
import type { AliasTargets } from './catalog.ts'
import { checkIndexName } from './index-name.ts'
import type { Indices } from './indices.ts'
import type { StoredIndex } from './stored-index.ts'

const FLAGS = ['is_write_index', 'is_hidden']
const ROUTINGS = ['routing', 'index_routing', 'search_routing']

/** @throws illegal_argument_exception for an option that is not supported. */
export function checkAliasOptions(alias: string, options: Value): ValueObject {
  if (!isObject(options)) throw fail('alias.invalid', { reason: `the options of alias [${alias}] must be an object` })
  const result = newObject()
  for (const key of Object.keys(options)) {
    const value = options[key]!
    if (value === null) continue
    if (FLAGS.includes(key)) {
      if (value !== true && value !== false)
        throw fail('alias.invalid', { reason: `[${key}] of alias [${alias}] must be true or false` })
      result[key] = value
    } else if (key === 'filter') {
      checkQuery(value)
      result['filter'] = cloneValue(value)
    } else if (ROUTINGS.includes(key)) {
      if (typeof value !== 'string' && typeof value !== 'number')
        throw fail('alias.invalid', { reason: `[${key}] of alias [${alias}] must be a string` })
    } else throw fail('alias.invalid', { reason: `unknown field [${key}] of alias [${alias}]` })
  }
  // `routing` stands for both where they are not given.
  for (const key of ['index_routing', 'search_routing']) {
    const value = options[key] ?? options['routing']
    if (value !== undefined && value !== null) result[key] = String(value)
  }
  return result
}

/**
 * The aliases after the actions of POST _aliases (`add`, `remove`, `remove_index`), all or none.
 * @returns `removed` are indices to be deleted.
 */
export function checkAliasActions(
  indices: Indices,
  actions: readonly ValueObject[],
  now: number,
): { aliases: Map<string, AliasTargets>; removed: StoredIndex[] } {
  const aliases = new Map([...indices.aliases].map(([alias, targets]) => [alias, new Map(targets)]))
  const removed: StoredIndex[] = []
  if (actions.length === 0) throw fail('bulk.validation', { reason: 'Must specify at least one alias action' })
  const removals = actions.filter((action) => 'remove_index' in action)
  for (const action of [...removals, ...actions.filter((action) => !removals.includes(action))]) {
    const [kind = '', ...others] = Object.keys(action)
    const body = action[kind]
    if (others.length > 0 || !isObject(body) || !['add', 'remove', 'remove_index'].includes(kind))
      throw fail('alias.invalid', { reason: `an alias action must be one of [add], [remove], [remove_index]` })
    const { index, indices: several, alias, aliases: names, must_exist: mustExist, ...options } = body
    const expressions = list(index ?? several, 'index')
    const expandWildcards = kind === 'remove_index' ? (['all'] as const) : (['open', 'closed', 'hidden'] as const)
    const streams = kind === 'remove_index' ? [] : streamsOf(indices, expressions)
    const plain = expressions.filter((expression) => !indices.dataStreams.has(expression))
    const found =
      plain.length === 0
        ? []
        : indices.resolve(
            { expressions: plain, allowNoIndices: streams.length > 0, aliases: false, expandWildcards },
            now,
          )
    if (kind === 'remove_index') {
      removed.push(...found)
      continue
    }
    const targets = [
      ...streams,
      ...found.filter((index) => !isBacking(indices, index.name, expressions)).map(({ name }) => name),
    ]
    if (kind === 'add')
      for (const name of list(alias ?? names, 'alias')) add(indices, removed, aliases, name, targets, options)
    else for (const name of list(alias ?? names, 'alias')) take(aliases, name, targets, mustExist !== false)
  }
  for (const [alias, targets] of aliases) {
    if (targets.size === 0) aliases.delete(alias)
    const writers = [...targets].filter(([, options]) => options['is_write_index'] === true).map(([name]) => name)
    if (writers.length > 1)
      throw fail('alias.invalid', { reason: `alias [${alias}] has more than one write index [${writers.join(',')}]` })
  }
  return { aliases, removed }
}

function list(value: Value | undefined, what: string): string[] {
  const names = Array.isArray(value) ? value : [value]
  if (names.length === 0 || names.some((name) => typeof name !== 'string' || name === ''))
    throw fail('alias.invalid', {
      reason: `One of [${what}] or [${what === 'alias' ? 'aliases' : 'indices'}] is required`,
    })
  return names as string[]
}

/** The data streams that expressions mean. */
function streamsOf(indices: Indices, expressions: readonly string[]): string[] {
  return [...indices.dataStreams.keys()].filter((name) =>
    expressions.some((expression) => expression === '_all' || wildcardMatch(expression, name)),
  )
}

/** Wildcards pass over the indices behind data streams; one that is named is refused. */
function isBacking(indices: Indices, index: string, expressions: readonly string[]): boolean {
  const stream = indices.streamOf(index)
  if (stream !== undefined && expressions.includes(index))
    throw fail('alias.invalid', {
      reason: `The provided index [${index}] is a backing index belonging to data stream [${stream.name}]. Data stream backing indices don't support aliases.`,
    })
  return stream !== undefined
}

function add(
  indices: Indices,
  removed: readonly StoredIndex[],
  aliases: Map<string, AliasTargets>,
  alias: string,
  targets: readonly string[],
  options: ValueObject,
): void {
  checkIndexName(alias)
  if (indices.dataStreams.has(alias))
    throw fail('index.name', { index: alias, reason: 'a data stream exists with the same name as the alias' })
  const index = indices.byName.get(alias)
  if (index !== undefined && !removed.includes(index))
    throw fail('index.name', { index: alias, reason: 'an index exists with the same name as the alias' })
  const entry = aliases.get(alias) ?? new Map<string, ValueObject>()
  const checked = checkAliasOptions(alias, options)
  for (const name of targets) entry.set(name, checked)
  aliases.set(alias, entry)
}

function take(
  aliases: Map<string, AliasTargets>,
  pattern: string,
  targets: readonly string[],
  mustExist: boolean,
): void {
  let found = false
  for (const [alias, entry] of aliases)
    if (pattern === '_all' || wildcardMatch(pattern, alias))
      for (const name of targets) found = entry.delete(name) || found
  if (!found && mustExist) throw fail('alias.missing', { alias: pattern })
}
