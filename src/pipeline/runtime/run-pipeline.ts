import { ManualClock, type Clock } from '../../clock/index.ts'
import { DiagnosticError, nullLogger, type Diagnostic } from '../../diagnostic/index.ts'
import { Event, toValue, type ValueObject } from '../../event/index.ts'
import { FilterBody } from './filter-body.ts'
import { resolvePipeline, type PipelineDefinition } from './load.ts'
import { compileDecoration } from '../plugins/common-options.ts'
import type { ResolvedPlugin, VariableLookup } from '../language/index.ts'
import type { EcsCompatibility, FilterContext, FilterSpec } from '../plugins/define.ts'

export interface RunOptions {
  readonly clock?: Clock
  readonly ecs?: EcsCompatibility
  readonly patternPaths?: readonly string[]
  /** What `${NAME}` stands for; nothing unless given. */
  readonly lookUp?: VariableLookup
}

/**
 * Runs the filters of a configuration over events given as plain objects, or lines (which become `message`), in this
 * process: for tests and for explaining. What filters hold back at the end is flushed.
 * @throws DiagnosticError with every problem of the configuration.
 */
export function runPipeline(
  text: string,
  events: readonly (string | object)[],
  options: RunOptions = {},
): Promise<Event[]> {
  const clock = options.clock ?? new ManualClock()
  const batch = events.map((given) => {
    const fields = toValue(typeof given === 'string' ? { message: given } : given) as ValueObject
    const { '@metadata': metadata, ...data } = fields
    const event = Event.at(clock.now() * 1000, data as ValueObject)
    if (metadata !== undefined) Object.assign(event.metadata, metadata)
    return event
  })
  return runFilters({ id: 'test', sources: [{ name: 'test.conf', text }] }, batch, { ...options, clock })
}

/**
 * Runs the filters of a pipeline over events, in this process; its inputs and outputs are left out.
 * @throws DiagnosticError with every problem of the configuration.
 */
export async function runFilters(
  definition: PipelineDefinition,
  events: readonly Event[],
  options: RunOptions = {},
): Promise<Event[]> {
  const problems: Diagnostic[] = []
  const clock = options.clock ?? new ManualClock()
  const { lookUp = () => undefined } = options
  const resolved = resolvePipeline(definition, lookUp, problems)
  if (problems.some((problem) => problem.severity === 'error')) throw new DiagnosticError(problems)
  const contextOf = (plugin: ResolvedPlugin<FilterSpec>): FilterContext => {
    const own = plugin.common['ecs_compatibility'] as EcsCompatibility | undefined
    return {
      pipelineId: definition.id,
      pluginId: plugin.spec.name,
      ecs: own ?? definition.ecs ?? options.ecs ?? 'disabled',
      clock,
      logger: nullLogger,
      dataPath: '.',
      notice() {},
      patternPaths: options.patternPaths ?? [],
      matched: compileDecoration(plugin.common),
    }
  }
  const body = new FilterBody(resolved.filters, contextOf, nullLogger, problems)
  if (problems.some((problem) => problem.severity === 'error')) throw new DiagnosticError(problems)
  const shaped = await body.run([...events])
  const flushed = await body.flush(true)
  await body.close()
  return [...shaped, ...flushed]
}
