import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { diagnose, DiagnosticError, formatDiagnostic } from '../diagnostic/index.ts'
import type { ScriptCompiler } from './model.ts'
import { readWatchText } from './read-watch.ts'

const FOLDER = new URL('../../test/invalid/watch/', import.meta.url)

const scripts: ScriptCompiler = {
  compile({ source, lang, name }) {
    if (source.includes('(('))
      throw new DiagnosticError(
        diagnose(
          'watch.part',
          { path: 'script', reason: 'unexpected end of the script' },
          { span: { source: { name: name ?? '', text: source }, start: source.length, end: source.length } },
        ),
      )
    return { lang: lang ?? 'painless', run: () => true }
  },
}

describe('test/invalid/watch', () => {
  test.each(readdirSync(FOLDER).sort())('%s', (name) => {
    const [first, ...rest] = readFileSync(new URL(name, FOLDER), 'utf8').split('\n')
    const { watch, diagnostics } = readWatchText('w', { name: 'w.json', text: rest.join('\n').trimEnd() }, scripts)
    expect(watch).toBeUndefined()
    const errors = diagnostics.filter(({ severity }) => severity === 'error')
    expect(`// ${errors.map((problem) => formatDiagnostic(problem)).join(' | ')}`).toBe(first)
  })
})
