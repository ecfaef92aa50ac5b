import * as fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { systemClock } from '../../src/clock/index.ts'
import { convertRule, parseRules, prepareRules, RuleSet } from '../../src/detect/sigma/index.ts'
import { formatDiagnostic, DiagnosticError } from '../../src/diagnostic/index.ts'
import { toValue, type ValueObject } from '../../src/event/index.ts'
import { checkSearch } from '../../src/search/dsl/index.ts'
import { executeSearch } from '../../src/search/embedded/evaluator/index.ts'
import { memoryIndex } from '../memory-segments.ts'

const MAPPING = {
  properties: { a: { type: 'keyword' }, b: { type: 'keyword' }, n: { type: 'long' }, ip: { type: 'ip' } },
}
const word = fc.constantFrom('cmd', 'Cmd.exe', 'C:\\x\\cmd.exe', 'a*b', 'axb', 'x"y', 'foo bar', '10 %', 'ab12', '-')
const document = fc.record(
  {
    a: fc.oneof(word, fc.array(word, { minLength: 1, maxLength: 2 })),
    b: word,
    n: fc.integer({ min: 0, max: 5 }),
    ip: fc.constantFrom('10.0.0.1', '10.0.1.1', 'fe80::1'),
  },
  { requiredKeys: [] },
)
const documents = fc.sample(document, { numRuns: 80, seed: 7 })
const index = memoryIndex('events', toValue(MAPPING) as ValueObject, documents.map(toValue), 23)

const text = fc.constantFrom('cmd', 'cmd.exe', '*cmd*', 'a\\*b', 'a?b', '\\x\\', 'FOO BAR', 'x"y', '*', 'b12')
const item: fc.Arbitrary<Record<string, unknown>> = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('a', 'b'),
      fc.constantFrom('', '|contains', '|startswith', '|endswith', '|cased', '|contains|neq', '|contains|all'),
      fc.array(text, { minLength: 1, maxLength: 2 }),
    )
    .map(([field, modifiers, values]) => ({ [field + modifiers]: values })),
  fc
    .tuple(
      fc.constantFrom('a', 'b'),
      fc.constantFrom('re', 're|i'),
      fc.constantFrom(
        'cmd',
        '^C:',
        'exe$',
        'a.b',
        '\\d{2}',
        '\\w+\\.exe',
        '^(?:cmd|axb)$',
        'x"',
        '\\\\x\\\\',
        '[^a-z]',
        '[]x]',
        '[^]a-z]',
        '[[:upper:][:digit:]]b?1',
        '[[:punct:]]',
        '[[]|\\*b',
      ),
    )
    .map(([field, re, value]) => ({ [`${field}|${re}`]: value })),
  fc
    .tuple(fc.constantFrom('', '|lt', '|lte', '|gt', '|gte', '|neq'), fc.integer({ min: 0, max: 5 }))
    .map(([modifier, value]) => ({ [`n${modifier}`]: value })),
  fc.constantFrom<Record<string, unknown>>(
    { a: null },
    { 'a|exists': true },
    { 'n|exists': false },
    { 'ip|cidr': '10.0.0.0/24' },
    { ip: '10.0.1.1' },
  ),
)
const condition = fc.constantFrom(
  's and t',
  's or t',
  's and not t',
  'not s and not t',
  '1 of them',
  'not (s and t)',
  's or 1 of nothing*',
  's and not all of nothing*',
  'all of them',
)
const selection = fc
  .array(item, { minLength: 1, maxLength: 2 })
  .map((items): unknown => (items.length === 1 ? items[0] : items))

const rule = (detection: object): string => JSON.stringify({ title: 't', logsource: { product: 'x' }, detection })

async function found(query: object): Promise<number[]> {
  const search = checkSearch(toValue({ size: 1000, _source: false, query }))
  const answer = await executeSearch([index], search, { now: systemClock.now(), clock: systemClock })
  return (answer as unknown as { hits: { hits: { _id: string }[] } }).hits.hits
    .map(({ _id }) => Number(_id))
    .sort((a, b) => a - b)
}

function compiled(source: string): ReturnType<typeof prepareRules>['rules'] {
  const { rules, problems } = parseRules({ name: 'r.yml', text: source })
  expect(problems.map((problem) => formatDiagnostic(problem))).toEqual([])
  return prepareRules(rules, []).rules
}

it('finds by the query of a rule the stored events that the rule matches as they pass', async () => {
  await fc.assert(
    fc.asyncProperty(selection, selection, condition, async (s, t, of) => {
      const source = rule({ s, t, condition: of })
      const [one] = compiled(source)
      const set = new RuleSet([one!])
      const matching = documents.flatMap((fields, id) =>
        set.match(toValue(fields) as ValueObject).length === 1 ? [id] : [],
      )
      expect(await found(convertRule(one!))).toEqual(matching)
    }),
    { numRuns: 300 },
  )
})

test('asks for every name of a field where that is wanted', async () => {
  const [one] = compiled(
    JSON.stringify({ title: 't', logsource: { category: 'dns' }, detection: { s: { query: 'x' }, condition: 's' } }),
  )
  expect(convertRule(one!, { fields: 'all' })).toEqual({
    bool: {
      should: [
        { term: { query: { value: 'x', case_insensitive: true } } },
        { term: { 'dns.question.name': { value: 'x', case_insensitive: true } } },
      ],
      minimum_should_match: 1,
    },
  })
})

test('keywords are looked for in every field', async () => {
  const [one] = compiled(rule({ s: ['foo bar', 'axb'], condition: 's' }))
  const expected = documents.flatMap((fields, id) => (/foo bar|axb/.test(JSON.stringify(fields)) ? [id] : []))
  expect(await found(convertRule(one!))).toEqual(expected)
})

describe('refuses what a query cannot say', () => {
  test.each([
    [{ 'a|fieldref': 'b' }, "'a|fieldref': a query cannot say 'fieldref'"],
    [{ 'a|hour': 3 }, "'a|hour': a query cannot say 'hour'"],
    [{ 'a|re': 'x\\b' }, "'a|re': a query cannot say '\\b' of the regular expression"],
    [{ 'a|re': '^a|b' }, "'a|re': a query cannot say '^' and '$' beside '|' of the regular expression"],
    [{ 'a|re|m': 'a' }, "'a|re|m': a query cannot say the flag 'm'"],
    [{ 'a|expand': '%x%' }, "the placeholder '%x%' has no values"],
  ])('%j', (s, message) => {
    const [one] = compiled(rule({ s, condition: 's' }))
    let said = ''
    try {
      convertRule(one!)
    } catch (error) {
      said = (error as DiagnosticError).diagnostics[0]!.message
    }
    expect(said).toBe(message)
  })
})
