/** Mappings: what an index knows of its fields. Immutable; a change makes a new one. */
import { cloneValue, isObject, newObject, stringifyJson, type Value, type ValueObject } from '../../event/index.ts'
import { fail } from '../../diagnostic/index.ts'
import { analyzerOf, type Analyzer } from './analysis.ts'
import { dateFormat, DEFAULT_FORMAT, type DateFormat } from './date-format.ts'
import type { SourceFilter } from './hits.ts'
import { DEFAULT_LIMITS, MOST_DEPTH, type MappingLimits } from './mapping-limits.ts'
import { mergeRuntime, readRuntimeFields, type Computed, type RuntimeField } from './runtime-field.ts'
import {
  columnKind,
  isDate,
  isInteger,
  isLeafType,
  isText,
  PARAMETERS,
  readerOf,
  type ColumnKind,
  type LeafType,
  type Parameters,
  type Reader,
} from './field-types.ts'

export type Dynamic = 'true' | 'false' | 'strict'

/** A field that has a column, multi-fields (`message.keyword`) included. */
export interface Leaf {
  readonly kind: 'leaf'
  /** Full dotted name: also the name of its column. */
  readonly name: string
  readonly type: LeafType
  readonly column: ColumnKind
  readonly parameters: Parameters
  readonly read: Reader
  readonly ignoreMalformed: boolean
  /** Full names of fields that get the values, too. */
  readonly copyTo: readonly string[]
  /** What a JSON null counts as. */
  readonly nullValue: Value | undefined
  readonly indexed: boolean
  readonly docValues: boolean
  /** Of a text field. */
  readonly analyzer: Analyzer | undefined
  /** For the texts of queries, where they are analysed otherwise. */
  readonly searchAnalyzer: Analyzer | undefined
  /** For phrases of queries, where those are analysed otherwise still. */
  readonly quoteAnalyzer: Analyzer | undefined
  /** Of a text field: positions between two values of a document. */
  readonly positionGap: number
  /** Scores take the length of a text into account. */
  readonly norms: boolean
  /** What the index knows of a text's terms: that they are there, how often, and where. */
  readonly indexOptions: IndexOptions
  /** Of a keyword field with a normalizer: how values, and the terms of queries, are changed. */
  readonly normalize: ((text: string) => string) | undefined
  /** Of a date or date_range field. */
  readonly format: DateFormat | undefined
  readonly multiFields: ReadonlyMap<string, Leaf>
  /** Of a field without a column: what makes its values. */
  readonly computed?: Computed | undefined
}

export type IndexOptions = 'docs' | 'freqs' | 'positions'

export interface ObjectNode {
  readonly kind: 'object'
  readonly name: string
  readonly dynamic: Dynamic | undefined
  readonly enabled: boolean
  /** Each object is a document of its own, which nested queries and aggregations ask. */
  readonly nested: boolean
  /** Of a nested object: its fields are those of the object or document around it, too ... */
  readonly includeInParent: boolean
  /** ... or of the outermost document. */
  readonly includeInRoot: boolean
  readonly children: ReadonlyMap<string, Node>
}

export interface AliasNode {
  readonly kind: 'alias'
  readonly name: string
  readonly path: string
}

export type Node = Leaf | ObjectNode | AliasNode

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
/** A field as it would be mapped by its type alone. */
export function plainLeaf(name: string, type: LeafType): Leaf {
  return makeLeaf(name, type, newObject())
}

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

export const EMPTY_MAPPING = new Mapping(
  {
    kind: 'object',
    name: '',
    dynamic: undefined,
    enabled: true,
    nested: false,
    includeInParent: false,
    includeInRoot: false,
    children: new Map(),
  },
  newObject(),
)

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
    if (!ROOT_PARAMETERS.includes(name))
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

function readDynamic(value: Value): Dynamic {
  const text = String(value)
  if (text === 'true' || text === 'false' || text === 'strict') return text
  throw fail('mapping.invalid', {
    reason: `'dynamic' must be true, false or strict, got '${text}'`,
  })
}

function mergeProperties(object: ObjectNode, properties: Value | undefined, depth: number): ReadonlyMap<string, Node> {
  if (properties === undefined) return object.children
  if (!isObject(properties))
    throw fail('mapping.invalid', { reason: 'Expected map for property [properties] but got a different type' })
  if (depth > MOST_DEPTH) throw fail('mapping.depth_limit', { limit: MOST_DEPTH, field: object.name })
  let children = new Map(object.children)
  for (const name of Object.keys(properties)) {
    const body = properties[name]!
    if (!isObject(body))
      throw fail('mapping.invalid', {
        reason: `Expected map for property [fields] on field [${name}] but got a different type`,
      })
    children = addChild(object, children, name, body, depth)
  }
  return children
}

/** `a.b` in properties is an object `a` with a field `b`. */
function addChild(
  object: ObjectNode,
  children: Map<string, Node>,
  name: string,
  body: ValueObject,
  depth: number,
): Map<string, Node> {
  const dot = name.indexOf('.')
  if (dot > 0 && dot < name.length - 1) {
    const inner = newObject()
    inner[name.slice(dot + 1)] = body
    const wrapped = newObject()
    wrapped['properties'] = inner
    return addChild(object, children, name.slice(0, dot), wrapped, depth)
  }
  if (name.trim() === '' || dot >= 0)
    throw fail('mapping.field_name', { reason: `field name cannot be empty or begin or end with a dot, got [${name}]` })
  const full = object.name === '' ? name : `${object.name}.${name}`
  children.set(name, mergeNode(children.get(name), full, body, depth + 1))
  return children
}

function mergeNode(old: Node | undefined, name: string, body: ValueObject, depth: number): Node {
  const type =
    body['type'] === undefined
      ? isObject(body['properties']) ||
        old?.kind === 'object' ||
        body['dynamic'] !== undefined ||
        body['enabled'] !== undefined
        ? 'object'
        : undefined
      : String(body['type'])
  if (type === undefined) throw fail('mapping.invalid', { reason: `No type specified for field [${name}]` })
  if (type === 'object' || type === 'nested') return mergeObject(old, name, body, depth)
  if (old?.kind === 'object') throw fail('mapping.object_conflict', { field: name })
  if (type === 'alias') return aliasNode(old, name, body)
  if (!isLeafType(type)) throw fail('mapping.unknown_type', { type, field: name })
  if (old?.kind === 'alias') throw fail('mapping.conflict', { field: name, from: 'alias', to: type })
  if (old !== undefined && old.type !== type) throw fail('mapping.conflict', { field: name, from: old.type, to: type })
  return makeLeaf(name, type, body, old)
}

function mergeObject(old: Node | undefined, name: string, body: ValueObject, depth: number): ObjectNode {
  if (old !== undefined && old.kind !== 'object') throw fail('mapping.object_conflict', { field: name })
  const nested = body['type'] === undefined ? (old?.nested ?? false) : body['type'] === 'nested'
  if (old !== undefined && old.nested !== nested)
    throw fail('mapping.nested_conflict', {
      field: name,
      from: old.nested ? 'nested' : 'non-nested',
      to: nested ? 'nested' : 'non-nested',
    })
  for (const parameter of Object.keys(body))
    if (
      ![
        'type',
        'properties',
        'dynamic',
        'enabled',
        'subobjects',
        ...(nested ? ['include_in_parent', 'include_in_root'] : []),
      ].includes(parameter) ||
      (parameter === 'subobjects' && body[parameter] !== true)
    )
      throw fail('mapping.unknown_parameter', { parameter, field: name, type: 'object' })
  const base: ObjectNode = old ?? { ...EMPTY_MAPPING.root, name }
  return {
    kind: 'object',
    name,
    dynamic: body['dynamic'] === undefined ? base.dynamic : readDynamic(body['dynamic']),
    enabled: body['enabled'] === undefined ? base.enabled : String(body['enabled']) !== 'false',
    nested,
    includeInParent: base.includeInParent || String(body['include_in_parent']) === 'true',
    includeInRoot: base.includeInRoot || String(body['include_in_root']) === 'true',
    children: mergeProperties(base, body['properties'], depth),
  }
}

function aliasNode(old: Node | undefined, name: string, body: ValueObject): AliasNode {
  if (old?.kind === 'leaf') throw fail('mapping.conflict', { field: name, from: old.type, to: 'alias' })
  for (const parameter of Object.keys(body))
    if (parameter !== 'type' && parameter !== 'path')
      throw fail('mapping.unknown_parameter', { parameter, field: name, type: 'alias' })
  if (typeof body['path'] !== 'string')
    throw fail('mapping.invalid', { reason: `The [path] property must be specified for field [${name}].` })
  return { kind: 'alias', name, path: body['path'] }
}

// They decide how values are kept or compared, so documents already stored would not fit a change.
const FIXED_PARAMETERS = [
  'index',
  'doc_values',
  'store',
  'analyzer',
  'format',
  'normalizer',
  'scaling_factor',
  'null_value',
  'index_options',
]

function makeLeaf(name: string, type: LeafType, body: ValueObject, old?: Leaf): Leaf {
  const parameters = newObject()
  if (old !== undefined) Object.assign(parameters, old.parameters)
  for (const parameter of Object.keys(body)) {
    if (parameter === 'type' || parameter === 'fields') continue
    if (!PARAMETERS[type].includes(parameter)) throw fail('mapping.unknown_parameter', { parameter, field: name, type })
    if (parameter === 'fielddata_frequency_filter' || (parameter === 'normalizer' && body[parameter] !== 'lowercase'))
      if (body[parameter] !== false)
        throw fail('mapping.invalid', { reason: `parameter [${parameter}] on field [${name}] is not supported` })
    // Scores are BM25's; another way to score would be kept and never used.
    if (parameter === 'similarity' && body[parameter] !== 'BM25' && body[parameter] !== null)
      throw fail('mapping.invalid', {
        reason: `similarity [${show(body[parameter])}] on field [${name}] is not supported; there is [BM25]`,
      })
    parameters[parameter] = cloneValue(body[parameter]!)
  }
  if (old !== undefined)
    for (const parameter of FIXED_PARAMETERS) {
      const [from, to] = [show(old.parameters[parameter]), show(parameters[parameter])]
      if (from !== to) throw fail('mapping.parameter_conflict', { field: name, parameter, from, to })
    }
  if (type === 'scaled_float' && !(Number(parameters['scaling_factor']) > 0))
    throw fail('mapping.invalid', { reason: `Field [scaling_factor] is required on field [${name}]` })
  if (type === 'token_count' && parameters['analyzer'] === undefined)
    throw fail('mapping.invalid', { reason: `Analyzer must be set for field [${name}] but wasn't.` })
  const limit = parameters['ignore_above']
  if (limit !== undefined && !/^\d+$/.test(String(limit)))
    throw fail('mapping.invalid', { reason: `[ignore_above] must be positive, got [${show(limit)}]` })
  const multiFields = new Map(old?.multiFields)
  const fields = body['fields']
  if (fields !== undefined && !isObject(fields))
    throw fail('mapping.invalid', {
      reason: `Expected map for property [fields] on field [${name}] but got a different type`,
    })
  if (fields !== undefined)
    for (const sub of Object.keys(fields))
      multiFields.set(sub, multiField(`${name}.${sub}`, fields[sub]!, multiFields.get(sub)))
  return {
    kind: 'leaf',
    name,
    type,
    column: columnKind(type),
    parameters,
    read: readerOf(type, parameters),
    copyTo: copyTargets(parameters['copy_to']),
    normalize: parameters['normalizer'] === 'lowercase' ? (text) => text.toLowerCase() : undefined,
    searchAnalyzer:
      isText(type) && parameters['search_analyzer'] !== undefined
        ? analyzerOf(name, String(parameters['search_analyzer']))
        : undefined,
    ignoreMalformed: String(parameters['ignore_malformed']) === 'true',
    nullValue: parameters['null_value'],
    indexed: String(parameters['index']) !== 'false',
    docValues: String(parameters['doc_values']) !== 'false' && !isText(type) && type !== 'rank_feature',
    analyzer: isText(type) ? analyzerOf(name, String(parameters['analyzer'] ?? 'standard')) : undefined,
    quoteAnalyzer:
      isText(type) && parameters['search_quote_analyzer'] !== undefined
        ? analyzerOf(name, String(parameters['search_quote_analyzer']))
        : undefined,
    positionGap: positionGap(name, parameters['position_increment_gap']),
    norms: String(parameters['norms']) !== 'false',
    indexOptions: indexOptions(name, parameters['index_options']),
    format:
      isDate(type) || type === 'date_range' ? dateFormat(String(parameters['format'] ?? DEFAULT_FORMAT)) : undefined,
    multiFields,
  }
}

function positionGap(name: string, value: Value | undefined): number {
  const gap = Number(value ?? 100)
  if (Number.isInteger(gap) && gap >= 0 && gap <= 2 ** 31 - 1) return gap
  throw fail('mapping.invalid', {
    reason: `[position_increment_gap] must be a positive integer on field [${name}], got [${show(value)}]`,
  })
}

function indexOptions(name: string, value: Value | undefined): IndexOptions {
  const text = String(value ?? 'positions')
  // Highlighting works from the source, with or without offsets.
  if (text === 'positions' || text === 'offsets') return 'positions'
  if (text === 'docs' || text === 'freqs') return text
  throw fail('mapping.invalid', {
    reason: `Unknown value [${text}] for field [index_options] on [${name}] - accepted values are [docs, freqs, positions, offsets]`,
  })
}

function copyTargets(value: Value | undefined): readonly string[] {
  if (value === undefined) return []
  return Array.isArray(value) ? value.map(String) : [String(value)]
}

function multiField(name: string, body: Value, old: Leaf | undefined): Leaf {
  if (!isObject(body))
    throw fail('mapping.invalid', { reason: `Illegal field [${name}], only fields can be specified inside fields` })
  const type = String(body['type'] ?? '')
  if (body['type'] === undefined) throw fail('mapping.invalid', { reason: `no type specified for property [${name}]` })
  if (!isLeafType(type) || body['fields'] !== undefined) throw fail('mapping.unknown_type', { type, field: name })
  if (old !== undefined && old.type !== type) throw fail('mapping.conflict', { field: name, from: old.type, to: type })
  return makeLeaf(name, type, body, old)
}

function show(value: Value | undefined): string {
  return value === undefined ? 'default' : typeof value === 'string' ? value : stringifyJson(value)
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

function propertiesJson(object: ObjectNode): ValueObject {
  const json = newObject()
  for (const name of [...object.children.keys()].sort()) json[name] = nodeJson(object.children.get(name)!)
  return json
}

function nodeJson(node: Node): ValueObject {
  const json = newObject()
  if (node.kind === 'alias') {
    json['type'] = 'alias'
    json['path'] = node.path
    return json
  }
  if (node.kind === 'object') {
    if (node.dynamic !== undefined) json['dynamic'] = node.dynamic
    if (!node.enabled) json['enabled'] = false
    if (node.nested) json['type'] = 'nested'
    if (node.includeInParent) json['include_in_parent'] = true
    if (node.includeInRoot) json['include_in_root'] = true
    if (node.children.size > 0) json['properties'] = propertiesJson(node)
    else json['type'] ??= 'object'
    return json
  }
  json['type'] = node.type
  for (const parameter of Object.keys(node.parameters)) json[parameter] = cloneValue(node.parameters[parameter]!)
  if (node.multiFields.size > 0) {
    const fields = newObject()
    for (const [name, sub] of node.multiFields) fields[name] = nodeJson(sub)
    json['fields'] = fields
  }
  return json
}
