import { describe, expect, test } from 'vitest'
import { systemClock } from '../../clock/index.ts'
import { formatDiagnostic, nullLogger, type Diagnostic } from '../../diagnostic/index.ts'
import type { Event } from '../../event/index.ts'
import type { OptionSchema } from '../../settings/index.ts'
import { resolvePipeline } from '../runtime/load.ts'
import { runPipeline } from '../runtime/run-pipeline.ts'
import { CODECS } from './codecs/index.ts'
import type { EcsCompatibility } from './define.ts'
import { FILTERS } from './filters/index.ts'
import { COMMON_OPTIONS, SPECS } from './registry.ts'

/** Fields as JSON shows them, without the time and version that every event has unless they are asked for. */
function fieldsOf(event: Event, expected: object = {}): unknown {
  const fields = JSON.parse(event.toJson()) as Record<string, unknown>
  for (const name of ['@timestamp', '@version']) if (!(name in expected)) delete fields[name]
  return fields
}

function problemsOf(text: string): string[] {
  const problems: Diagnostic[] = []
  resolvePipeline({ id: 'main', sources: [{ name: 'example.conf', text }] }, () => 'value', problems)
  return problems.filter(({ severity }) => severity === 'error').map((problem) => formatDiagnostic(problem))
}

const RUNNABLE = FILTERS.map((spec) => ({
  ...spec,
  examples: spec.examples.filter(({ needs }) => needs === undefined),
}))

describe.each(RUNNABLE.filter(({ examples }) => examples.length > 0).map((spec) => [spec.name, spec] as const))(
  'filter %s',
  (name, spec) => {
    test.each(spec.examples.map((example) => [example.title, example] as const))('%s', async (_title, example) => {
      const { out } = example
      const expected = out === null ? [] : Array.isArray(out) ? (out as object[]) : [out]
      const events = await runPipeline(`filter { ${name} { ${example.config} } }`, [example.in])
      expect(events.map((event, index) => fieldsOf(event, expected[index]))).toEqual(expected)
    })
  },
)

describe.each(CODECS.map((spec) => [spec.name, spec] as const))('codec %s', (name, spec) => {
  test.each(spec.examples.map((example) => [example.title, example] as const))('%s', (_title, example) => {
    const problems: Diagnostic[] = []
    const text = `input { stdin { codec => ${name} { ${example.config} } } }`
    const resolved = resolvePipeline({ id: 'main', sources: [{ name: 'x', text }] }, () => undefined, problems)
    expect(problems).toEqual([])
    const { options } = resolved.inputs[0]!.codec!
    const codec = spec.create(options, {
      pipelineId: 'main',
      pluginId: name,
      ecs: (options['ecs_compatibility'] as EcsCompatibility | undefined) ?? 'disabled',
      clock: systemClock,
      logger: nullLogger,
      dataPath: '.',
      notice() {},
    })
    const decoder = codec.decoder()
    const events = [...example.in.flatMap((chunk) => decoder.decode(Buffer.from(chunk))), ...decoder.flush()]
    expect(events.map((event, index) => fieldsOf(event, example.out[index]))).toEqual(example.out)
  })
})

test.each(
  SPECS.flatMap((spec) =>
    spec.examples.map((example) =>
      typeof example === 'string'
        ? `${spec.kind} { ${example} }`
        : spec.kind === 'codec'
          ? `input { stdin { codec => ${spec.name} { ${example.config} } } }`
          : `${spec.kind} { ${spec.name} { ${example.config} } }`,
    ),
  ),
)('%s is a configuration', (text) => {
  expect(problemsOf(text)).toEqual([])
})

test('every plugin has a name of its own, a summary and examples; every option says what it is', () => {
  const wrong: string[] = []
  const seen = new Set<string>()
  for (const spec of SPECS) {
    const owner = `${spec.kind} ${spec.name}`
    if (seen.has(owner)) wrong.push(`${owner} is there twice`)
    seen.add(owner)
    if (!spec.summary.endsWith('.')) wrong.push(`${owner}: the summary is no sentence`)
    if (spec.examples.length === 0) wrong.push(`${owner} has no example`)
    // A plugin may give a common option a meaning of its own, but not another option its name.
    const names = new Set([...Object.keys(COMMON_OPTIONS[spec.kind]), ...Object.keys(spec.options as OptionSchema)])
    for (const [name, { describe: text, aliases = [] }] of Object.entries(spec.options as OptionSchema)) {
      if (text === '') wrong.push(`${owner}: '${name}' is not described`)
      for (const alias of aliases) {
        if (names.has(alias)) wrong.push(`${owner}: '${alias}' names two options`)
        names.add(alias)
      }
    }
  }
  expect(wrong).toEqual([])
})
