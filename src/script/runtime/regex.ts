import type { Budget } from './budget.ts'
import { Instance, raise } from './instance.ts'
import { FLAGS, type RegexNode, PatternReader } from './regex-reader.ts'
import { matchFrom } from './regex-matcher.ts'

const MAX_PATTERN = 1_000

/**
 * `java.util.regex.Pattern`. Matching is a backtracking matcher of ours that pays a step for every move, so that a
 * pattern that explodes ends the script by its budget instead of holding up the process.
 */
export class PatternValue extends Instance {
  readonly typeName = 'java.util.regex.Pattern'
  readonly source: string
  readonly flags: number
  readonly groups: readonly (string | undefined)[]
  readonly root: RegexNode

  constructor(source: string, flags: number) {
    super()
    if (source.length > MAX_PATTERN) throw raise('java.util.regex.PatternSyntaxException', 'the pattern is too long')
    this.source = source
    this.flags = flags
    const reader = new PatternReader(source, flags)
    this.root = reader.read()
    this.groups = reader.groups
  }

  get text(): string {
    return this.source
  }
}

/** A pattern with its flags as letters behind the slash: `imsuUxlc`. */
export function compilePattern(source: string, flags: string): PatternValue {
  return new PatternValue(
    source,
    [...flags].reduce((sum, flag) => sum | (FLAGS[flag] ?? 0), 0),
  )
}

export class MatcherValue extends Instance {
  readonly typeName = 'java.util.regex.Matcher'
  readonly pattern: PatternValue
  readonly input: string
  #position = 0
  #spans: readonly number[] | undefined
  /** Where the text that is yet to be copied by appendReplacement begins. */
  appended = 0

  constructor(pattern: PatternValue, input: string) {
    super()
    this.pattern = pattern
    this.input = input
  }

  reset(): this {
    this.#position = 0
    this.#spans = undefined
    this.appended = 0
    return this
  }

  find(budget: Budget): boolean {
    for (let at = this.#position; at <= this.input.length; at++) {
      const spans = matchFrom(this.pattern, this.input, at, budget, false)
      if (spans === undefined) continue
      this.#spans = spans
      this.#position = spans[1] === spans[0] ? spans[1]! + 1 : spans[1]!
      return true
    }
    this.#spans = undefined
    this.#position = this.input.length + 1
    return false
  }

  matches(budget: Budget): boolean {
    this.#spans = matchFrom(this.pattern, this.input, 0, budget, true)
    return this.#spans !== undefined
  }

  lookingAt(budget: Budget): boolean {
    this.#spans = matchFrom(this.pattern, this.input, 0, budget, false)
    return this.#spans !== undefined
  }

  span(group: number | string): readonly [number, number] {
    if (this.#spans === undefined) throw raise('IllegalStateException', 'No match found')
    const index = typeof group === 'number' ? group : this.pattern.groups.indexOf(group)
    if (typeof group === 'string' && index < 1) throw raise('IllegalArgumentException', `No group with name <${group}>`)
    if (index < 0 || index * 2 >= this.#spans.length) throw raise('IndexOutOfBoundsException', `No group ${index}`)
    return [this.#spans[index * 2]!, this.#spans[index * 2 + 1]!]
  }

  group(group: number | string): string | null {
    const [start, end] = this.span(group)
    return start < 0 ? null : this.input.slice(start, end)
  }

  get text(): string {
    return `java.util.regex.Matcher[pattern=${this.pattern.source} region=0,${this.input.length} lastmatch=]`
  }
}
