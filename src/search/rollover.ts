/** Rollover: a new index behind an alias or a data stream, once the one that is written is old or large enough. */
import { fail } from '../diagnostic/index.ts'
import { isObject, newObject, type Value, type ValueObject } from '../event/index.ts'
import { parseDuration } from './dsl/index.ts'
import { checkIndexName, resolveDateMath } from './embedded/index-name.ts'
import type { IndexSummary, Store } from './store.ts'

export interface RolloverRequest {
  /** An alias or a data stream. */
  readonly target: string
  /** Name of the new index; counted up from the old one's unless given. */
  readonly next?: string | undefined
  /** `max_...`, of which one must hold, and `min_...`, which must hold all; none means at once. */
  readonly conditions: ValueObject
  /** `settings`, `mappings` and `aliases` of the new index. */
  readonly creation: ValueObject
  readonly dryRun: boolean
}

export interface RolloverResult {
  readonly oldIndex: string
  readonly newIndex: string
  readonly rolledOver: boolean
  /** By condition, as `[max_age: 1d]`. */
  readonly conditions: ValueObject
}

/**
 * @param now milliseconds since the epoch.
 * @throws illegal_argument_exception where the target has no index that is written
 */
export async function rollOver(store: Store, request: RolloverRequest, now: number): Promise<RolloverResult> {
  const { target, creation, dryRun } = request
  const stream = await streamOf(store, target)
  if (stream !== undefined) {
    if (request.next !== undefined)
      throw fail('rest.parameter_invalid', {
        reason: 'new index name may not be specified when rolling over a data stream',
      })
    if (Object.keys(creation).length > 0)
      throw fail('rest.parameter_invalid', {
        reason: 'aliases, mappings, and index settings may not be specified when rolling over a data stream',
      })
    const oldIndex = stream.indices.at(-1)!.name
    const { met, due } = await judge(store, oldIndex, request.conditions, now)
    const rolledOver = due && !dryRun
    const next = `${oldIndex.slice(0, -6)}${String(stream.generation + 1).padStart(6, '0')}`
    const newIndex = rolledOver ? await store.dataStreams!.rollOver(target) : next
    return { oldIndex, newIndex, rolledOver, conditions: met }
  }
  const { name: oldIndex, provided, options, flagged } = await writeIndex(store, target)
  const named = request.next ?? following(provided)
  const newIndex = await nameOf(store, named, now)
  const { met, due } = await judge(store, oldIndex, request.conditions, now)
  const rolledOver = due && !dryRun
  if (rolledOver) {
    await store.createIndex(named, creation)
    const lead = (index: string, changed: ValueObject): Value =>
      entry('add', Object.assign(newObject(), options, changed, { index, alias: target }))
    const actions = flagged
      ? [lead(newIndex, object({ is_write_index: true })), lead(oldIndex, object({ is_write_index: false }))]
      : [lead(newIndex, newObject()), entry('remove', object({ index: oldIndex, alias: target }))]
    await store.updateAliases(actions as ValueObject[])
  }
  return { oldIndex, newIndex, rolledOver, conditions: met }
}

async function streamOf(
  store: Store,
  name: string,
): Promise<{ indices: readonly { name: string }[]; generation: number } | undefined> {
  return (await store.dataStreams?.list())?.find((stream) => stream.name === name)
}

/** What a name with date mathematics means today. @throws where there is such an index already, or may be none */
async function nameOf(store: Store, name: string, now: number): Promise<string> {
  const resolved = resolveDateMath(name, now)
  checkIndexName(resolved)
  const [existing] = await store.describeIndices({ expressions: [resolved], ignoreUnavailable: true })
  if (existing !== undefined) throw fail('index.exists', { index: resolved, uuid: existing.uuid })
  return resolved
}

/** Which conditions hold, and whether it is time. */
async function judge(
  store: Store,
  index: string,
  conditions: ValueObject,
  now: number,
): Promise<{ met: ValueObject; due: boolean }> {
  const [summary] = await store.describeIndices({ expressions: [index] })
  const met = newObject()
  let [any, all] = [false, true]
  for (const [condition, limit] of Object.entries(conditions)) {
    const holds = conditionHolds(condition, limit, summary!, now)
    met[`[${condition}: ${String(limit)}]`] = holds
    if (condition.startsWith('min_')) all &&= holds
    else any ||= holds
  }
  const names = Object.keys(conditions)
  if (names.length > 0 && !names.some((name) => name.startsWith('max_')))
    throw fail('rest.validation', {
      reason: '1: at least one max_* rollover condition must be set when using min_* conditions;',
    })
  return { met, due: names.length === 0 || (all && any) }
}

function entry(kind: string, body: ValueObject): Value {
  return Object.assign(newObject(), { [kind]: body })
}

function object(fields: Readonly<Record<string, Value>>): ValueObject {
  return Object.assign(newObject(), fields)
}

/** The index that an alias writes to, the alias's options there, and whether it is marked as such. */
async function writeIndex(
  store: Store,
  alias: string,
): Promise<{ name: string; provided: string; options: ValueObject; flagged: boolean }> {
  const behind: { name: string; provided: string; options: ValueObject; flagged: boolean }[] = []
  for (const [name, description] of Object.entries(await store.getIndices({ expressions: [alias] }))) {
    if (!isObject(description)) continue
    const { aliases, settings } = description
    const options = isObject(aliases) ? aliases[alias] : undefined
    const own = isObject(settings) && isObject(settings['index']) ? settings['index']['provided_name'] : undefined
    if (isObject(options))
      behind.push({ name, provided: String(own ?? name), options, flagged: options['is_write_index'] === true })
  }
  if (behind.length === 0)
    throw fail('rest.parameter_invalid', {
      reason: `rollover target is a [concrete index] but one of [alias,data_stream] was expected`,
    })
  const marked = behind.find(({ flagged }) => flagged)
  if (marked === undefined && behind.length > 1)
    throw fail('rest.parameter_invalid', { reason: `rollover target [${alias}] does not point to a write index` })
  return marked ?? behind[0]!
}

/** `logs-1` is followed by `logs-000002`, `<logs-{now/d}-1>` by `<logs-{now/d}-000002>`. */
function following(name: string): string {
  const dated = name.startsWith('<') && name.endsWith('>')
  const match = /^(.*)-(\d+)$/.exec(dated ? name.slice(1, -1) : name)
  if (match === null)
    throw fail('rest.parameter_invalid', {
      reason: `index name [${name}] does not match pattern '^.*-\\d+$'`,
    })
  const next = `${match[1]}-${String(Number(match[2]) + 1).padStart(6, '0')}`
  return dated ? `<${next}>` : next
}

/** Whether one condition of a rollover holds. @throws parsing_exception for one that there is not */
function conditionHolds(condition: string, limit: Value, index: IndexSummary, now: number): boolean {
  switch (condition.replace(/^(max|min)_/, '')) {
    case 'age': {
      const age = parseDuration(String(limit))
      if (age === undefined)
        throw fail('rest.parameter_invalid', {
          reason: `failed to parse setting [${condition}] with value [${String(limit)}] as a time value`,
        })
      return now - index.createdMillis >= age
    }
    case 'docs':
    case 'primary_shard_docs':
      return index.documents >= Number(limit)
    case 'size':
    case 'primary_shard_size':
      return index.bytes >= parseBytes(condition, String(limit))
    default:
      throw fail('search.parsing', { reason: `[conditions] unknown field [${condition}]` })
  }
}

const UNITS: Readonly<Record<string, number>> = { b: 0, kb: 1, mb: 2, gb: 3, tb: 4, pb: 5 }

/** A size with its unit in bytes. @throws parse_exception naming the setting */
export function parseBytes(setting: string, text: string): number {
  const match = /^(\d+(?:\.\d+)?)(b|[kmgtp]b?)$/i.exec(text)
  const unit = match?.[2]!.toLowerCase()
  const exponent = unit === undefined ? undefined : UNITS[unit.length === 1 && unit !== 'b' ? `${unit}b` : unit]
  if (exponent === undefined)
    throw fail('search.content', {
      reason: `failed to parse setting [${setting}] with value [${text}] as a size in bytes: unit is missing or unrecognized`,
    })
  return Number(match![1]) * 1024 ** exponent
}
