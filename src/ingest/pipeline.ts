/** Ingest pipelines: read once, run for each document. */
import { isObject, newObject, type Value, type ValueObject } from '../event/index.ts'
import { didYouMean, DiagnosticError, fail, refusalOf } from '../diagnostic/index.ts'
import type { IngestDocument } from './document.ts'
import { Config, type Run, type Runnable, type Surroundings } from './processor.ts'
import { PROCESSORS, REFUSED } from './processors/index.ts'
import { ingestScript } from './script.ts'

const KEYS = ['description', 'version', '_meta', 'processors', 'on_failure', 'deprecated', 'field_access_pattern']

/** How one processor of a pipeline ended, for `verbose`. */
export interface StepResult {
  readonly type: string
  readonly tag: string | undefined
  readonly description: string | undefined
  readonly status: 'success' | 'error' | 'error_ignored' | 'skipped' | 'dropped'
  readonly condition: { readonly condition: string; readonly result: boolean } | undefined
  readonly error: unknown
  readonly document: IngestDocument | undefined
}

export interface IngestPipeline extends Runnable {
  readonly id: string
  /** Runs and tells of each processor. @throws what makes the pipeline fail */
  trace(document: IngestDocument, tell: (result: StepResult) => void): void
}

/** @throws parse_exception for what is no pipeline, or names what is not supported */
export function compilePipeline(id: string, body: ValueObject, surroundings: Surroundings): IngestPipeline {
  for (const key of Object.keys(body))
    if (!KEYS.includes(key))
      throw fail('ingest.parse', {
        reason: `pipeline [${id}] doesn't support one or more provided configuration parameters [${key}]`,
      })
  if (body['field_access_pattern'] !== undefined && body['field_access_pattern'] !== 'classic')
    throw fail('ingest.parse', { reason: '[field_access_pattern] must be classic' })
  if (!Array.isArray(body['processors']))
    throw fail('ingest.parse', { reason: '[processors] required property is missing' })
  const within = inner(surroundings)
  const processors = body['processors'].map((config, i) => compileProcessor(config, within, `processors[${i}]`))
  const failing = body['on_failure'] === undefined ? undefined : handlers(body['on_failure'], within, 'on_failure')
  const trace = (document: IngestDocument, tell: ((result: StepResult) => void) | undefined): void => {
    const outer = document.ingest['pipeline']
    document.ingest['pipeline'] = id
    try {
      runAll(processors, document, tell)
    } catch (error) {
      if (failing === undefined) throw error
      handle(failing, document, error, tell)
    } finally {
      document.terminated = false
      if (outer === undefined) delete document.ingest['pipeline']
      else document.ingest['pipeline'] = outer
    }
  }
  return { id, run: (document) => trace(document, undefined), trace }
}

/** Processors within processors are read like those of a pipeline. */
function inner(surroundings: Surroundings): Surroundings {
  const within: Surroundings = {
    ...surroundings,
    processor(config, where) {
      const processor = compileProcessor(config, within, where)
      return { run: (document) => processor.run(document, undefined) }
    },
  }
  return within
}

interface Processor {
  run(document: IngestDocument, tell: ((result: StepResult) => void) | undefined): void
}

function handlers(value: Value, surroundings: Surroundings, where: string): Processor[] {
  if (!Array.isArray(value)) throw fail('ingest.parse', { reason: `[on_failure] property isn't a list` })
  if (value.length === 0) throw fail('ingest.parse', { reason: '[on_failure] processors list cannot be empty' })
  return value.map((config, i) => compileProcessor(config, surroundings, `${where}[${i}]`))
}

function runAll(
  processors: readonly Processor[],
  document: IngestDocument,
  tell: ((result: StepResult) => void) | undefined,
): void {
  for (const processor of processors) {
    if (document.dropped || document.terminated || document.rerouted) return
    processor.run(document, tell)
  }
}

/** Runs what a failure is answered with, with the failure in `_ingest`. */
function handle(
  failing: readonly Processor[],
  document: IngestDocument,
  error: unknown,
  tell: ((result: StepResult) => void) | undefined,
): void {
  const failure = failureOf(error)
  const { ingest } = document
  ingest['on_failure_message'] = failure.message
  if (failure.type !== undefined) ingest['on_failure_processor_type'] = failure.type
  if (failure.tag !== undefined) ingest['on_failure_processor_tag'] = failure.tag
  if (ingest['pipeline'] !== undefined) ingest['on_failure_pipeline'] = ingest['pipeline']
  try {
    runAll(failing, document, tell)
  } finally {
    for (const key of Object.keys(ingest)) if (key.startsWith('on_failure_')) delete ingest[key]
  }
}

/** Which processor an error comes from, kept beside the error itself. */
const origins = new WeakMap<object, { type: string; tag: string | undefined }>()

function failureOf(error: unknown): { message: string; type: string | undefined; tag: string | undefined } {
  const message = error instanceof DiagnosticError ? error.diagnostics[0]!.message : String((error as Error).message)
  const origin = typeof error === 'object' && error !== null ? origins.get(error) : undefined
  return { message, type: origin?.type, tag: origin?.tag }
}

/** Whatever a processor could not cope with fails its document alone, never the bulk around it. */
function documentFailure(error: unknown): DiagnosticError {
  return refusalOf(error) ?? fail('ingest.failed', { reason: String((error as Error).message).slice(0, 500) })
}

function compileProcessor(config: Value, surroundings: Surroundings, where: string): Processor {
  if (!isObject(config)) throw fail('ingest.parse', { reason: `[${where}] must be an object with one processor` })
  const [type = '', ...others] = Object.keys(config)
  if (others.length > 0 || type === '')
    throw fail('ingest.parse', { reason: `[${where}] must name one processor, got [${[type, ...others].join(', ')}]` })
  const spec = PROCESSORS.get(type)
  if (spec === undefined) {
    const refused = REFUSED.get(type)
    if (refused !== undefined)
      throw fail('ingest.unsupported', { reason: `processor [${type}] is not supported: ${refused}` })
    const near = didYouMean(type, [...PROCESSORS.keys()])
    throw fail('ingest.parse', {
      reason: `No processor type exists with name [${type}]${near === undefined ? '' : `, did you mean [${near}]?`}`,
    })
  }
  const given = config[type]
  const options = new Config(type, isObject(given) ? given : newObject())
  const tag = options.text('tag', undefined)
  const description = options.text('description', undefined)
  const ignoreFailure = options.flag('ignore_failure', false)
  const condition = conditionOf(options.value('if'), surroundings)
  const failure = options.value('on_failure')
  const failing = failure === undefined ? undefined : handlers(failure, surroundings, `${where}.on_failure`)
  const work: Run = spec.create(options, surroundings)
  options.end()
  return {
    run(document, tell) {
      const say = (
        status: StepResult['status'],
        judged: StepResult['condition'],
        error?: unknown,
        shown: IngestDocument | undefined = document,
      ): void => tell?.({ type, tag, description, status, condition: judged, error, document: shown?.copy() })
      let judged: StepResult['condition']
      try {
        if (condition !== undefined) {
          const result = condition.holds(document)
          judged = { condition: condition.source, result }
          if (!result) return say('skipped', judged, undefined, undefined)
        }
        work(document)
        say(document.dropped ? 'dropped' : 'success', judged, undefined, document.dropped ? undefined : document)
      } catch (caught) {
        const error = documentFailure(caught)
        if (!origins.has(error)) origins.set(error, { type, tag })
        if (ignoreFailure) return say('error_ignored', judged, error)
        say('error', judged, error, undefined)
        if (failing === undefined) throw error
        handle(failing, document, error, tell)
      }
    },
  }
}

interface Condition {
  readonly source: string
  holds(document: IngestDocument): boolean
}

function conditionOf(value: Value | undefined, surroundings: Surroundings): Condition | undefined {
  if (value === undefined) return undefined
  const { script, source, params } = ingestScript(value, surroundings)
  return {
    source,
    holds(document) {
      const result = script.run({ ctx: document.model(), params })
      return result === true
    },
  }
}
