/** The nodes of a mapping: objects, fields and aliases, merged with what a mapping body says of them. */
import { cloneValue, isObject, newObject, type Value, type ValueObject } from '../../event/index.ts'
import { fail } from '../../diagnostic/index.ts'
import { isLeafType } from './field-types.ts'
import { makeLeaf, type Leaf } from './leaf.ts'
import { MOST_DEPTH } from './mapping-limits.ts'

export type Dynamic = 'true' | 'false' | 'strict'

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

export const EMPTY_OBJECT: ObjectNode = {
  kind: 'object',
  name: '',
  dynamic: undefined,
  enabled: true,
  nested: false,
  includeInParent: false,
  includeInRoot: false,
  children: new Map(),
}

export function readDynamic(value: Value): Dynamic {
  const text = String(value)
  if (text === 'true' || text === 'false' || text === 'strict') return text
  throw fail('mapping.invalid', {
    reason: `'dynamic' must be true, false or strict, got '${text}'`,
  })
}

export function mergeProperties(
  object: ObjectNode,
  properties: Value | undefined,
  depth: number,
): ReadonlyMap<string, Node> {
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
  const base: ObjectNode = old ?? { ...EMPTY_OBJECT, name }
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

export function propertiesJson(object: ObjectNode): ValueObject {
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
