import { isDeepStrictEqual } from 'node:util'
import { createTwoFilesPatch } from 'diff'
import { DiagnosticError, nullLogger, type Diagnostic } from '../../diagnostic/index.ts'
import { fieldPath, parseFieldPath, stringifyJson, toValue, type Event, type ValueObject } from '../../event/index.ts'
import { ManualClock } from '../../clock/index.ts'
import { resolvePipeline, type PipelineDefinition } from '../runtime/load.ts'
import { runFilters, type RunOptions } from '../runtime/run-pipeline.ts'
import type { Codec, CodecSpec } from '../plugins/define.ts'
import type { CaseFile, PipelineCase } from './case-file.ts'

export interface CaseOutcome {
  readonly case: PipelineCase
  readonly passed: boolean
  /** What came out, as it is compared: without what is ignored. */
  readonly actual: readonly Record<string, unknown>[]
  /** A unified difference from what was expected to what came out; empty where the case passed. */
  readonly difference: string
}

/**
 * Runs the cases of a file over the filters of a pipeline, each with filters of its own, so that none sees what another left.
 * `@version` is compared only where a case expects it.
 * @throws DiagnosticError where the pipeline or the codec is wrong.
 */
export async function runCases(
  file: CaseFile,
  definition: PipelineDefinition,
  options: RunOptions = {},
): Promise<CaseOutcome[]> {
  const codec = codecOf(file)
  const outcomes: CaseOutcome[] = []
  for (const one of file.cases) {
    const events = one.input.flatMap((line) => decode(codec, line))
    for (const event of events) setFields(event, one.fields)
    const shaped = await runFilters(definition, events, options)
    const actual = shaped.map((event, i) => comparable(event, file, one.expected[i] ?? {}))
    const expected = one.expected.map((given) => JSON.parse(JSON.stringify(given)) as Record<string, unknown>)
    const passed = isDeepStrictEqual(actual, expected)
    const difference = passed ? '' : createTwoFilesPatch('expected', 'actual', pretty(expected), pretty(actual))
    outcomes.push({ case: one, passed, actual, difference })
  }
  return outcomes
}

function codecOf(file: CaseFile): Codec {
  const problems: Diagnostic[] = []
  const text = `input { stdin { codec => ${file.codec} } }`
  const definition = { id: 'cases', sources: [{ name: `${file.path} (codec)`, text }] }
  const resolved = resolvePipeline(definition, () => undefined, problems)
  const found = resolved.inputs[0]?.codec
  if (problems.some(({ severity }) => severity === 'error') || found === undefined) throw new DiagnosticError(problems)
  return (found.spec as CodecSpec).create(found.options as never, {
    pipelineId: 'cases',
    pluginId: found.spec.name,
    ecs: 'disabled',
    clock: new ManualClock(),
    logger: nullLogger,
    dataPath: '.',
    notice() {},
  })
}

function decode(codec: Codec, line: string): Event[] {
  const decoder = (codec.streaming?.() ?? codec).decoder()
  return [...decoder.decode(Buffer.from(`${line}\n`)), ...decoder.flush()].map((event) => {
    // In JSON lines too, a field may be written as a reference.
    for (const key of Object.keys(event.data)) {
      if (!key.startsWith('[') || parseFieldPath(key) === undefined) continue
      const value = event.data[key]!
      delete event.data[key]
      event.set(fieldPath(key), value)
    }
    return event
  })
}

function setFields(event: Event, fields: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(fields)) event.set(fieldPath(name), toValue(value))
}

function comparable(
  event: Event,
  file: CaseFile,
  expected: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const copy = event.clone()
  for (const reference of file.ignore) copy.remove(fieldPath(reference))
  if (!Object.hasOwn(expected, '@version')) delete copy.data['@version']
  const whole: ValueObject = { ...copy.data }
  if (file.exportMetadata && Object.keys(copy.metadata).length > 0) whole['@metadata'] = copy.metadata
  return JSON.parse(stringifyJson(whole)) as Record<string, unknown>
}

function pretty(events: readonly Record<string, unknown>[]): string {
  return events.map((event) => `${JSON.stringify(sorted(event), undefined, 2)}\n`).join('')
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, one]) => [key, sorted(one)]),
  )
}
