import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DiagnosticError } from '../../diagnostic/index.ts'
import { parseConfiguration } from './parser.ts'
import { printConfiguration } from './print.ts'

const space = fc.constantFrom(' ', '\n', '\t', '  ', ' # a comment }\n')
const name = fc.stringMatching(/^[a-z][a-z0-9_-]{1,8}$/).filter((text) => !/^(?:if|else)$/.test(text))
const bareword = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{1,8}$/)
const quoted = fc
  .tuple(fc.constantFrom('"', "'"), fc.string({ unit: 'grapheme', maxLength: 12 }))
  .map(([quote, text]) => quote + text.replace(/["'\\]/g, '\\$&') + quote)
const number = fc.oneof(fc.integer().map(String), fc.stringMatching(/^-?\d{1,6}\.\d{0,4}$/))
const field = fc
  .array(fc.stringMatching(/^@?[a-z][a-z0-9_. -]{0,5}$/), { minLength: 1, maxLength: 3 })
  .map((keys) => keys.map((key) => `[${key}]`).join(''))
const operand = fc.oneof(
  field,
  quoted,
  number,
  fc.array(quoted, { minLength: 1, maxLength: 3 }).map((list) => `[${list.join(', ')}]`),
)

const { value, condition, statement } = fc.letrec<{
  value: string
  condition: string
  statement: string
  plugin: string
}>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.oneof(bareword, quoted, number),
    fc.array(tie('value'), { maxLength: 3 }).map((items) => `[ ${items.join(' , ')} ]`),
    fc
      .uniqueArray(fc.tuple(fc.oneof(bareword, quoted, number), tie('value'), space), {
        maxLength: 3,
        selector: ([key]) => key,
      })
      .map((entries) => `{ ${entries.map(([key, inner, gap]) => `${key} => ${inner}${gap}`).join('')} }`),
    tie('plugin'),
  ),
  plugin: fc
    .tuple(name, space, fc.array(fc.tuple(fc.oneof(name, quoted), tie('value'), space), { maxLength: 3 }))
    .map(
      ([own, gap, options]) =>
        `${own}${gap}{${gap}${options.map(([key, inner, after]) => `${key}${gap}=>${gap}${inner}${after}`).join('')}}`,
    ),
  condition: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.oneof(
      operand,
      fc
        .tuple(operand, fc.constantFrom('==', '!=', '<', '>', '<=', '>=', 'in', 'not in'), operand)
        .map((parts) => parts.join(' ')),
      fc
        .tuple(field, fc.constantFrom('=~', '!~'), fc.oneof(quoted, fc.constantFrom('/a/', '/^\\/x[0-9]+$/')))
        .map((parts) => parts.join(' ')),
    ),
    fc
      .tuple(tie('condition'), fc.constantFrom('and', 'or', 'xor', 'nand'), tie('condition'))
      .map((parts) => parts.join(' ')),
    tie('condition').map((inner) => `!(${inner})`),
    tie('condition').map((inner) => `(${inner})`),
  ),
  statement: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    tie('plugin'),
    fc
      .tuple(tie('condition'), fc.array(tie('statement'), { maxLength: 2 }), tie('condition'), tie('statement'))
      .map(
        ([first, body, second, other]) => `if ${first} { ${body.join('\n')} } else if ${second} { ${other} } else { }`,
      ),
  ),
}))

describe('the language', () => {
  test('what is printed parses to the same tree', () => {
    fc.assert(
      fc.property(fc.constantFrom('input', 'filter', 'output'), fc.array(statement, { maxLength: 3 }), (kind, body) => {
        const text = `${kind} {\n${body.join('\n')}\n}`
        const first = parseConfiguration({ name: 'first', text })
        const printed = printConfiguration(first)
        const second = parseConfiguration({ name: 'second', text: printed })
        expect(withoutPlaces(second)).toEqual(withoutPlaces(first))
        expect(printConfiguration(second)).toBe(printed)
      }),
      { numRuns: 500 },
    )
  })

  test('any text gives a tree or diagnostics with a place in it', () => {
    const fragment = fc.oneof(
      fc.constantFrom(
        'input',
        'filter',
        '{',
        '}',
        '[',
        ']',
        '(',
        ')',
        '"',
        "'",
        '/',
        '=>',
        '=~',
        'if',
        'else',
        ',',
        '#',
        '!',
        'not',
        '\\',
        ' ',
      ),
      fc.string({ unit: 'binary', maxLength: 4 }),
      value,
      condition,
    )
    fc.assert(
      fc.property(fc.array(fragment, { maxLength: 20 }), (parts) => {
        const text = parts.join('')
        const [start, end] = placeOfProblem(text)
        expect(start).toBeGreaterThanOrEqual(0)
        expect(end).toBeLessThanOrEqual(text.length)
      }),
      { numRuns: 1000 },
    )
  })
})

function placeOfProblem(text: string): [number, number] {
  try {
    parseConfiguration({ name: 'any', text })
    return [0, 0]
  } catch (error) {
    if (!(error instanceof DiagnosticError)) throw error
    const { start, end } = error.diagnostics[0]!.span!
    return [start, end]
  }
}

function withoutPlaces(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withoutPlaces)
  if (typeof node !== 'object' || node === null) return node
  return Object.fromEntries(
    Object.entries(node)
      .filter(([key]) => key !== 'start' && key !== 'end' && key !== 'nameEnd')
      .map(([key, inner]) => [key, withoutPlaces(inner)]),
  )
}
