import { cloneValue, isObject, newObject, type Value, type ValueObject } from '../event/index.ts'
import { DiagnosticError, fail } from '../diagnostic/index.ts'
import { shippedPatterns } from '../pipeline/grok/index.ts'
import { passThrough, type RestRequest, type Router, type Store } from '../search/index.ts'
import { IngestDocument } from './document.ts'
import type { IngestPipeline, StepResult } from './pipeline.ts'
import type { IngestPipelines } from './pipelines.ts'

const TIMEOUTS = ['master_timeout', 'timeout'] as const
const ACKNOWLEDGED = { acknowledged: true }

/** `_ingest/pipeline`: made, shown, tried and removed. */
export function registerIngestRoutes(outer: Router, store: Store, pipelines: IngestPipelines): void {
  const router = passThrough(outer, store)
  router.route({
    method: 'PUT',
    path: '/_ingest/pipeline/:id',
    parameters: [...TIMEOUTS, 'if_version'],
    async handle(request) {
      const { id } = request.params as { id: string }
      const body = bodyOf(request)
      await pipelines.load()
      const wanted = request.query.get('if_version')
      if (wanted !== undefined) await checkVersion(store, id, Number(wanted), body)
      pipelines.compile(id, body)
      await store.putResource('ingest_pipeline', id, body)
      pipelines.changed()
      return { body: ACKNOWLEDGED }
    },
  })
  for (const path of ['/_ingest/pipeline', '/_ingest/pipeline/:id'])
    router.route({
      method: 'GET',
      path,
      parameters: ['master_timeout', 'summary'],
      async handle(request) {
        const { id } = request.params
        const found = await store.getResources('ingest_pipeline', id)
        if (Object.keys(found).length === 0 && id !== undefined && !id.includes('*')) return { status: 404, body: {} }
        const summary = request.query.get('summary') === 'true' || request.query.get('summary') === ''
        return { body: summary ? Object.fromEntries(Object.keys(found).map((name) => [name, {}])) : found }
      },
    })
  router.route({
    method: 'DELETE',
    path: '/_ingest/pipeline/:id',
    parameters: TIMEOUTS,
    async handle(request) {
      const { id } = request.params as { id: string }
      if (!(await store.deleteResource('ingest_pipeline', id)) && !id.includes('*'))
        throw fail('ingest.missing', { id })
      pipelines.changed()
      return { body: ACKNOWLEDGED }
    },
  })
  for (const path of ['/_ingest/pipeline/_simulate', '/_ingest/pipeline/:id/_simulate'])
    router.route({
      method: ['GET', 'POST'],
      path,
      parameters: ['verbose'],
      handle: async (request) => ({ body: await simulate(request, pipelines) }),
    })
  router.route({
    method: 'GET',
    path: '/_ingest/processor/grok',
    parameters: ['s', 'ecs_compatibility'],
    handle(request) {
      const ecs = request.query.get('ecs_compatibility') ?? 'disabled'
      if (ecs !== 'disabled' && ecs !== 'v1')
        throw fail('ingest.failed', { reason: `unsupported ECS compatibility mode [${ecs}]` })
      const patterns = [...shippedPatterns(ecs === 'v1' ? 'ecs-v1' : 'legacy')]
      const sorted = request.query.get('s') === 'true' ? patterns.sort(([a], [b]) => (a < b ? -1 : 1)) : patterns
      return { body: { patterns: Object.fromEntries(sorted) } }
    },
  })
}

function bodyOf(request: RestRequest): ValueObject {
  const body = request.json()
  if (!isObject(body)) throw fail('rest.body_missing')
  return body
}

async function checkVersion(store: Store, id: string, wanted: number, body: ValueObject): Promise<void> {
  const existing = (await store.getResources('ingest_pipeline', id))[id]
  const version = isObject(existing) ? Number(existing['version'] ?? Number.NaN) : Number.NaN
  if (version !== wanted)
    throw fail('ingest.failed', {
      reason: isObject(existing)
        ? `version conflict, required version [${wanted}] for pipeline [${id}] but current version is [${String(existing['version'] ?? 'null')}]`
        : `version conflict, required version [${wanted}] for pipeline [${id}] but no pipeline was found`,
    })
  body['version'] ??= wanted + 1
}

async function simulate(request: RestRequest, pipelines: IngestPipelines): Promise<object> {
  const body = bodyOf(request)
  await pipelines.load()
  const { id } = request.params
  const verbose = request.query.get('verbose') === 'true' || request.query.get('verbose') === ''
  let pipeline: IngestPipeline
  if (id !== undefined) pipeline = pipelines.get(id)
  else {
    if (!isObject(body['pipeline'])) throw fail('ingest.parse', { reason: '[pipeline] required property is missing' })
    pipeline = pipelines.compile('_simulate_pipeline', body['pipeline'])
  }
  const docs = body['docs']
  if (!Array.isArray(docs)) throw fail('ingest.parse', { reason: '[docs] required property is missing' })
  if (docs.length === 0) throw fail('ingest.failed', { reason: 'must specify at least one document in [docs]' })
  return { docs: docs.map((given) => simulateOne(documentOf(given, pipelines), pipeline, verbose)) }
}

const DOC_KEYS = ['_index', '_id', '_routing', '_version', '_version_type', '_if_seq_no', '_if_primary_term']

function documentOf(given: Value, pipelines: IngestPipelines): IngestDocument {
  if (!isObject(given))
    throw fail('ingest.failed', { reason: 'malformed [docs] section, should include an inner object' })
  const source = given['_source']
  if (!isObject(source)) throw fail('ingest.parse', { reason: '[_source] required property is missing' })
  const metadata = newObject()
  metadata['_index'] = '_index'
  metadata['_id'] = '_id'
  metadata['_version'] = -3
  for (const key of Object.keys(given)) {
    if (key === '_source') continue
    if (!DOC_KEYS.includes(key))
      throw fail('ingest.parse', {
        reason: `[docs] unknown metadata field [${key}], expected one of [${DOC_KEYS.join(', ')}]`,
      })
    metadata[key] = given[key]!
  }
  return new IngestDocument(cloneValue(source) as ValueObject, metadata, pipelines.timestamp())
}

function simulateOne(document: IngestDocument, pipeline: IngestPipeline, verbose: boolean): object | null {
  if (!verbose) {
    try {
      pipeline.run(document)
    } catch (error) {
      return { error: errorJson(error) }
    }
    return document.dropped ? null : { doc: documentJson(document) }
  }
  const results: object[] = []
  try {
    pipeline.trace(document, (result) => results.push(stepJson(result)))
  } catch (error) {
    // It is with the processor that failed.
    if (!(error instanceof DiagnosticError)) throw error
  }
  return { processor_results: results }
}

function stepJson({ type, tag, description, status, condition, error, document }: StepResult): object {
  return {
    processor_type: type,
    status,
    ...(description === undefined ? {} : { description }),
    ...(tag === undefined ? {} : { tag }),
    ...(condition === undefined ? {} : { if: condition }),
    ...(error === undefined
      ? {}
      : status === 'error_ignored'
        ? { ignored_error: { error: errorJson(error) } }
        : { error: errorJson(error) }),
    ...(document === undefined ? {} : { doc: documentJson(document) }),
  }
}

function documentJson(document: IngestDocument): object {
  const metadata = document.metadata()
  const version = metadata['_version']
  return {
    ...metadata,
    ...(version === undefined ? {} : { _version: String(version) }),
    _source: document.source(),
    _ingest: document.ingest,
  }
}

function errorJson(error: unknown): object {
  if (!(error instanceof DiagnosticError)) throw error
  const cause = { type: error.http.type, reason: error.diagnostics[0]!.message }
  return { root_cause: [cause], ...cause }
}
