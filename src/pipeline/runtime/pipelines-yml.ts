import { isMap, isScalar, isSeq, parseDocument, type Node, type YAMLMap } from 'yaml'
import { diagnose, DiagnosticError, fail, type Diagnostic, type Source, type Span } from '../../diagnostic/index.ts'
import { option, RawHash, type as types, type OptionsOf, type Raw } from '../../settings/index.ts'
import { checkOptions, fillVariables, type GivenOption, type VariableLookup } from '../language/index.ts'
import { readSources, readText } from './config-files.ts'
import type { PipelineDefinition } from './load.ts'
import { queueOf, type QueueSettings } from './queue-settings.ts'

const CHECKPOINTS = 'every batch is on disk before it is acknowledged, and what is done is written down each second'
const PROCESS = 'it holds for the whole process: see vedetta.yml'
const LETTERS = 'each is written at once, below path.data/dead_letters'
const TUNING = 'batches are shaped one after the other and written several at a time'

/** The settings of one pipeline in pipelines.yml, by Logstash's names. */
export const PIPELINE_OPTIONS = {
  'pipeline.id': option(types.string, { describe: 'Name of the pipeline.', default: 'main' }),
  'path.config': option(types.list(types.string), {
    describe: 'Files, folders or globs; relative ones begin at the folder of pipelines.yml.',
    default: [],
  }),
  'config.string': option(types.string, { describe: 'The configuration itself.' }),
  'config.support_escapes': option(types.boolean, {
    describe: 'Whether `\\n`, `\\t`, `\\"` and so on mean something in quoted strings.',
    default: false,
  }),
  'pipeline.ecs_compatibility': option(types.oneOf('disabled', 'v1', 'v8'), {
    describe: 'Whose field names its plugins use.',
  }),
  'pipeline.batch.size': option(types.number({ integer: true, min: 1 }), {
    describe: 'Events a batch holds at most; never more than 500.',
  }),
  'queue.type': option(types.oneOf('memory', 'persisted'), {
    describe:
      'Where events wait: in memory, or on disk too, so that a crash loses none; as the settings say where it is absent.',
  }),
  'queue.max_bytes': option(types.bytes, { describe: 'Size of the queue on disk at which inputs wait.' }),
  'queue.page_capacity': option(types.bytes, {
    describe: 'Size of one file of the queue; it is deleted when all in it is done.',
  }),
  'queue.drain': option(types.boolean, { describe: 'Whether a stop waits until the queue on disk is empty.' }),
  'queue.max_events': option(types.number({ integer: true, min: 0, max: 0 }), {
    describe: 'Only 0, no limit: `queue.max_bytes` limits the queue.',
  }),
  'queue.checkpoint.acks': option(types.raw, { describe: 'Events between checkpoints.', ignored: CHECKPOINTS }),
  'queue.checkpoint.writes': option(types.raw, { describe: 'Writes between checkpoints.', ignored: CHECKPOINTS }),
  'queue.checkpoint.interval': option(types.raw, { describe: 'Time between checkpoints.', ignored: CHECKPOINTS }),
  'queue.checkpoint.retry': option(types.raw, { describe: 'Retry of checkpoints.', ignored: CHECKPOINTS }),
  'pipeline.workers': option(types.raw, { describe: 'Number of workers.', ignored: TUNING }),
  'pipeline.batch.delay': option(types.raw, {
    describe: 'Time to wait for a batch.',
    ignored: 'no batch is waited for',
  }),
  'pipeline.ordered': option(types.raw, { describe: 'Keep the order.', ignored: 'events always keep their order' }),
  'pipeline.java_execution': option(types.raw, { describe: 'Engine to use.', ignored: 'there is one engine' }),
  'pipeline.plugin_classloaders': option(types.raw, {
    describe: 'Java class loaders.',
    ignored: 'there is no Java here',
  }),
  'pipeline.reloadable': option(types.boolean, { describe: 'Whether a reload may change it.', default: true }),
  'pipeline.unsafe_shutdown': option(types.raw, {
    describe: 'Stop with events on their way.',
    ignored: 'a stop drains for 30 s at most',
  }),
  'dead_letter_queue.enable': option(types.raw, {
    describe: 'Keep events that their destination refused.',
    ignored: 'they are always kept, below path.data/dead_letters',
  }),
  'path.dead_letter_queue': option(types.raw, { describe: 'Where they are kept.', ignored: LETTERS }),
  'dead_letter_queue.max_bytes': option(types.bytes, {
    describe: 'Size of its dead letters at which some are given up.',
  }),
  'dead_letter_queue.storage_policy': option(types.oneOf('drop_newer', 'drop_older'), {
    describe: 'Which are given up then: those that come, or the oldest.',
  }),
  'dead_letter_queue.retain.age': option(types.duration, { describe: 'How long dead letters are kept.' }),
  'dead_letter_queue.flush_interval': option(types.raw, { describe: 'When they are written.', ignored: LETTERS }),
  'dead_letter_queue.flush_check_interval': option(types.raw, {
    describe: 'When that is looked at.',
    ignored: LETTERS,
  }),
  'path.queue': option(types.raw, {
    describe: 'Where the queue on disk is.',
    ignored: 'it is below path.data/queue',
  }),
  'queue.compression': option(types.raw, {
    describe: 'Compression of the queue on disk.',
    ignored: 'it is not compressed',
  }),
  'metric.collect': option(types.raw, { describe: 'Count what plugins do.', ignored: 'it is always counted' }),
  'pipeline.batch.metrics.sampling_mode': option(types.raw, {
    describe: 'Measure batches.',
    ignored: 'what plugins do is always counted',
  }),
  'pipeline.system': option(types.raw, { describe: 'One of Logstash itself.', ignored: 'all pipelines are yours' }),
  'config.debug': option(types.raw, { describe: 'Log the configuration.', ignored: PROCESS }),
  'config.reload.automatic': option(types.raw, { describe: 'Take up changes.', ignored: PROCESS }),
  'config.reload.interval': option(types.raw, { describe: 'When it is looked for them.', ignored: PROCESS }),
} as const

/**
 * Reads pipelines.yml: a list of pipelines, each a map of Logstash's settings; `queue` serves where one says nothing of its own.
 * @throws DiagnosticError with every problem of the file, each with its place.
 */
export function readPipelinesYml(
  path: string,
  folder: string,
  lookUp: VariableLookup,
  queue: QueueSettings,
): PipelineDefinition[] {
  const source: Source = { name: path, text: readText(path) }
  const problems: Diagnostic[] = []
  const document = parseDocument(source.text, { prettyErrors: false, uniqueKeys: true })
  for (const { message, pos } of document.errors)
    problems.push(invalid(message.split('\n')[0]!, { source, start: pos[0], end: pos[1] }))
  if (problems.length > 0) throw new DiagnosticError(problems)
  const { contents } = document
  if (!isSeq(contents) || contents.items.length === 0)
    throw new DiagnosticError(invalid('it must be a list of pipelines', { source, start: 0, end: 1 }))

  const ids = new Set<string>()
  const definitions: PipelineDefinition[] = []
  for (const item of contents.items) {
    const span = spanOf(item as Node, source)
    if (!isMap(item)) {
      problems.push(invalid("a pipeline must be a map with 'path.config' or 'config.string'", span))
      continue
    }
    const found: Diagnostic[] = []
    const given = givenOptions(item, source, lookUp, found)
    const options = checkOptions('pipelines.yml', PIPELINE_OPTIONS, given, span, found) as OptionsOf<
      typeof PIPELINE_OPTIONS
    >
    const id = options['pipeline.id']
    if (ids.has(id)) found.push(invalid(`pipeline.id '${id}' is given twice`, span))
    ids.add(id)
    const text = options['config.string']
    const paths = options['path.config']
    if ((text === undefined) === (paths.length === 0))
      found.push(invalid(`pipeline '${id}' must have either 'path.config' or 'config.string'`, span))
    const sources: Source[] = text === undefined ? [] : [{ name: `${path} (${id})`, text }]
    const valueSpan = given.find(({ name }) => name === 'path.config')?.valueSpan ?? span
    for (const pattern of paths) {
      try {
        sources.push(...readSources(pattern, folder, valueSpan))
      } catch (error) {
        if (!(error instanceof DiagnosticError)) throw error
        found.push(...error.diagnostics)
      }
    }
    problems.push(...found.filter(({ severity }) => severity === 'error'))
    const ecs = options['pipeline.ecs_compatibility']
    const batchSize = options['pipeline.batch.size']
    definitions.push({
      id,
      sources,
      supportEscapes: options['config.support_escapes'],
      notices: found.filter(({ severity }) => severity !== 'error'),
      ...(ecs === undefined ? {} : { ecs }),
      ...(batchSize === undefined ? {} : { batchSize }),
      ...queueOf({
        type: options['queue.type'] ?? queue.type,
        maxBytes: options['queue.max_bytes'] ?? queue.maxBytes,
        pageBytes: options['queue.page_capacity'] ?? queue.pageBytes,
        drain: options['queue.drain'] ?? queue.drain,
        letters: {
          maxBytes: options['dead_letter_queue.max_bytes'] ?? queue.letters.maxBytes,
          policy: options['dead_letter_queue.storage_policy'] ?? queue.letters.policy,
          retainMillis: options['dead_letter_queue.retain.age'] ?? queue.letters.retainMillis,
        },
      }),
      ...(options['pipeline.reloadable'] ? {} : { reloadable: false }),
    })
  }
  if (problems.length > 0) throw new DiagnosticError(problems)
  return definitions
}

function givenOptions(map: YAMLMap, source: Source, lookUp: VariableLookup, problems: Diagnostic[]): GivenOption[] {
  return map.items.map((pair): GivenOption => {
    const key = pair.key as Node
    const value = pair.value as Node | null
    const valueSpan = value === null ? spanOf(key, source) : spanOf(value, source)
    const before = problems.length
    const raw = toRaw(value === null ? null : (value.toJSON() as unknown), valueSpan, lookUp, problems)
    return {
      name: isScalar(key) ? String(key.value) : source.text.slice(key.range![0], key.range![1]),
      raw,
      nameSpan: spanOf(key, source),
      valueSpan,
      reported: problems.length > before,
    }
  })
}

function toRaw(value: unknown, span: Span, lookUp: VariableLookup, problems: Diagnostic[]): Raw {
  if (typeof value === 'string') {
    return fillVariables(value, lookUp, (reference) =>
      problems.push(diagnose('pipeline.undefined_variable', { reference }, { span })),
    )
  }
  if (Array.isArray(value)) return value.map((item: unknown) => toRaw(item, span, lookUp, problems))
  if (typeof value === 'object' && value !== null)
    return new RawHash(
      Object.entries(value).map(([name, inner]) => [name, toRaw(inner, span, lookUp, problems)] as const),
    )
  return value as Raw
}

function spanOf(node: Node, source: Source): Span {
  const [start, end] = node.range ?? [0, 1]
  return { source, start, end }
}

function invalid(reason: string, span: Span): Diagnostic {
  return fail('pipeline.invalid_pipelines_yml', { reason }, { span }).diagnostics[0]!
}
