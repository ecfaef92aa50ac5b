import { describe, expect, test } from 'vitest'
import { toValue, type Value } from '../../src/event/index.ts'
import { compileScript, scriptFailure, stringifyAsJava } from '../../src/script/index.ts'
import { EngineUnavailable, groovyJar, runGroovy, sharedOpenSearch } from '../engines/index.ts'
import { GROOVY_CASES, PAINLESS_CASES, type ScriptCase } from './script-cases.ts'

/** The text of a result, or what kind of error there was. */
type Outcome = { result: string } | { error: string }

function sourceOf(scriptCase: ScriptCase): { source: string; params: Record<string, unknown> } {
  if (typeof scriptCase === 'string') return { source: scriptCase, params: {} }
  return { source: scriptCase[0], params: scriptCase[1] }
}

function ours(scriptCase: ScriptCase, lang: 'painless' | 'groovy'): Outcome {
  const { source, params } = sourceOf(scriptCase)
  try {
    const script = compileScript(
      { source, lang, params: toValue(params) as Record<string, Value> },
      { context: 'painless_test' },
    )
    return { result: stringifyAsJava(script.run({})) }
  } catch (error) {
    const failure = scriptFailure(error)
    if (failure === undefined) throw error
    return { error: failure.reason === 'compile error' ? 'compile error' : failure.caused_by.type }
  }
}

const { engine, skipReason } = await sharedOpenSearch()

async function painless(scriptCase: ScriptCase): Promise<Outcome> {
  const response = await fetch(`${engine!.url}/_scripts/painless/_execute`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ script: sourceOf(scriptCase) }),
  })
  const body = (await response.json()) as {
    result?: string
    error?: { reason: string; caused_by?: { type: string } }
  }
  if (body.error === undefined) return { result: body.result! }
  return { error: body.error.reason === 'compile error' ? 'compile error' : (body.error.caused_by?.type ?? '') }
}

describe.skipIf(engine === undefined)(`Painless agrees with OpenSearch${skipReason === undefined ? '' : ` (${skipReason})`}`, () => {
  test.each(PAINLESS_CASES.map((scriptCase) => [sourceOf(scriptCase).source, scriptCase] as const))(
    '%s',
    async (_source, scriptCase) => {
      expect(ours(scriptCase, 'painless')).toEqual(await painless(scriptCase))
    },
  )
})
