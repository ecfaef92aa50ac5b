import { describe, expect, test } from 'vitest'
import { CATALOG } from './catalog/index.ts'
import { SEARCH_ERRORS } from './catalog/search.ts'
import { diagnose, didYouMean, fail, formatDiagnostic } from './diagnostic.ts'

const source = { name: 'portscan.conf', text: 'input {\n  tcp { prot => 5001 }\n}\n' }
const span = { source, start: 16, end: 20 }

describe('diagnostics', () => {
  test('name file, line and column', () => {
    const diagnostic = diagnose(
      'option.unknown',
      { owner: 'input "tcp"', name: 'prot' },
      { span, hint: 'did you mean "port"?' },
    )
    expect(formatDiagnostic(diagnostic)).toBe(
      `portscan.conf:2:9: input "tcp" has no option 'prot'; did you mean "port"?`,
    )
  })

  test('show the line with carets', () => {
    const diagnostic = diagnose('option.duplicate', { name: 'prot' }, { span })
    expect(formatDiagnostic(diagnostic, { excerpt: true }).split('\n')).toEqual([
      "portscan.conf:2:9: 'prot' is given twice",
      '  |',
      '2 |   tcp { prot => 5001 }',
      '  |         ^^^^',
    ])
  })

  test('carry the status and type for HTTP', () => {
    expect(fail('option.invalid', { name: 'x', expected: 'a', got: 'b' }).http).toEqual({
      status: 400,
      type: 'illegal_argument_exception',
    })
  })

  test('a parameter is never taken for a template', () => {
    expect(diagnose('option.duplicate', { name: '{owner}' }).message).toBe("'{owner}' is given twice")
  })

  test('did you mean finds the near and not the far', () => {
    expect(didYouMean('grokk', ['grok', 'mutate'])).toBe('grok')
    expect(didYouMean('mtuate', ['grok', 'mutate'])).toBe('mutate')
    expect(didYouMean('xyz', ['grok', 'mutate'])).toBeUndefined()
  })
})

describe('the catalogue', () => {
  test.each(Object.entries(CATALOG))('%s keeps the phrase style', (code, entry) => {
    expect(code).toMatch(/^[a-z]+(\.[a-z_0-9]+)+$/)
    // The sentences of the search wing are Elasticsearch's own, which clients compare.
    expect(code in SEARCH_ERRORS || !/[.!]$/.test(entry.template)).toBe(true)
    expect(entry.status).toBeGreaterThanOrEqual(400)
    expect(entry.esType).toMatch(/^[a-z_]+$/)
  })
})
