import { isObject, newObject, parseJson, stringifyJson, type Event } from '../../../../event/index.ts'
import type { BulkOperation } from '../../../../search/index.ts'
import type { EcsCompatibility } from '../../define.ts'
import { template } from '../template.ts'
import { dataStreamOf, writesDataStream } from './data-stream.ts'
import { joiner } from './join.ts'
import type { ElasticsearchOptions } from './options.ts'

/** An operation with what only a cluster understands. */
export interface ClusterOperation extends BulkOperation {
  readonly pipeline?: string | undefined
  readonly retryOnConflict?: number | undefined
}

/** An operation, and the event it is for. */
export interface Submission {
  readonly event: Event
  readonly operation: ClusterOperation
}

export type Planned = { readonly operation: ClusterOperation } | { readonly refused: string }

const ACTIONS: readonly string[] = ['index', 'create', 'update', 'delete']

/** Compiles the options once to a function from an event to its operation, which encodes the event once. */
export function planner(options: ElasticsearchOptions, ecs: EcsCompatibility): (event: Event) => Planned {
  return writesDataStream(options, ecs) ? streamPlanner(options) : indexPlanner(options, ecs)
}

/** Documents of a data stream are only ever created. */
function streamPlanner(options: ElasticsearchOptions): (event: Event) => Planned {
  const place = dataStreamOf(options)
  const routing = optional('routing', options.routing)
  const pipeline = optional('pipeline', options.pipeline)
  return (event) => {
    const { index, source } = place(event)
    const wish = wishesOf(event)
    return {
      operation: {
        action: 'create',
        index: wish('index') ?? index,
        id: wish('id'),
        routing: routing?.(event) ?? wish('routing'),
        pipeline: nonEmpty(pipeline?.(event) ?? wish('pipeline')),
        version: undefined,
        versionType: undefined,
        source,
        retryOnConflict: undefined,
      },
    }
  }
}

function indexPlanner(options: ElasticsearchOptions, ecs: EcsCompatibility): (event: Event) => Planned {
  const indexTemplate =
    options.index ?? (ecs === 'disabled' ? 'logstash-%{+yyyy.MM.dd}' : 'ecs-logstash-%{+yyyy.MM.dd}')
  const index = text('index', indexTemplate)
  const action = text('action', options.action)
  const id = optional('document_id', nonEmpty(options.document_id))
  const routing = optional('routing', options.routing)
  const pipeline = optional('pipeline', options.pipeline)
  const version = optional('version', options.version)
  const upsert = options.upsert === '' ? undefined : text('upsert', options.upsert)
  const versionType = versionTypeOf(options.version_type)
  const join = joiner(options)
  const checkIndex = options.dlq_on_failed_indexname_interpolation && indexTemplate.includes('%{')

  return (given) => {
    const { event, parent } = join(given)
    const wish = wishesOf(event)
    const name = (options.index === undefined ? wish('index') : undefined) ?? index(event)
    if (checkIndex && name.includes('%{'))
      return { refused: `the index name '${name}' has a reference the event lacks` }
    const kind = action(event)
    if (!ACTIONS.includes(kind)) return { refused: `'${kind}' is not an action of Elasticsearch` }
    const documentId = id === undefined ? wish('id') : id(event)
    const versionText = version === undefined ? wish('version') : version(event)
    const documentVersion = versionText === undefined ? undefined : Number(versionText)
    if (documentVersion !== undefined && !Number.isSafeInteger(documentVersion))
      return { refused: `the version '${versionText}' is not an integer` }
    const changes = kind === 'delete' || kind === 'update'
    if (changes && (documentId === undefined || documentId === ''))
      return { refused: `action '${kind}' needs a document_id` }
    const source =
      kind === 'delete' ? undefined : kind === 'update' ? updateBody(event, options, upsert) : event.toJson()
    if (kind !== 'delete' && source === undefined) return { refused: "'upsert' is not a JSON object" }
    // One literal, so that all operations have one shape.
    const operation: ClusterOperation = {
      action: kind as BulkOperation['action'],
      index: name,
      id: documentId,
      routing: parent ?? routing?.(event) ?? wish('routing'),
      pipeline: nonEmpty(pipeline?.(event) ?? wish('pipeline')),
      version: documentVersion,
      versionType: versionType ?? versionTypeOf(wish('version_type')),
      source,
      retryOnConflict: kind === 'update' ? options.retry_on_conflict : undefined,
    }
    return { operation }
  }
}

const NO_WISH = (): undefined => undefined

/** What `[@metadata][_ingest_document]` says of its document, where the options say nothing: an ingest pipeline was run before. */
function wishesOf({ metadata }: Event): (name: string) => string | undefined {
  const wishes = metadata['_ingest_document'] ?? null
  if (!isObject(wishes)) return NO_WISH
  return (name) => {
    const wish = wishes[name]
    return typeof wish === 'string' || typeof wish === 'number' ? nonEmpty(String(wish)) : undefined
  }
}

function versionTypeOf(name: string | undefined): BulkOperation['versionType'] {
  if (name === 'external' || name === 'external_gt') return 'external'
  return name === 'internal' || name === 'external_gte' ? name : undefined
}

function updateBody(
  event: Event,
  options: ElasticsearchOptions,
  upsert: ((event: Event) => string) | undefined,
): string | undefined {
  const body = newObject()
  const document = upsert === undefined ? undefined : parseUpsert(upsert(event))
  if (upsert !== undefined && document === undefined) return undefined
  if (options.script === '') {
    const parts = [`"doc":${event.toJson()}`]
    if (options.doc_as_upsert) parts.push('"doc_as_upsert":true')
    else if (document !== undefined) parts.push(`"upsert":${document}`)
    return `{${parts.join(',')}}`
  }
  const script = newObject()
  script[options.script_type === 'indexed' ? 'id' : 'source'] = options.script
  if (options.script_type !== 'indexed') script['lang'] = options.script_lang
  const params = newObject()
  params[options.script_var_name] = event.data
  script['params'] = params
  body['script'] = script
  if (options.scripted_upsert) body['scripted_upsert'] = true
  const text = stringifyJson(body)
  const fallback = options.scripted_upsert ? (document ?? '{}') : (document ?? event.toJson())
  return `${text.slice(0, -1)},"upsert":${fallback}}`
}

function parseUpsert(json: string): string | undefined {
  try {
    const value = parseJson(json)
    return isObject(value) ? stringifyJson(value) : undefined
  } catch {
    return undefined
  }
}

/** A constant needs no look at the event. */
function text(option: string, value: string): (event: Event) => string {
  return value.includes('%{') ? template(option, value) : () => value
}

function optional(option: string, value: string | undefined): ((event: Event) => string) | undefined {
  return value === undefined ? undefined : text(option, value)
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === '' ? undefined : value
}
