/** The objects of a nested field as documents of their own, made from the sources when a query first asks. */
import { isObject, newObject, parseJson, stringifyJson, type Value, type ValueObject } from '../../../event/index.ts'
import { mapNested, type Mapping } from '../../dsl/index.ts'
import type { Column, Segment } from '../columns.ts'
import { LiveSegment } from '../live-segment.ts'

const NO_SOURCE = { buffer: Buffer.alloc(0) }

export class NestedSegment implements Segment {
  readonly deleted = undefined
  readonly deletedCount = 0
  readonly path: string
  /** The segment whose documents hold these: the root's, or that of the nested field around this one. */
  readonly base: Segment
  /** `starts[d]` to `starts[d + 1]` are the objects of the base's document. */
  readonly starts: number[] = [0]
  private readonly parents: number[] = []
  private readonly columns = new LiveSegment()
  private readonly mapping: Mapping
  private readonly rest: readonly string[]

  constructor(base: Segment, mapping: Mapping, path: string, outer: string) {
    this.base = base
    this.mapping = mapping
    this.path = path
    this.rest = path.slice(outer === '' ? 0 : outer.length + 1).split('.')
  }

  get documents(): number {
    return this.columns.documents
  }

  /** Takes in what the base has got since; documents of a segment never change. */
  catchUp(): this {
    for (let d = this.starts.length - 1; d < this.base.documents; d++) {
      for (const object of this.objectsOf(d)) {
        const fields = mapNested(this.mapping, this.path, object)
        this.columns.add(this.base.id(d), 1, 0, fields, NO_SOURCE, 0, 0)
        this.parents.push(d)
      }
      this.starts.push(this.columns.documents)
    }
    return this
  }

  private objectsOf(document: number): ValueObject[] {
    const found: ValueObject[] = []
    collect(objectOf(this.base, document), this.rest, 0, found)
    return found
  }

  parent(document: number): number {
    return this.parents[document]!
  }

  object(document: number): ValueObject {
    const parent = this.parents[document]!
    return this.objectsOf(parent)[document - this.starts[parent]!]!
  }

  column(field: string): Column | undefined {
    return this.columns.column(field)
  }

  id(document: number): string {
    return this.columns.id(document)
  }

  source(document: number): string {
    return stringifyJson(this.object(document))
  }

  version(document: number): number {
    return this.base.version(this.parents[document]!)
  }

  seqNo(document: number): number {
    return this.base.seqNo(this.parents[document]!)
  }

  /** Where an object stands, as hits say it: the outermost field first. */
  place(document: number): ValueObject {
    const parent = this.parents[document]!
    const own = newObject()
    own['field'] = this.rest.join('.')
    own['offset'] = document - this.starts[parent]!
    if (!(this.base instanceof NestedSegment)) return own
    const outer = this.base.place(parent)
    let innermost = outer
    while (isObject(innermost['_nested'] ?? null)) innermost = innermost['_nested'] as ValueObject
    innermost['_nested'] = own
    return outer
  }

  /** An object as the source of its document has it, under its full name. */
  within(document: number): ValueObject {
    let value: Value = this.object(document)
    for (const name of this.path.split('.').reverse()) value = Object.assign(newObject(), { [name]: value })
    return value as ValueObject
  }
}

function objectOf(segment: Segment, document: number): ValueObject {
  return segment instanceof NestedSegment
    ? segment.object(document)
    : (parseJson(segment.source(document)) as ValueObject)
}

function collect(value: Value, path: readonly string[], at: number, into: ValueObject[]): void {
  if (Array.isArray(value)) {
    for (const item of value) collect(item, path, at, into)
    return
  }
  if (!isObject(value)) return
  if (at === path.length) {
    into.push(value)
    return
  }
  // A name may be written with its dots.
  for (let to = at + 1; to <= path.length; to++) {
    const inner = value[path.slice(at, to).join('.')]
    if (inner !== undefined) collect(inner, path, to, into)
  }
}

const kept = new WeakMap<Segment, Map<string, NestedSegment>>()

/** The nested documents of a path below a root segment, up to date. */
export function nestedSegment(root: Segment, mapping: Mapping, path: string): NestedSegment {
  const outer = mapping.nestedAbove(path)
  const base = outer === '' ? root : nestedSegment(root, mapping, outer)
  let known = kept.get(base)
  if (known === undefined) kept.set(base, (known = new Map()))
  let found = known.get(path)
  if (found === undefined) known.set(path, (found = new NestedSegment(base, mapping, path, outer)))
  return found.catchUp()
}

/** The document of an outer segment (the root or a nested one above) that holds a nested document. */
export function outerDocument(segment: Segment, document: number, outer: Segment): number {
  let [at, number] = [segment, document]
  while (at !== outer && at instanceof NestedSegment) {
    number = at.parent(number)
    at = at.base
  }
  return number
}
