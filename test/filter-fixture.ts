import { ManualClock, type Clock } from '../src/clock/index.ts'
import { DiagnosticError, type Diagnostic, type Logger } from '../src/diagnostic/index.ts'
import { Event, toValue, type ValueObject } from '../src/event/index.ts'
import { compileDecoration } from '../src/pipeline/plugins/common-options.ts'
import type { EcsCompatibility } from '../src/pipeline/plugins/define.ts'
import { FilterBody } from '../src/pipeline/runtime/filter-body.ts'
import { resolvePipeline } from '../src/pipeline/runtime/load.ts'

export interface FilterFixtureOptions {
  readonly clock?: Clock
  readonly dataPath?: string
  readonly ecs?: EcsCompatibility
}

export type Fields = Record<string, unknown>

/** Filters that stay alive between batches; what they said is in `notices` and `log`. */
export interface FilterFixture extends AsyncDisposable {
  readonly notices: string[]
  readonly log: string[]
  /** Runs events as one batch; the fields come back without `@timestamp` and `@version`, with `@metadata` where it holds something. */
  run(...events: object[]): Promise<Fields[]>
  flush(): Promise<Fields[]>
  close(): Promise<void>
}

/** @throws DiagnosticError with every problem of the configuration. */
export function filterFixture(filters: string, options: FilterFixtureOptions = {}): FilterFixture {
  const clock = options.clock ?? new ManualClock()
  const problems: Diagnostic[] = []
  const notices: string[] = []
  const log: string[] = []
  const note = (level: string) => (_fields: object, message: string) => void log.push(`${level}: ${message}`)
  const logger: Logger = {
    error: note('error'),
    warn: note('warn'),
    info: note('info'),
    debug() {},
    child: () => logger,
  }
  const refuse = (): void => {
    const errors = problems.filter(({ severity }) => severity === 'error')
    if (errors.length > 0) throw new DiagnosticError(errors)
  }
  const definition = { id: 'test', sources: [{ name: 'test.conf', text: `filter { ${filters} }` }] }
  const resolved = resolvePipeline(definition, () => undefined, problems)
  refuse()
  const body = new FilterBody(
    resolved.filters,
    (plugin) => ({
      pipelineId: 'test',
      pluginId: plugin.spec.name,
      ecs: (plugin.common['ecs_compatibility'] as EcsCompatibility | undefined) ?? options.ecs ?? 'disabled',
      clock,
      logger,
      dataPath: options.dataPath ?? '/nonexistent',
      notice: (message) => void notices.push(message),
      patternPaths: [],
      matched: compileDecoration(plugin.common),
    }),
    logger,
    problems,
  )
  refuse()
  return {
    notices,
    log,
    run: async (...events) => (await body.run(events.map((fields) => eventOf(fields, clock)))).map(fieldsOf),
    flush: async () => (await body.flush(true)).map(fieldsOf),
    close: () => body.close(),
    [Symbol.asyncDispose]: () => body.close(),
  }
}

/** What one event becomes. */
export async function runFilter(filters: string, event: object, options: FilterFixtureOptions = {}): Promise<Fields> {
  await using fixture = filterFixture(filters, options)
  const [fields] = await fixture.run(event)
  return fields!
}

function eventOf(given: object, clock: Clock): Event {
  const { '@metadata': metadata, ...data } = toValue(given) as ValueObject
  const event = Event.at(clock.now() * 1000, data as ValueObject)
  if (metadata !== undefined) Object.assign(event.metadata, metadata)
  return event
}

function fieldsOf(event: Event): Fields {
  const { '@timestamp': _time, '@version': _version, ...fields } = JSON.parse(event.toJson()) as Fields
  const metadata = JSON.parse(JSON.stringify(event.metadata)) as Fields
  return Object.keys(metadata).length > 0 ? { ...fields, '@metadata': metadata } : fields
}
