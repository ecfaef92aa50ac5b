import { fail, type Span } from '../../diagnostic/index.ts'
import { ANY, compilePattern, joinParts, type Part } from './pattern.ts'

/** A condition over names: of selections, or of rules in a correlation. */
export type Condition =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'not'; readonly of: Condition }
  | { readonly kind: 'and' | 'or'; readonly of: readonly Condition[] }

const TOKEN = /\s*(?:([()])|([^\s()]+))/y
const DEPTH_LIMIT = 100
/** Names that a condition comes to, those of `1 of pat*` counted. */
const NAMES_LIMIT = 50_000

/**
 * `or` < `and` < `not` < `1 of` < parentheses; `1 of pat*`, `all of them`, `any of ...`; operators in any case.
 * Quantifiers are resolved against `names`, so that nothing is renamed later.
 * @throws DiagnosticError `sigma.condition`
 */
export function parseCondition(text: string, names: readonly string[], span: Span): Condition {
  const tokens: string[] = []
  TOKEN.lastIndex = 0
  for (let match = TOKEN.exec(text); match !== null; match = TOKEN.exec(text)) tokens.push(match[1] ?? match[2]!)
  let at = 0
  let depth = 0
  let left = NAMES_LIMIT
  let unmatched: string | undefined
  const problem = (reason: string): Error => fail('sigma.condition', { reason }, { span })
  const known = new Set(names)
  const count = (more: number): void => {
    left -= more
    if (left < 0) throw problem(`it comes to more than ${NAMES_LIMIT} names`)
  }
  const peek = (): string | undefined => tokens[at]?.toLowerCase()

  const list = (operator: 'and' | 'or', next: () => Condition): Condition => {
    const first = next()
    if (peek() !== operator) return first
    const of = [first]
    while (peek() === operator) {
      at++
      of.push(next())
    }
    return { kind: operator, of }
  }
  const either = (): Condition => list('or', both)
  const both = (): Condition => list('and', negated)
  const negated = (): Condition => {
    if (++depth > DEPTH_LIMIT) throw problem(`nested deeper than ${DEPTH_LIMIT} levels`)
    let result: Condition
    if (peek() === 'not') {
      at++
      result = { kind: 'not', of: negated() }
    } else result = primary()
    depth--
    return result
  }
  const primary = (): Condition => {
    const token = tokens[at]
    if (token === undefined) throw problem('it ends where a name is expected')
    if (token === '(') {
      at++
      const inner = either()
      if (tokens[at] !== ')') throw problem("'(' is not closed")
      at++
      return inner
    }
    if (token === ')' || ['and', 'or', 'of'].includes(token.toLowerCase()))
      throw problem(`expected a name, got '${token}'`)
    at++
    if (peek() === 'of' && /^(?:\d+|any|all)$/i.test(token)) {
      at++
      return quantified(token.toLowerCase())
    }
    count(1)
    if (!known.has(token)) {
      if (/[*?]/.test(token)) throw problem(`'${token}' needs '1 of' or 'all of' before it`)
      throw problem(`there is no '${token}'`)
    }
    return { kind: 'name', name: token }
  }
  const quantified = (quantity: string): Condition => {
    const target = tokens[at++]
    if (target === undefined) throw problem(`'${quantity} of' needs a name or 'them'`)
    const chosen =
      target.toLowerCase() === 'them' ? names.filter((name) => !name.startsWith('_')) : names.filter(nameTest(target))
    count(chosen.length)
    unmatched ??= chosen.length === 0 ? `'${quantity} of ${target}' matches no name` : undefined
    const of = chosen.map((name): Condition => ({ kind: 'name', name }))
    if (quantity !== '1' && quantity !== 'any' && quantity !== 'all')
      throw problem(`'${quantity} of' is not supported: only 1, any and all`)
    return of.length === 1 ? of[0]! : { kind: quantity === 'all' ? 'and' : 'or', of }
  }

  const result = either()
  if (at < tokens.length) {
    const token = tokens[at]!
    throw problem(`expected 'and', 'or' or the end, got '${token}'`)
  }
  // Beside others, none of none is false and all of none is true: rules ask for optional filters that they do not have.
  if (unmatched !== undefined && namesOf(result).length === 0) throw problem(unmatched)
  return result
}

/** A `*` may stand anywhere in the name. */
export function nameTest(pattern: string): (name: string) => boolean {
  const parts = pattern.split('*').flatMap((text): Part[] => [ANY, text])
  return compilePattern(joinParts(parts.slice(1)), true)
}

/** The names a condition uses. */
export function namesOf(condition: Condition): string[] {
  if (condition.kind === 'name') return [condition.name]
  return condition.kind === 'not' ? namesOf(condition.of) : condition.of.flatMap(namesOf)
}

/** The condition as a function of what `leaf` makes of each name. */
export function compileCondition<T>(
  condition: Condition,
  leaf: (name: string) => (input: T) => boolean,
): (input: T) => boolean {
  if (condition.kind === 'name') return leaf(condition.name)
  if (condition.kind === 'not') {
    const inner = compileCondition(condition.of, leaf)
    return (input) => !inner(input)
  }
  return every(
    condition.kind === 'and',
    condition.of.map((one) => compileCondition(one, leaf)),
  )
}

/** All of them, or one of them. */
export function every<T>(all: boolean, tests: readonly ((input: T) => boolean)[]): (input: T) => boolean {
  if (tests.length === 1) return tests[0]!
  if (tests.length === 2) {
    const [a, b] = tests as [(input: T) => boolean, (input: T) => boolean]
    return all ? (input) => a(input) && b(input) : (input) => a(input) || b(input)
  }
  return (input) => {
    for (let i = 0; i < tests.length; i++) if (tests[i]!(input) !== all) return !all
    return all
  }
}
