import { describe, expect, test } from 'vitest'
import type { Event } from '../../../event/index.ts'
import { runPipeline } from '../../runtime/run-pipeline.ts'
import { FILTERS } from './index.ts'

/** Fields as JSON shows them, without the time and version that every event has unless they are asked for. */
function fieldsOf(event: Event, expected: object): unknown {
  const fields = JSON.parse(event.toJson()) as Record<string, unknown>
  if (!('@timestamp' in expected)) delete fields['@timestamp']
  if (!('@version' in expected)) delete fields['@version']
  return fields
}

describe.each(FILTERS.map((spec) => [spec.name, spec] as const))('%s', (name, spec) => {
  test.each(spec.examples.map((example) => [example.title, example] as const))('%s', async (_title, example) => {
    const events = await runPipeline(`filter { ${name} { ${example.config} } }`, [example.in])
    const expected = example.out === null ? [] : Array.isArray(example.out) ? example.out : [example.out]
    expect(events.filter((event) => !event.cancelled).map((event, i) => fieldsOf(event, expected[i] ?? {}))).toEqual(
      expected,
    )
  })
})
