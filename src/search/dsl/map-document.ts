/**
 * From a document to column values, by the mapping and Elasticsearch's dynamic rules.
 * What a document of known fields costs is one map look-up a field; new fields make a new mapping.
 */
import { isObject, newObject, type Value, type ValueObject } from '../../event/index.ts'
import { fail } from '../../diagnostic/index.ts'
import { isCoordinates } from './geo.ts'
import { Malformed, PARAMETERS, preview, type ColumnValue } from './field-types.ts'
import type { Leaf } from './leaf.ts'
import { IGNORED, mergeMapping, type Mapping } from './mapping.ts'
import type { Dynamic, ObjectNode } from './mapping-node.ts'
import { dynamicField } from './dynamic-field.ts'

export interface MappedField {
  /** `field.name` is the column; the same object for every document until the mapping changes. */
  readonly field: Leaf
  readonly value: ColumnValue
}

export interface MappedDocument {
  /** In the order of the document; a field with several values comes several times, not always in a row. */
  readonly fields: MappedField[]
  /** The mapping with the fields that this document brought, where it brought any. */
  readonly update?: Mapping
  /** The same as a mapping body, for the journal or a mapping update. */
  readonly newFields?: ValueObject
}

/**
 * @param id is only for messages.
 * @throws mapper_parsing_exception, strict_dynamic_mapping_exception or, over a limit, illegal_argument_exception:
 *   then nothing of the document counts, its new fields neither.
 */
export function mapDocument(mapping: Mapping, document: Value, id = ''): MappedDocument {
  if (!isObject(document)) throw fail('document.not_object')
  const run = new Run(mapping, id)
  run.object(mapping.root, mapping.root.dynamic ?? 'true', document, 0)
  if (run.fresh === undefined) return { fields: run.ofRoot() }
  // New fields were seen: add them all at once, then read the document again with the mapping that knows them.
  const body = newObject()
  body['properties'] = run.fresh
  const update = mergeMapping(mapping, body)
  const again = new Run(update, id)
  again.object(update.root, update.root.dynamic ?? 'true', document, 0)
  return { fields: again.ofRoot(), update, newFields: body }
}

/** The fields of one object of a nested field, as a document of its own; nested fields within are left out. */
export function mapNested(mapping: Mapping, path: string, object: ValueObject): readonly MappedField[] {
  const run = new Run(mapping, '')
  const node = mapping.object(path)
  if (node !== undefined) run.object(node, 'false', object, 1)
  return run.fields
}

const METADATA = new Set([
  '_id',
  '_index',
  '_type',
  '_source',
  '_routing',
  '_field_names',
  '_ignored',
  '_seq_no',
  '_version',
  '_nested_path',
  '_doc_count',
  '_tier',
])

class Run {
  readonly fields: MappedField[] = []
  fresh: ValueObject | undefined
  private ignored: Set<string> | undefined
  private nested = 0
  /** Fields that it brings, as the limit counts them. */
  private brought = 0
  /** Of nested objects that are in the root as well. */
  private readonly lifted: MappedField[] = []
  private readonly mapping: Mapping
  private readonly id: string

  constructor(mapping: Mapping, id: string) {
    this.mapping = mapping
    this.id = id
  }

  ofRoot(): MappedField[] {
    this.fields.push(...this.lifted)
    return this.fields
  }

  object(node: ObjectNode, dynamic: Dynamic, object: ValueObject, depth: number): void {
    const { depth: limit } = this.mapping.limits
    if (depth > limit) throw fail('mapping.depth_limit', { limit, field: node.name })
    for (const name in object) {
      const child = node.children.get(name)
      const value = object[name]!
      if (child === undefined) this.unknown(node, dynamic, name, value, depth)
      else if (child.kind === 'leaf') this.leaf(child, value)
      else if (child.kind === 'object') {
        if (child.enabled) this.objects(child, child.dynamic ?? dynamic, name, value, depth + 1)
      } else throw fail('document.alias', { field: child.name })
    }
  }

  private objects(node: ObjectNode, dynamic: Dynamic, name: string, value: Value, depth: number): void {
    const before = this.fields.length
    this.eachObject(node, dynamic, name, value, depth)
    // They are read, so that what is wrong is refused; the values belong to documents of their own.
    if (!node.nested || node.includeInParent) {
      const alsoInRoot = node.nested && node.includeInRoot && this.mapping.nestedAbove(node.name) !== ''
      if (alsoInRoot) this.lifted.push(...this.fields.slice(before))
      return
    }
    if (node.includeInRoot) this.lifted.push(...this.fields.slice(before))
    this.fields.length = before
  }

  private eachObject(node: ObjectNode, dynamic: Dynamic, name: string, value: Value, depth: number): void {
    if (isObject(value)) {
      if (node.nested) this.countNested()
      this.object(node, dynamic, value, depth)
    } else if (Array.isArray(value)) for (const item of value) this.eachObject(node, dynamic, name, item, depth)
    else if (value !== null) throw fail('document.object_expected', { field: node.name, name })
  }

  private ignoresMalformed(leaf: Leaf): boolean {
    if (leaf.ignoreMalformed || leaf.parameters['ignore_malformed'] !== undefined) return leaf.ignoreMalformed
    return this.mapping.limits.ignoreMalformed && PARAMETERS[leaf.type].includes('ignore_malformed')
  }

  private countNested(): void {
    const limit = this.mapping.limits.nestedObjects
    if (++this.nested > limit) throw fail('document.nested_limit', { limit })
  }

  private leaf(leaf: Leaf, value: Value): void {
    if (value === null) {
      if (leaf.nullValue === undefined) return
      value = leaf.nullValue
    }
    const whole = leaf.type === 'geo_point' && Array.isArray(value) && isCoordinates(value)
    if (typeof value === 'object' && Array.isArray(value) && !whole) {
      for (const item of value) this.leaf(leaf, item)
      return
    }
    for (const target of leaf.copyTo) this.copy(target, value)
    if (leaf.multiFields.size > 0) for (const sub of leaf.multiFields.values()) this.leaf(sub, value)
    let read: ColumnValue | undefined
    try {
      read = leaf.read(value)
    } catch (error) {
      if (!(error instanceof Malformed)) throw error
      if (this.ignoresMalformed(leaf) && (leaf.type === 'geo_point' || !isObject(value))) return this.ignore(leaf)
      throw fail(
        'document.field',
        { field: leaf.name, type: leaf.type, id: this.id, value: preview(value) },
        { hint: error.message },
      )
    }
    if (read !== undefined) this.fields.push({ field: leaf, value: read })
    else this.ignore(leaf)
  }

  /** Its value is only in the source: the document says so, once a field. */
  private ignore({ name }: Pick<Leaf, 'name'>): void {
    this.ignored ??= new Set()
    if (!this.ignored.has(name)) this.fields.push({ field: IGNORED, value: name })
    this.ignored.add(name)
  }

  private copy(target: string, value: Value): void {
    const leaf = this.mapping.field(target)
    if (leaf === undefined) this.learn(target, value, target.split('.').length)
    else if (leaf.copyTo.length === 0) this.leaf(leaf, value)
  }

  private unknown(node: ObjectNode, dynamic: Dynamic, name: string, value: Value, depth: number): void {
    const dot = name.indexOf('.')
    if (dot >= 0) return this.dotted(node, dynamic, name, value, depth)
    if (name.trim() === '') throw fail('document.field_name', { field: name })
    if (depth === 0 && METADATA.has(name)) throw fail('document.metadata_field', { field: name })
    if (dynamic === 'strict')
      throw fail('mapping.strict', { field: name, object: node.name === '' ? '_doc' : node.name })
    if (dynamic === 'false') return
    this.learn(node.name === '' ? name : `${node.name}.${name}`, value, depth + 1)
  }

  private dotted(node: ObjectNode, dynamic: Dynamic, name: string, value: Value, depth: number): void {
    const dot = name.indexOf('.')
    const head = name.slice(0, dot)
    const rest = name.slice(dot + 1)
    if (head.trim() === '' || rest.trim() === '' || rest.startsWith('.'))
      throw fail('document.field_name', { field: name })
    const inner = newObject()
    inner[rest] = value
    const outer = newObject()
    outer[head] = inner
    this.object(node, dynamic, outer, depth)
  }

  /** Notes what a new field would be mapped to; objects are walked, so that all new fields come in one change. */
  private learn(name: string, value: Value, depth: number): void {
    if (value === null) return
    const { depth: limit } = this.mapping.limits
    if (depth > limit) throw fail('mapping.depth_limit', { limit, field: name })
    if (Array.isArray(value)) {
      // The first value decides, as in Elasticsearch; later objects may still bring new names.
      for (const item of value) {
        if (isObject(item) || Array.isArray(item)) this.learn(name, item, depth)
        else if (item !== null) return this.learn(name, item, depth)
      }
      return
    }
    const body = dynamicField(this.mapping, name, value)
    if (body === undefined) return
    if (!this.note(name, body) || !isObject(value)) return
    if (body['enabled'] === false || (body['type'] !== undefined && body['type'] !== 'object')) return
    for (const key in value) {
      if (key.trim() === '' || key.split('.').some((part) => part.trim() === ''))
        throw fail('document.field_name', { field: key })
      this.learn(`${name}.${key}`, value[key]!, depth + key.split('.').length)
    }
  }

  /** @returns false for a field that is left out, as there are too many. */
  private note(name: string, body: ValueObject): boolean {
    if (this.mapping.field(name) !== undefined || this.mapping.isObject(name)) return true
    const { fields: limit, ignoreBeyond } = this.mapping.limits
    const size = 1 + (isObject(body['fields']) ? Object.keys(body['fields']).length : 0)
    if (ignoreBeyond && this.mapping.fieldCount + this.brought + size > limit) {
      this.ignore({ name })
      return false
    }
    this.fresh ??= newObject()
    let properties = this.fresh
    const keys = name.split('.')
    for (const key of keys.slice(0, -1)) {
      const object = (properties[key] ??= newObject()) as ValueObject
      properties = (object['properties'] ??= newObject()) as ValueObject
    }
    if (properties[keys.at(-1)!] === undefined) this.brought += size
    properties[keys.at(-1)!] ??= body
    return true
  }
}
