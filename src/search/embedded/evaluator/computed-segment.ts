/** Fields without a column of their own: runtime fields and the scripts of aggregations. */
import { Double, isObject, parseJson, Timestamp, type Value, type ValueObject } from '../../../event/index.ts'
import { DiagnosticError, fail } from '../../../diagnostic/index.ts'
import { isDate, type ColumnValue, type Leaf, type Mapping } from '../../dsl/index.ts'
import { Malformed } from '../../dsl/field-types.ts'
import type { Computed } from '../../dsl/runtime-field.ts'
import type { Column, Segment } from '../columns.ts'
import { LiveNumbers, LiveStrings } from '../live-column.ts'
import { compareStrings } from './dictionary.ts'
import { ColumnLookup, docValues } from './doc-lookup.ts'
import { contains, run, type DocSet } from './doc-set.ts'
import { sourceValues } from './highlight.ts'
import type { Turns } from './turns.ts'

/** Elasticsearch's bounds on what a script emits for one field of one document. */
const MOST_VALUES = 100
const MOST_CHARACTERS = 1024 * 1024
/** Fields that ask each other for values. */
const MOST_DEPENDENT = 5

type Emitted = ReadonlyMap<string, readonly Value[]>
type RuntimeLeaf = Leaf & { readonly computed: Computed & { readonly kind: 'runtime' } }

/**
 * A segment as one search sees it that has computed fields: their values are made when they are asked for.
 *
 * - `prepare` makes the columns of fields for a set of documents, a document at a time, so that a slow script holds
 *   nobody up; columns hold values of that set alone.
 * - A column that was not prepared is made at once, for the same set; `computedAt` works one document out.
 */
export class ComputedSegment implements Segment {
  readonly deleted: Uint32Array | undefined
  readonly deletedCount: number
  private readonly stored: Segment
  private readonly mapping: Mapping
  private readonly lookup: ColumnLookup
  private readonly columns = new Map<string, Column>()
  private readonly asking: string[] = []
  private within: DocSet
  private parsed: { readonly document: number; readonly source: ValueObject } | undefined
  /** What a script last emitted: the fields of a composite share it. */
  private last: { readonly computed: Computed; readonly document: number; readonly emitted: Emitted } | undefined

  constructor(stored: Segment, mapping: Mapping) {
    this.stored = stored
    this.mapping = mapping
    this.deleted = stored.deleted
    this.deletedCount = stored.deletedCount
    this.within = run(0, stored.documents)
    this.lookup = new ColumnLookup(mapping, this)
  }

  get documents(): number {
    return this.stored.documents
  }

  id(document: number): string {
    return this.stored.id(document)
  }

  find(id: string): number | undefined {
    if (this.stored.find !== undefined) return this.stored.find(id)
    for (let d = this.documents - 1; d >= 0; d--) if (this.stored.id(d) === id) return d
    return undefined
  }

  source(document: number): string {
    return this.stored.source(document)
  }

  version(document: number): number {
    return this.stored.version(document)
  }

  seqNo(document: number): number {
    return this.stored.seqNo(document)
  }

  column(field: string): Column | undefined {
    const leaf = this.mapping.field(field)
    if (leaf?.computed === undefined) return this.stored.column(field)
    let column = this.columns.get(field)
    if (column === undefined) {
      const building = new ColumnBuilder(leaf)
      for (let d = 0; d < this.documents; d++) if (contains(this.within, d)) building.add(d, this.computedAt(leaf, d))
      this.columns.set(field, (column = building.column(this.documents)))
    }
    return column
  }

  /**
   * Makes the columns of the fields that are computed, for the documents of a set.
   * @returns false where the time of the search ended first.
   */
  async prepare(fields: Iterable<string>, within: DocSet, turns: Turns): Promise<boolean> {
    this.within = within
    const building = [...fields].flatMap((name) => {
      const leaf = this.mapping.field(name)
      return leaf?.computed === undefined || this.columns.has(name) ? [] : [new ColumnBuilder(leaf)]
    })
    if (building.length === 0) return true
    const { documents } = this
    for (let d = 0; d < documents; d++) {
      if (!contains(within, d)) continue
      const waiting = turns.next()
      if (waiting !== undefined) {
        await waiting
        if (turns.late()) return false
      }
      for (const one of building) one.add(d, this.computedAt(one.leaf, d))
    }
    for (const one of building) this.columns.set(one.leaf.name, one.column(documents))
    return true
  }

  /** The values of a computed field in one document, in rising order. */
  computedAt(leaf: Leaf, document: number): readonly ColumnValue[] {
    const { asking } = this
    if (asking.includes(leaf.name))
      throw fail('search.argument', {
        reason: `Cyclic dependency detected while resolving runtime fields: ${[...asking, leaf.name].join(' -> ')}`,
      })
    if (asking.length >= MOST_DEPENDENT)
      throw fail('search.argument', {
        reason: `Field requires resolving too many dependent fields: ${[...asking, leaf.name].join(' -> ')}`,
      })
    asking.push(leaf.name)
    this.lookup.document = document
    try {
      const values = isRuntime(leaf) ? this.runtimeValues(leaf, document) : this.returned(leaf, document)
      return values.length < 2 ? values : values.sort(compareValues)
    } finally {
      asking.pop()
    }
  }

  private runtimeValues(leaf: RuntimeLeaf, document: number): ColumnValue[] {
    const { script, part, lenient } = leaf.computed
    if (script === undefined) return this.fromSource(leaf, document)
    try {
      const emitted = this.emitted(leaf, document).get(part ?? '') ?? []
      if (emitted.length > MOST_VALUES)
        throw fail('search.argument', {
          reason: `Runtime field [${leaf.name}] is emitting [${emitted.length}] values while the maximum number of values allowed is [${MOST_VALUES}]`,
        })
      return emitted.flatMap((value) => columnValue(leaf, value) ?? [])
    } catch (error) {
      if (lenient && error instanceof DiagnosticError) return []
      throw error
    }
  }

  private fromSource(leaf: Leaf, document: number): ColumnValue[] {
    return sourceValues(this.sourceOf(document), leaf.name.split('.')).flatMap((value) => {
      try {
        return leaf.read(value) ?? []
      } catch (error) {
        // Values that do not fit the type are passed over, as they are nowhere checked before.
        if (error instanceof Malformed) return []
        throw error
      }
    })
  }

  private emitted({ name, type, computed }: RuntimeLeaf, document: number): Emitted {
    if (this.last !== undefined && this.last.computed.script === computed.script && this.last.document === document)
      return this.last.emitted
    const emitted = new Map<string, Value[]>()
    let characters = 0
    const put = (part: string, value: Value): void => {
      if (typeof value === 'string' && (characters += value.length) > MOST_CHARACTERS)
        throw fail('search.argument', {
          reason: `Runtime field [${name}] is emitting [${characters}] characters while the maximum number of values allowed is [${MOST_CHARACTERS}]`,
        })
      const values = emitted.get(part)
      if (values === undefined) emitted.set(part, [value])
      else if (values.length <= MOST_VALUES) values.push(value)
    }
    const emit = ([first, second]: readonly Value[]): void => {
      if (computed.part !== undefined) {
        if (second !== undefined) put(String(first), second)
        else if (isObject(first!)) for (const part of Object.keys(first)) put(part, first[part]!)
      } else if (second === undefined) put('', first!)
      else if (type === 'geo_point') put('', [second, first!])
      else throw fail('search.argument', { reason: `[emit] of the runtime field [${name}] takes one value` })
    }
    computed.script!.run(this.variables(computed, document), undefined, { emit })
    this.last = { computed, document, emitted }
    return emitted
  }

  private variables({ script }: Computed, document: number): Record<string, Value | ColumnLookup> {
    const { lookup } = this
    return script?.readsSource === true ? { doc: lookup, _source: this.sourceOf(document) } : { doc: lookup }
  }

  private sourceOf(document: number): ValueObject {
    if (this.parsed?.document !== document)
      this.parsed = { document, source: parseJson(this.stored.source(document)) as ValueObject }
    return this.parsed.source
  }

  /** What the script of an aggregation returns; over a field, once for each of its values. */
  private returned(leaf: Leaf, document: number): ColumnValue[] {
    const computed = leaf.computed as Computed & { kind: 'aggregation' }
    const base = computed.field === undefined ? undefined : this.mapping.field(computed.field)
    const variables = this.variables(computed, document)
    const results =
      base === undefined
        ? [computed.script.run(variables)]
        : docValues(this, base, document).map((value) => computed.script.run({ ...variables, _value: numeric(value) }))
    return results.flat().flatMap((value) => columnValue(leaf, value as Value) ?? [])
  }
}

function isRuntime(leaf: Leaf): leaf is RuntimeLeaf {
  return leaf.computed?.kind === 'runtime'
}

/** A script is given numbers and booleans as doubles, times as milliseconds. */
function numeric(value: Value): Value {
  if (value instanceof Timestamp) return Math.floor(value.micros / 1000)
  return typeof value === 'boolean' || typeof value === 'number' ? new Double(Number(value)) : value
}

/** @returns undefined for null, and for what the type has no value for. */
function columnValue(leaf: Leaf, value: Value): ColumnValue | undefined {
  if (value === null) return undefined
  const number = value instanceof Double ? value.value : typeof value === 'number' ? value : undefined
  // Scripts count times in milliseconds, whatever the format of the field.
  if (isDate(leaf.type) && (number !== undefined || typeof value === 'bigint'))
    return Math.trunc(Number(number ?? value)) * 1000
  if (leaf.column === 'number' && leaf.type !== 'boolean' && number !== undefined && !Number.isFinite(number))
    return undefined
  try {
    return leaf.read(leaf.type === 'boolean' && number !== undefined ? number !== 0 : value)
  } catch (error) {
    if (error instanceof Malformed) throw fail('search.argument', { reason: `[${leaf.name}] ${error.message}` })
    throw error
  }
}

function compareValues(a: ColumnValue, b: ColumnValue): number {
  if (typeof a === 'string' && typeof b === 'string') return compareStrings(a, b)
  return a < b ? -1 : a > b ? 1 : 0
}

class ColumnBuilder {
  readonly leaf: Leaf
  private readonly values: LiveStrings | LiveNumbers

  constructor(leaf: Leaf) {
    this.leaf = leaf
    this.values = leaf.column === 'string' ? new LiveStrings() : new LiveNumbers()
  }

  add(document: number, values: readonly ColumnValue[]): void {
    for (const value of values) this.values.add(document, value as never)
  }

  column(documents: number): Column {
    return this.values.view(documents)
  }
}
