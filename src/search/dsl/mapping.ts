/** Mappings: what an index knows of its fields. Immutable; a change makes a new one. */
import { cloneValue, isObject, newObject, stringifyJson, type Value, type ValueObject } from '../../event/index.ts'
import { fail } from '../../diagnostic/index.ts'
import { dateFormat, type DateFormat } from './date-format.ts'
import { isInteger, type Parameters } from './field-types.ts'
import type { SourceFilter } from './hits.ts'
import { makeLeaf, type Leaf } from './leaf.ts'
import { DEFAULT_LIMITS, type MappingLimits } from './mapping-limits.ts'
import { EMPTY_OBJECT, mergeProperties, propertiesJson, readDynamic, type ObjectNode } from './mapping-node.ts'
import { mergeRuntime, readRuntimeFields, type RuntimeField } from './runtime-field.ts'

export interface DynamicTemplate {
  readonly name: string
  readonly body: ValueObject
}

const DYNAMIC_DATE_FORMATS = ['strict_date_optional_time', 'yyyy/MM/dd HH:mm:ss||yyyy/MM/dd||epoch_millis']

export class Mapping {
  readonly root: ObjectNode
  /** Root parameters but `properties`, as written. */
  readonly parameters: Parameters
  readonly dateDetection: boolean
  /** What answers show of sources, whatever a request asks for. */
  readonly source: SourceFilter
  readonly numericDetection: boolean
  readonly dynamicDateFormats: readonly DateFormat[]
  readonly dynamicTemplates: readonly DynamicTemplate[]
  /** Objects, leaves, multi-fields and aliases, as the limit counts them. */
  readonly fieldCount: number
  readonly limits: MappingLimits
  /** Fields whose values are worked out as they are asked for; they hide mapped ones of their names. */
  private computed: ReadonlyMap<string, Leaf> = new Map()
  private readonly leaves = new Map<string, Leaf>()
  private readonly aliases = new Map<string, string>()
  private readonly objects = new Map<string, ObjectNode>()

  /**
   * @param computed are those of a search, beside the mapping's own runtime fields.
   */
  constructor(
    root: ObjectNode,
    parameters: Parameters,
    limits = DEFAULT_LIMITS,
    computed: readonly RuntimeField[] = [],
  ) {
    this.root = root
    this.limits = limits
    this.parameters = parameters
    this.source = readSource(parameters['_source'])
    this.dateDetection = String(parameters['date_detection']) !== 'false'
    this.numericDetection = String(parameters['numeric_detection']) === 'true'
    const formats = parameters['dynamic_date_formats']
    this.dynamicDateFormats = (Array.isArray(formats) ? formats.map(String) : DYNAMIC_DATE_FORMATS).map(dateFormat)
    this.dynamicTemplates = readDynamicTemplates(parameters['dynamic_templates'])
    this.collect(root, 0)
    const { runtime } = parameters
    const own = isObject(runtime ?? null) ? readRuntimeFields(runtime as ValueObject) : []
    this.computed = new Map(
      [...own, ...computed].flatMap((field) => {
        const leaf = computedLeaf(field, this)
        return leaf === undefined ? [] : [[field.name, leaf]]
      }),
    )
    this.fieldCount = this.leaves.size + this.aliases.size + this.objects.size + own.length
    for (const [alias, path] of this.aliases) this.checkAlias(alias, path)
  }

  /** The field of a full name, through an alias, or one of the metadata that have columns; undefined where it is not mapped or is an object. */
  field(name: string): Leaf | undefined {
    return (
      this.computed.get(name) ??
      this.leaves.get(name) ??
      this.leaves.get(this.aliases.get(name) ?? '') ??
      METADATA_LEAVES.get(name)
    )
  }

  /** The same mapping for one search, with fields that the search defines. */
  withComputed(fields: readonly RuntimeField[]): Mapping {
    return fields.length === 0 ? this : new Mapping(this.root, this.parameters, this.limits, fields)
  }

  /** The same mapping with other limits for what is to come; what is there may be beyond them. */
  withLimits(limits: MappingLimits): Mapping {
    return new Mapping(this.root, this.parameters, limits)
  }

  /** @throws illegal_argument_exception where it has more than its limits allow */
  checkLimits(): void {
    const { fields, nestedFields } = this.limits
    if (this.fieldCount > fields) throw fail('mapping.field_limit', { limit: fields })
    const nested = [...this.objects.values()].filter((object) => object.nested).length
    if (nested > nestedFields) throw fail('mapping.nested_limit', { limit: nestedFields })
  }

  hasComputed(): boolean {
    return this.computed.size > 0
  }

  /** True for the name of an object that holds fields. */
  isObject(name: string): boolean {
    return this.objects.has(name)
  }

  /** The object of a full name. */
  object(name: string): ObjectNode | undefined {
    return this.objects.get(name)
  }

  /** The field that a multi-field (`message.keyword`) belongs to. */
  parentOf(name: string): string | undefined {
    const dot = name.lastIndexOf('.')
    const parent = dot < 0 ? undefined : this.leaves.get(name.slice(0, dot))
    return parent?.multiFields.has(name.slice(dot + 1)) === true ? parent.name : undefined
  }

  isNested(name: string): boolean {
    return this.objects.get(name)?.nested === true
  }

  /** The nearest nested object around a field or object; empty where there is none. */
  nestedAbove(name: string): string {
    for (let dot = name.lastIndexOf('.'); dot > 0; dot = name.lastIndexOf('.', dot - 1))
      if (this.isNested(name.slice(0, dot))) return name.slice(0, dot)
    return ''
  }

  /** All fields with values, by full name; aliases are not in it, and nor are the scripts of aggregations. */
  fields(): ReadonlyMap<string, Leaf> {
    if (this.computed.size === 0) return this.leaves
    const named = [...this.computed].filter(([, { computed }]) => computed!.kind === 'runtime')
    return new Map([...this.leaves, ...named])
  }

  /** Alias name to the field it stands for. */
  fieldAliases(): ReadonlyMap<string, string> {
    return this.aliases
  }

  /** As GET _mapping shows it. */
  toJson(): ValueObject {
    const json = newObject()
    for (const name of Object.keys(this.parameters)) {
      const value = this.parameters[name]!
      if (name !== 'runtime' || Object.keys(value as ValueObject).length > 0) json[name] = cloneValue(value)
    }
    if (this.root.children.size > 0) json['properties'] = propertiesJson(this.root)
    return json
  }

  private collect(object: ObjectNode, depth: number): void {
    const { depth: limit } = this.limits
    if (depth > limit) throw fail('mapping.depth_limit', { limit, field: object.name })
    for (const node of object.children.values()) {
      if (node.kind === 'object') {
        this.objects.set(node.name, node)
        this.collect(node, depth + 1)
      } else if (node.kind === 'alias') this.aliases.set(node.name, node.path)
      else {
        this.leaves.set(node.name, node)
        for (const sub of node.multiFields.values()) this.leaves.set(sub.name, sub)
      }
    }
  }

  private checkAlias(field: string, path: string): void {
    if (path === field) throw fail('mapping.alias', { field, path, reason: 'an alias cannot refer to itself.' })
    if (this.aliases.has(path))
      throw fail('mapping.alias', { field, path, reason: 'an alias cannot refer to another alias.' })
    if (!this.leaves.has(path))
      throw fail('mapping.alias', { field, path, reason: 'an alias must refer to an existing field in the mappings.' })
  }
}

/** Of a document's metadata, what lies in columns: which fields had values that were ignored, and its routing. */
const METADATA_LEAVES: ReadonlyMap<string, Leaf> = new Map(
  ['_ignored', '_routing'].map((name) => [name, makeLeaf(name, 'keyword', newObject())]),
)
/** @returns undefined for the script over a field that is not mapped. */
function computedLeaf({ name, type, parameters, computed }: RuntimeField, mapping: Mapping): Leaf | undefined {
  const plain = { ...makeLeaf(name, type, parameters), computed }
  if (computed.kind === 'runtime' || computed.field === undefined) return plain
  const base = mapping.field(computed.field)
  if (base === undefined) return undefined
  // A script may make a fraction of a whole number.
  return isInteger(base.type) ? { ...makeLeaf(name, 'double', parameters), computed } : { ...base, name, computed }
}

export const IGNORED = METADATA_LEAVES.get('_ignored')!
export const ROUTING = METADATA_LEAVES.get('_routing')!

export const EMPTY_MAPPING = new Mapping(EMPTY_OBJECT, newObject())

const ROOT_PARAMETERS = [
  'dynamic',
  'date_detection',
  'numeric_detection',
  'dynamic_date_formats',
  'dynamic_templates',
  'runtime',
  '_meta',
  '_source',
  '_routing',
  '_data_stream_timestamp',
]

/** Whether a mapping may have it beside its fields, or has its fields in it. */
export function isRootParameter(name: string): boolean {
  return name === 'properties' || ROOT_PARAMETERS.includes(name)
}

/**
 * Reads `{ "properties": ..., "dynamic": ... }`.
 * @throws mapper_parsing_exception naming the field or parameter.
 */
export function parseMapping(body: ValueObject, limits = DEFAULT_LIMITS): Mapping {
  return mergeMapping(EMPTY_MAPPING, body, limits)
}

/**
 * The mapping with another merged into it: new fields are added, parameters that may change are changed.
 * @throws illegal_argument_exception where a field would change its type.
 */
export function mergeMapping(mapping: Mapping, body: ValueObject, limits = mapping.limits): Mapping {
  const parameters = Object.assign(newObject(), mapping.parameters)
  for (const name of Object.keys(body)) {
    if (name === 'properties') continue
    if (!isRootParameter(name))
      throw fail('mapping.root_parameter', { parameter: name, value: stringifyJson(body[name]) })
    if (name === 'dynamic') readDynamic(body[name]!)
    if (name === 'runtime') {
      parameters[name] = mergeRuntime(parameters[name], body[name]!)
      continue
    }
    parameters[name] = name === 'dynamic' ? String(body[name]) : cloneValue(body[name]!)
  }
  const children = mergeProperties(mapping.root, body['properties'], 0)
  const dynamic = parameters['dynamic'] === undefined ? undefined : readDynamic(parameters['dynamic'])
  const merged = new Mapping({ ...mapping.root, dynamic, children }, parameters, limits)
  merged.checkLimits()
  return merged
}

function readSource(value: Value | undefined): SourceFilter {
  const body = isObject(value ?? null) ? (value as ValueObject) : newObject()
  const list = (key: string): string[] => {
    const names = body[key]
    return names === undefined ? [] : (Array.isArray(names) ? names : [names]).map(String)
  }
  return { enabled: String(body['enabled']) !== 'false', includes: list('includes'), excludes: list('excludes') }
}

function readDynamicTemplates(value: Value | undefined): DynamicTemplate[] {
  if (value === undefined) return []
  if (!Array.isArray(value))
    throw fail('mapping.invalid', { reason: 'Dynamic template syntax error. An array of named objects is expected.' })
  return value.map((entry) => {
    const name = isObject(entry) ? Object.keys(entry)[0] : undefined
    const body = isObject(entry) && name !== undefined ? entry[name] : undefined
    if (name === undefined || !isObject(body) || !isObject(body['mapping']))
      throw fail('mapping.invalid', {
        reason: 'Dynamic template syntax error. A named object with a [mapping] is expected.',
      })
    return { name, body }
  })
}
