import { ManualClock, type Clock } from '../../clock/index.ts'
import { DiagnosticError, nullLogger, type Diagnostic } from '../../diagnostic/index.ts'
import { isObject, stringifyJson, Timestamp, type Event, type Value, type ValueObject } from '../../event/index.ts'
import { withWatchdog } from '../grok/index.ts'
import type { ResolvedPlugin, ResolvedStatement } from '../language/index.ts'
import { compileDecoration, compileInputDecoration } from '../plugins/common-options.ts'
import type { EcsCompatibility, Filter, FilterSpec, InputSpec, PluginContext } from '../plugins/define.ts'
import { FilterBody } from '../runtime/filter-body.ts'
import { placeOf } from '../runtime/plugin-counts.ts'
import { resolvePipeline, type PipelineDefinition } from '../runtime/load.ts'
import type { RunOptions } from '../runtime/run-pipeline.ts'

export interface TraceStep {
  /** The name of the plugin and where it stands, such as `tcpdump.conf:12`. */
  readonly plugin: string
  readonly place: string
  /** The conditions around it, outermost first. */
  readonly conditions: readonly string[]
  /** False where a condition kept the event from it. */
  readonly ran: boolean
  readonly changes: readonly { readonly field: string; readonly from?: string; readonly to?: string }[]
  readonly dropped: boolean
  /** Why it did not succeed, of filters that can tell. */
  readonly why?: string
  readonly millis: number
}

/** What one line became. */
export interface LineTrace {
  readonly line: string
  readonly steps: readonly TraceStep[]
  readonly events: readonly ValueObject[]
}

/**
 * Runs lines through an input's codec and a pipeline's filters, one after the other, and tells what each filter did:
 * how a pipeline is tried. Filters keep what they hold from line to line; what is held at the end comes with the last one.
 * Outputs are left out, and so is what the input would do beside its codec, type, tags and fields.
 * @throws DiagnosticError with every problem of the configuration
 */
export async function traceLines(
  definition: PipelineDefinition,
  lines: readonly string[],
  options: RunOptions = {},
): Promise<LineTrace[]> {
  const problems: Diagnostic[] = []
  const clock = options.clock ?? new ManualClock()
  const resolved = resolvePipeline(definition, options.lookUp ?? (() => undefined), problems)
  refuse(problems)
  const context = (plugin: ResolvedPlugin): PluginContext => ({
    pipelineId: definition.id,
    pluginId: plugin.spec.name,
    ecs:
      (plugin.common['ecs_compatibility'] as EcsCompatibility | undefined) ??
      definition.ecs ??
      options.ecs ??
      'disabled',
    clock,
    logger: nullLogger,
    dataPath: '.',
    notice() {},
  })
  const recorder = new Recorder(clock)
  const body = new FilterBody(
    recorder.wrap(resolved.filters, []),
    (plugin) => ({
      ...context(plugin),
      patternPaths: options.patternPaths ?? [],
      matched: compileDecoration(plugin.common),
    }),
    nullLogger,
    problems,
  )
  refuse(problems)
  const decode = decoderOf(resolved.inputs[0], context, definition.id, clock)
  const traces: LineTrace[] = []
  try {
    for (const [index, line] of lines.entries()) {
      recorder.begin()
      const shaped: Event[] = []
      for (const event of decode(line)) shaped.push(...(await body.run([event])))
      if (index === lines.length - 1) shaped.push(...(await body.flush(true)))
      traces.push({ line, steps: recorder.end(), events: shaped.map(({ data }) => data) })
    }
  } finally {
    await body.close()
  }
  return traces
}

function refuse(problems: readonly Diagnostic[]): void {
  if (problems.some(({ severity }) => severity === 'error')) throw new DiagnosticError(problems)
}

/** Events of a line as the input would make them; without an input the line is their message. */
function decoderOf(
  input: ResolvedPlugin<InputSpec> | undefined,
  context: (plugin: ResolvedPlugin) => PluginContext,
  id: string,
  clock: Clock,
): (line: string) => Event[] {
  const problems: Diagnostic[] = []
  const plain = resolvePipeline(
    { id, sources: [{ name: 'stdin', text: 'input { stdin { } }' }] },
    () => undefined,
    problems,
  ).inputs[0]!
  const plugin = input ?? plain
  const codec = plugin.codec ?? plain.codec!
  const decorate = compileInputDecoration(plugin.common)
  const made = codec.spec.create(codec.options, context(plugin))
  return (line) => {
    const decoder = (made.streaming?.() ?? made).decoder()
    const events = [...decoder.decode(Buffer.from(`${line}\n`)), ...decoder.flush()]
    for (const event of events) {
      if (event.data['@timestamp'] === undefined) event.data['@timestamp'] = Timestamp.fromMillis(clock.now())
      decorate(event)
    }
    return events
  }
}

/** Puts itself between the body and each filter, and notes what each does to the event in hand. */
class Recorder {
  private readonly clock: Clock
  private readonly all: { readonly plugin: ResolvedPlugin<FilterSpec>; readonly conditions: readonly string[] }[] = []
  private ran = new Map<ResolvedPlugin<FilterSpec>, TraceStep>()

  constructor(clock: Clock) {
    this.clock = clock
  }

  begin(): void {
    this.ran = new Map()
  }

  /** The steps in the order of the file. */
  end(): TraceStep[] {
    return this.all.map(
      ({ plugin, conditions }) =>
        this.ran.get(plugin) ?? { ...head(plugin, conditions), ran: false, changes: [], dropped: false, millis: 0 },
    )
  }

  wrap(
    statements: readonly ResolvedStatement<FilterSpec>[],
    conditions: readonly string[],
  ): ResolvedStatement<FilterSpec>[] {
    return statements.map((statement): ResolvedStatement<FilterSpec> => {
      if (statement.node === 'plugin') return this.wrapPlugin(statement, conditions)
      const texts = statement.cases.map(({ condition }) =>
        statement.source.text.slice(condition.start, condition.end).replace(/\s+/g, ' '),
      )
      return {
        ...statement,
        cases: statement.cases.map((one, index) => ({
          condition: one.condition,
          body: this.wrap(one.body, [...conditions, `if ${texts[index]!}`]),
        })),
        otherwise:
          statement.otherwise === undefined
            ? undefined
            : this.wrap(statement.otherwise, [...conditions, `else of: if ${texts.join(', ')}`]),
      }
    })
  }

  private wrapPlugin(plugin: ResolvedPlugin<FilterSpec>, conditions: readonly string[]): ResolvedPlugin<FilterSpec> {
    this.all.push({ plugin, conditions })
    const { spec } = plugin
    const create = (...[options, context]: Parameters<FilterSpec['create']>): Filter => {
      const filter = spec.create(hastened(options), context)
      return {
        ...(filter.flush === undefined ? {} : { flush: (final) => filter.flush!(final) }),
        ...(filter.close === undefined ? {} : { close: () => filter.close!() }),
        filter: async (batch) => {
          const before = batch[0]!.clone()
          const began = this.clock.monotonic()
          const result = await filter.filter(batch)
          const millis = this.clock.monotonic() - began
          const after = result[0]
          const changes = after === undefined ? [] : changesOf(before, after)
          const untouched = changes.every(({ field }) => field === 'tags')
          const why = untouched ? reasonOf(filter, before) : undefined
          this.ran.set(plugin, {
            ...head(plugin, conditions),
            ran: true,
            changes,
            dropped: after === undefined || after.cancelled,
            ...(why === undefined ? {} : { why }),
            millis,
          })
          return result
        },
      }
    }
    return { ...plugin, spec: { ...spec, create } }
  }
}

/** Who waits for the trace does not wait as long as a pipeline may. */
const LONGEST_MILLIS = 1_000

function hastened(options: Parameters<FilterSpec['create']>[0]): Parameters<FilterSpec['create']>[0] {
  const { timeout_millis: limit } = options as { timeout_millis?: unknown }
  if (typeof limit !== 'number') return options
  return { ...options, timeout_millis: limit === 0 ? LONGEST_MILLIS : Math.min(limit, LONGEST_MILLIS) }
}

function reasonOf(filter: Filter, event: Event): string | undefined {
  let reason: string | undefined
  const inTime = withWatchdog(LONGEST_MILLIS, () => {
    reason = filter.why?.(event)
  })
  return inTime ? reason : 'the reason took too long to find'
}

function head(
  plugin: ResolvedPlugin<FilterSpec>,
  conditions: readonly string[],
): Pick<TraceStep, 'plugin' | 'place' | 'conditions'> {
  return { plugin: plugin.spec.name, place: placeOf(plugin.span), conditions }
}

function changesOf(before: Event, after: Event): TraceStep['changes'] {
  const [old, now] = [leaves(before), leaves(after)]
  const names = [...new Set([...old.keys(), ...now.keys()])].filter((name) => old.get(name) !== now.get(name))
  return names.sort().map((field) => {
    const [from, to] = [old.get(field), now.get(field)]
    return { field, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }
  })
}

/** Every value by its dotted name, as JSON. */
function leaves(event: Event): Map<string, string> {
  const found = new Map<string, string>()
  const walk = (value: Value, name: string): void => {
    if (isObject(value))
      for (const [key, inner] of Object.entries(value)) walk(inner, name === '' ? key : `${name}.${key}`)
    else found.set(name, stringifyJson(value))
  }
  walk(event.data, '')
  walk(event.metadata, '@metadata')
  return found
}
