import { describe, expect, test } from 'vitest'
import { stringifyJson } from '../../src/event/index.ts'
import { createGrok } from '../../src/pipeline/grok/index.ts'
import { sharedOpenSearch } from '../engines/index.ts'
import { SINGLE, TEXTS, WHOLE } from './grok-cases.ts'

const { engine, skipReason } = await sharedOpenSearch()

async function simulate(pattern: string, texts: readonly string[]): Promise<(Record<string, unknown> | null)[]> {
  const response = await fetch(`${engine!.url}/_ingest/pipeline/_simulate`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      pipeline: { processors: [{ grok: { field: '_text', patterns: [pattern] } }] },
      docs: texts.map((text) => ({ _source: { _text: text } })),
    }),
  })
  const { docs } = (await response.json()) as { docs: { doc?: { _source: Record<string, unknown> } }[] }
  return docs.map(({ doc }) => {
    if (doc === undefined) return null
    const { _text, ...fields } = doc._source
    // Logstash leaves empty captures out, and this is Logstash's grok.
    return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== '' && value !== null))
  })
}

const grok = createGrok()

function ours(pattern: string, texts: readonly string[]): unknown[] {
  const compiled = grok.compile(pattern)
  return texts.map((text) => JSON.parse(stringifyJson(compiled.match(text))) as unknown)
}

describe.skipIf(engine === undefined)(
  `grok agrees with OpenSearch${skipReason === undefined ? '' : ` (${skipReason})`}`,
  () => {
    test.each(SINGLE)('%s wherever it is in a text', async (name) => {
      const pattern = `%{${name}:x}`
      const theirs = await simulate(pattern, TEXTS)
      const both = (results: readonly unknown[]): unknown[] => TEXTS.map((text, i) => [text, results[i]])
      expect(both(ours(pattern, TEXTS))).toEqual(both(theirs))
    })

    test.each(SINGLE)('%s as a whole text', async (name) => {
      const pattern = `\\A(?<x>%{${name}})\\z`
      const theirs = await simulate(pattern, TEXTS)
      const both = (results: readonly unknown[]): unknown[] => TEXTS.map((text, i) => [text, results[i]])
      expect(both(ours(pattern, TEXTS))).toEqual(both(theirs))
    })

    test.each(WHOLE)('%s', async (pattern, texts) => {
      expect(ours(pattern, texts)).toEqual(await simulate(pattern, texts))
    })
  },
)
