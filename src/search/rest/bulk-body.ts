import { StringDecoder } from 'node:string_decoder'
import type { Readable } from 'node:stream'
import { fail } from '../../diagnostic/index.ts'
import { isObject, parseJson, type Value, type ValueObject } from '../../event/index.ts'
import type { BulkOperation } from '../store.ts'

const ACTIONS = ['index', 'create', 'update', 'delete'] as const
const METADATA = [
  '_index',
  '_id',
  '_type',
  'routing',
  'if_seq_no',
  'if_primary_term',
  'version',
  'version_type',
  'pipeline',
  'require_alias',
  'require_data_stream',
  'dynamic_templates',
  'list_executed_pipelines',
  '_source',
  'retry_on_conflict',
  'op_type',
]

/** An operation, and what of an updated document its answer shall show. */
export interface BulkRequestOperation extends BulkOperation {
  readonly sourceWanted?: Value | undefined
  /** The mapping type that the request names, as before Elasticsearch 8. */
  readonly type?: string | undefined
}

/** What the URL says for operations that say nothing themselves. */
interface BulkDefaults {
  readonly index?: string | undefined
  readonly type?: string | undefined
}

/**
 * Reads the NDJSON of a bulk as it arrives: an action line, and for all but `delete` a line with the document.
 * Nothing is applied until all of it was read: a body cut in half is refused whole, as Elasticsearch does.
 *
 * @throws DiagnosticError naming the line
 */
export async function readBulk(stream: Readable, defaults: BulkDefaults): Promise<BulkRequestOperation[]> {
  const reader = new BulkReader(defaults)
  // Decoding whole chunks is fast; the decoder keeps a character that a chunk cuts.
  const decoder = new StringDecoder('utf8')
  let rest = ''
  for await (const chunk of stream) {
    const text = rest + decoder.write(chunk as Buffer)
    let start = 0
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      reader.line(text.slice(start, end))
      start = end + 1
    }
    rest = text.slice(start)
  }
  rest += decoder.end()
  return reader.end(rest)
}

class BulkReader {
  private readonly operations: BulkRequestOperation[] = []
  private readonly defaults: BulkDefaults
  private lines = 0
  private pending: BulkRequestOperation | undefined
  private lastLine: string | undefined
  private lastOperation: BulkRequestOperation | undefined

  constructor(defaults: BulkDefaults) {
    this.defaults = defaults
  }

  line(text: string): void {
    this.lines++
    const line = text.endsWith('\r') ? text.slice(0, -1) : text
    if (this.pending !== undefined) {
      this.operations.push({ ...this.pending, source: line })
      this.pending = undefined
      return
    }
    if (line.trim() === '') return
    // Shippers repeat one action line for thousands of documents.
    const operation = line === this.lastLine ? this.lastOperation! : this.action(line)
    this.lastLine = line
    this.lastOperation = operation
    if (operation.action === 'delete') this.operations.push(operation)
    else this.pending = operation
  }

  end(rest: string): BulkRequestOperation[] {
    if (rest.trim() !== '')
      throw fail('rest.bulk', { reason: 'The bulk request must be terminated by a newline [\\n]' })
    if (this.pending !== undefined)
      throw fail('rest.bulk', {
        reason: `The bulk request ends after the action on line [${this.lines}], whose document is missing`,
      })
    if (this.operations.length === 0) throw fail('rest.validation', { reason: '1: no requests added;' })
    return this.operations
  }

  private action(line: string): BulkRequestOperation {
    let parsed: Value
    try {
      parsed = parseJson(line)
    } catch (error) {
      throw fail('rest.json', { reason: `Malformed action/metadata line [${this.lines}]: ${(error as Error).message}` })
    }
    const malformed = (expected: string): never => {
      throw fail('rest.bulk', { reason: `Malformed action/metadata line [${this.lines}], expected ${expected}` })
    }
    if (!isObject(parsed)) return malformed('START_OBJECT')
    const [name, ...others] = Object.keys(parsed)
    if (name === undefined) return malformed('FIELD_NAME but found [END_OBJECT]')
    if (others.length > 0) return malformed('END_OBJECT but found [FIELD_NAME]')
    const action = ACTIONS.find((known) => known === name)
    if (action === undefined) return malformed(`field [create], [delete], [index] or [update] but found [${name}]`)
    const metadata = parsed[name]!
    if (!isObject(metadata)) return malformed(`START_OBJECT for [${name}]`)
    return this.operation(action, metadata)
  }

  private operation(action: BulkOperation['action'], metadata: ValueObject): BulkRequestOperation {
    for (const key in metadata)
      if (!METADATA.includes(key))
        throw fail('rest.bulk', {
          reason: `Action/metadata line [${this.lines}] contains an unknown parameter [${key}]`,
        })
    const text = (...names: string[]): string | undefined => {
      for (const name of names) {
        const value = metadata[name]
        if (value !== undefined && value !== null) return String(value)
      }
      return undefined
    }
    const number = (...names: string[]): number | undefined => {
      const value = text(...names)
      if (value === undefined) return undefined
      if (!/^-?\d{1,15}$/.test(value))
        throw fail('rest.bulk', { reason: `[${names[0]}] on line [${this.lines}] must be a number, got [${value}]` })
      return Number(value)
    }
    const flagged = (name: string): boolean | undefined => {
      const value = metadata[name]
      return value === undefined || value === null ? undefined : String(value) === 'true'
    }
    if (isObject(metadata['dynamic_templates']) && Object.keys(metadata['dynamic_templates']).length > 0)
      throw fail('rest.bulk', { reason: `[dynamic_templates] on line [${this.lines}] is not supported` })
    if (flagged('list_executed_pipelines') === true)
      throw fail('rest.bulk', { reason: `[list_executed_pipelines] on line [${this.lines}] is not supported` })
    const opType = text('op_type') ?? 'index'
    if (opType !== 'index' && opType !== 'create')
      throw fail('rest.bulk', { reason: `opType must be 'create' or 'index', found: [${opType}]` })
    const index = text('_index') ?? this.defaults.index
    if (index === undefined || index === '')
      throw fail('rest.validation', { reason: `${this.operations.length + 1}: index is missing;` })
    const id = text('_id')
    if (id === undefined && (action === 'update' || action === 'delete'))
      throw fail('rest.validation', { reason: `${this.operations.length + 1}: id is missing;` })
    const versionType = text('version_type')
    return {
      action: action === 'index' ? opType : action,
      index,
      id,
      routing: text('routing'),
      ifSeqNo: number('if_seq_no'),
      ifPrimaryTerm: number('if_primary_term'),
      version: number('version'),
      versionType: versionTypeOf(versionType),
      requireAlias: flagged('require_alias'),
      requireDataStream: flagged('require_data_stream'),
      pipeline: text('pipeline'),
      sourceWanted: metadata['_source'],
      type: text('_type') ?? this.defaults.type,
    }
  }
}

/** `version_type` of a request. */
export function versionTypeOf(text: string | undefined): BulkOperation['versionType'] {
  switch (text) {
    case undefined:
      return undefined
    case 'internal':
    case 'external':
      return text
    case 'external_gt':
      return 'external'
    case 'external_gte':
      return text
    default:
      throw fail('rest.bulk', { reason: `No version type match [${text}]` })
  }
}
