/** Fields that have values: their parameters, checked, and what follows from them. */
import { cloneValue, isObject, newObject, stringifyJson, type Value, type ValueObject } from '../../event/index.ts'
import { fail } from '../../diagnostic/index.ts'
import { analyzerOf, type Analyzer } from './analysis.ts'
import { dateFormat, DEFAULT_FORMAT, type DateFormat } from './date-format.ts'
import {
  columnKind,
  isDate,
  isLeafType,
  isText,
  PARAMETERS,
  readerOf,
  type ColumnKind,
  type LeafType,
  type Parameters,
  type Reader,
} from './field-types.ts'
import type { Computed } from './runtime-field.ts'

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

/** A field as it would be mapped by its type alone. */
export function plainLeaf(name: string, type: LeafType): Leaf {
  return makeLeaf(name, type, newObject())
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

export function makeLeaf(name: string, type: LeafType, body: ValueObject, old?: Leaf): Leaf {
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
