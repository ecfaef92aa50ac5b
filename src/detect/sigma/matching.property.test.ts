import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatDiagnostic } from '../../diagnostic/index.ts'
import { toValue, type ValueObject } from '../../event/index.ts'
import { parseRules, RuleSet } from './index.ts'

/**
 * Rules judged all at once, chosen by their literals and the keys of events, against each rule read in the plainest way:
 * a pattern as a regular expression made of single characters, a condition by walking it.
 */

type Event = Readonly<Record<string, string | number | null | readonly string[]>>

const PIECES = ['ab', 'AB', 'c', '\\', '\\*', '?', '*', ' -x', '.', 'é', 'İ', '"', '%']
const pattern = fc.array(fc.constantFrom(...PIECES), { minLength: 0, maxLength: 4 }).map((parts) => parts.join(''))
const value = fc
  .array(fc.constantFrom('ab', 'AB', 'c', '\\', '*', ' -x', '.', 'É', 'abcdefgh', '"'), { minLength: 0, maxLength: 4 })
  .map((parts) => parts.join(''))
const FIELDS = ['F', 'G', 'H'] as const
const event: fc.Arbitrary<Event> = fc.dictionary(
  fc.constantFrom(...FIELDS),
  fc.oneof(value, fc.array(value, { minLength: 1, maxLength: 2 }), fc.constant(null), fc.integer({ min: 0, max: 12 })),
  { maxKeys: 3, noNullPrototype: true },
)

interface Item {
  readonly field: string
  readonly modifiers: readonly string[]
  readonly values: readonly (string | number | null)[]
}

const modifiers = fc.constantFrom<string[]>(
  [],
  ['contains'],
  ['startswith'],
  ['endswith'],
  ['contains', 'all'],
  ['cased'],
  ['contains', 'cased'],
  ['neq'],
  ['contains', 'neq'],
)
const item: fc.Arbitrary<Item> = fc.oneof(
  fc.record({
    field: fc.constantFrom(...FIELDS),
    modifiers,
    values: fc.array(pattern, { minLength: 1, maxLength: 3 }),
  }),
  fc.record({
    field: fc.constantFrom(...FIELDS),
    modifiers: fc.constant([]),
    values: fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 2 }),
  }),
  fc.record({ field: fc.constantFrom(...FIELDS), modifiers: fc.constant([]), values: fc.constant([null]) }),
)

interface Rule {
  readonly selections: readonly (readonly (readonly Item[])[])[]
  readonly condition: string
}

const CONDITIONS = [
  's0 and s1',
  's0 or s1',
  's0 and not s1',
  'not s0',
  '1 of s*',
  'all of s*',
  'not (s0 or s1)',
  's1 or s0 and not s1',
]
const rule: fc.Arbitrary<Rule> = fc.record({
  selections: fc.tuple(
    ...[0, 1].map(() =>
      fc.array(
        fc.uniqueArray(item, {
          minLength: 1,
          maxLength: 2,
          selector: ({ field, modifiers }) => [field, ...modifiers].join('|'),
        }),
        { minLength: 1, maxLength: 2 },
      ),
    ),
  ),
  condition: fc.constantFrom(...CONDITIONS),
})

function textOf({ selections, condition }: Rule, index: number): string {
  const detection: Record<string, unknown> = { condition }
  selections.forEach((maps, at) => {
    const listed = maps.map((items) =>
      Object.fromEntries(
        items.map(({ field, modifiers, values }) => [
          [field, ...modifiers].join('|'),
          values.length === 1 ? values[0] : values,
        ]),
      ),
    )
    detection[`s${at}`] = listed.length === 1 ? listed[0] : listed
  })
  return JSON.stringify({ title: `r${index}`, id: `r${index}`, logsource: { product: 'x' }, detection })
}

/** Letters that have more than one lower case are the same whichever they are written in. */
const folded = (text: string): string => [...text].map((c) => (c === 'İ' ? c : c.toLowerCase())).join('')

function plainMatch(pattern: string, { contains, starts, ends }: Record<string, boolean>, text: string): boolean {
  let source = ''
  for (let i = 0; i < pattern.length; i++) {
    const next = pattern[i + 1]
    if (pattern[i] === '\\' && next !== undefined && '\\*?'.includes(next)) {
      i++
      source += `\\${next}`
    } else if (pattern[i] === '*') source += '[^]*'
    else if (pattern[i] === '?') source += '[^]'
    else source += `\\u${pattern.charCodeAt(i).toString(16).padStart(4, '0')}`
  }
  const before = contains === true || ends === true ? '[^]*' : ''
  const after = contains === true || starts === true ? '[^]*' : ''
  const regex = new RegExp(`^${before}${source}${after}$`)
  return regex.test(text)
}

function holds({ field, modifiers, values }: Item, event: Event): boolean {
  const held = event[field]
  const has = (name: string): boolean => modifiers.includes(name)
  const flags = { contains: has('contains'), starts: has('startswith'), ends: has('endswith'), cased: has('cased') }
  const texts = held === undefined || held === null ? [] : (Array.isArray(held) ? held : [held]).map(String)
  const one = (wanted: string | number | null): boolean => {
    if (wanted === null) return held === undefined || held === null
    if (typeof wanted === 'number') return texts.includes(String(wanted))
    return texts.some((text) =>
      plainMatch(flags.cased ? wanted : folded(wanted), flags, flags.cased ? text : folded(text)),
    )
  }
  const result = has('all') ? values.every(one) : values.some(one)
  return has('neq') ? !result : result
}

function judged({ selections, condition }: Rule, event: Event): boolean {
  const [s0, s1] = selections.map((maps) => maps.some((items) => items.every((one) => holds(one, event)))) as [
    boolean,
    boolean,
  ]
  return (
    {
      's0 and s1': s0 && s1,
      's0 or s1': s0 || s1,
      's0 and not s1': s0 && !s1,
      'not s0': !s0,
      '1 of s*': s0 || s1,
      'all of s*': s0 && s1,
      'not (s0 or s1)': !(s0 || s1),
      's1 or s0 and not s1': s1 || (s0 && !s1),
    }[condition] ?? false
  )
}

test('many rules at once match what each of them says read plainly', () => {
  fc.assert(
    fc.property(
      fc.array(rule, { minLength: 1, maxLength: 12 }),
      fc.array(event, { minLength: 1, maxLength: 8 }),
      (rules, events) => {
        const parsed = parseRules({ name: 'r.yml', text: rules.map(textOf).join('\n---\n') })
        const set = new RuleSet(parsed.rules)
        expect([...parsed.problems, ...set.problems].map((problem) => formatDiagnostic(problem))).toEqual([])
        for (const one of events) {
          const expected = rules.flatMap((each, index) => (judged(each, one) ? [`r${index}`] : []))
          expect(set.match(toValue(one) as ValueObject).map(({ id }) => id)).toEqual(expected)
        }
      },
    ),
    { numRuns: 400 },
  )
})
