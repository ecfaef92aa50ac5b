import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { formatDiagnostic } from '../diagnostic/index.ts'
import { readWatchText } from './read-watch.ts'
import { watchScripts } from './script.ts'

const FOLDER = new URL('../../test/invalid/watch/', import.meta.url)

describe('test/invalid/watch', () => {
  test.each(readdirSync(FOLDER).sort())('%s', (name) => {
    const [first, ...rest] = readFileSync(new URL(name, FOLDER), 'utf8').split('\n')
    const { watch, diagnostics } = readWatchText(
      'w',
      { name: 'w.json', text: rest.join('\n').trimEnd() },
      watchScripts(),
    )
    expect(watch).toBeUndefined()
    const errors = diagnostics.filter(({ severity }) => severity === 'error')
    expect(`// ${errors.map((problem) => formatDiagnostic(problem)).join(' | ')}`).toBe(first)
  })
})
