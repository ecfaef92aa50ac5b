import type { Budget } from './budget.ts'
import { raise } from './instance.ts'
import { FLAGS, type RegexNode, fold, unfold, isWord } from './regex-reader.ts'

/** Characters a regular expression may be run over; longer input is refused, as Elasticsearch limits it by a factor. */
const MAX_INPUT = 100_000

type Continue = (at: number) => boolean

export interface CompiledRegex {
  readonly root: RegexNode
  /** Names of its groups by their index; undefined where a group has none. */
  readonly groups: readonly (string | undefined)[]
  readonly flags: number
}

/** Offsets of the match and its groups, -1 where a group took no part. */
export function matchFrom(
  pattern: CompiledRegex,
  input: string,
  from: number,
  budget: Budget,
  whole: boolean,
): number[] | undefined {
  if (input.length > MAX_INPUT) {
    throw raise('IllegalArgumentException', `a regular expression may see at most ${MAX_INPUT} characters, got ${input.length}`) // prettier-ignore
  }
  const spans: number[] = Array.from({ length: pattern.groups.length * 2 }, () => -1)
  const caseless = (pattern.flags & FLAGS['i']!) !== 0
  let depth = 0

  const walk = (node: RegexNode, at: number, next: Continue): boolean => {
    budget.step()
    if (++depth > 2500) throw raise('StackOverflowError', 'the regular expression needs too deep a recursion')
    const result = step(node, at, next)
    depth--
    return result
  }

  const step = (node: RegexNode, at: number, next: Continue): boolean => {
    switch (node.type) {
      case 'char':
      case 'any':
      case 'set':
        return at < input.length && one(node, at) && next(at + 1)
      case 'sequence':
        return sequence(node.items!, 0, at, next)
      case 'either':
        return node.items!.some((item) => walk(item, at, next))
      case 'group': {
        if (node.atomic === true) {
          let end = -1
          if (!walk(node.item!, at, (to) => ((end = to), true))) return false
          return next(end)
        }
        if (node.index === undefined) return walk(node.item!, at, next)
        const slot = node.index * 2
        const [start, end] = [spans[slot]!, spans[slot + 1]!]
        const done = walk(node.item!, at, (to) => {
          const before = [spans[slot]!, spans[slot + 1]!] as const
          spans[slot] = at
          spans[slot + 1] = to
          if (next(to)) return true
          ;[spans[slot], spans[slot + 1]] = before
          return false
        })
        if (!done) {
          spans[slot] = start
          spans[slot + 1] = end
        }
        return done
      }
      case 'repeat':
        return repeat(node, at, next)
      case 'back': {
        const index = node.index ?? pattern.groups.indexOf(node.name)
        const [start, end] = [spans[index * 2] ?? -1, spans[index * 2 + 1] ?? -1]
        if (start < 0) return false
        const text = input.slice(start, end)
        return input.startsWith(text, at) && next(at + text.length)
      }
      case 'assert':
        return assertion(node, at) && next(at)
      case 'look': {
        let found = false
        if (node.behind === true) {
          for (let start = at; start >= 0 && !found; start--) found = walk(node.item!, start, (to) => to === at)
        } else found = walk(node.item!, at, () => true)
        return found !== (node.negated === true) && next(at)
      }
    }
  }

  const one = (node: RegexNode, at: number): boolean => {
    const code = input.charCodeAt(at)
    if (node.type === 'char') {
      return code === node.code || (caseless && fold(code) === fold(node.code!))
    }
    if (node.test!(code)) return true
    return caseless && node.type === 'set' && (node.test!(fold(code)) || node.test!(unfold(code)))
  }

  const sequence = (items: readonly RegexNode[], index: number, at: number, next: Continue): boolean => {
    // Single characters are taken in a loop, so that a long literal does not nest.
    let [i, position] = [index, at]
    while (i < items.length && ['char', 'set', 'any'].includes(items[i]!.type)) {
      if (position >= input.length || !one(items[i]!, position)) return false
      i++
      position++
    }
    if (i === items.length) return next(position)
    return walk(items[i]!, position, (to) => sequence(items, i + 1, to, next))
  }

  const repeat = (node: RegexNode, at: number, next: Continue): boolean => {
    const [item, min, max] = [node.item!, node.min!, node.max!]
    if (['char', 'set', 'any'].includes(item.type)) return repeatOne(node, item, at, next)
    const more = (count: number, position: number): boolean => {
      const again = (): boolean =>
        count < max && walk(item, position, (to) => (to !== position || count < min) && more(count + 1, to))
      if (count < min) return again()
      return node.mode === 'lazy' ? next(position) || again() : again() || next(position)
    }
    if (node.mode !== 'possessive') return more(0, at)
    let [count, position] = [0, at]
    for (; count < max; count++) {
      let end = -1
      if (!walk(item, position, (to) => ((end = to), true)) || (end === position && count >= min)) break
      position = end
    }
    return count >= min && next(position)
  }

  const repeatOne = (node: RegexNode, item: RegexNode, at: number, next: Continue): boolean => {
    const [min, max] = [node.min!, node.max!]
    let count = 0
    const limit = Math.min(max, input.length - at)
    if (node.mode === 'lazy') {
      while (count < min) {
        if (count >= limit || !one(item, at + count)) return false
        count++
      }
      for (;;) {
        budget.step()
        if (next(at + count)) return true
        if (count >= limit || !one(item, at + count)) return false
        count++
      }
    }
    while (count < limit && one(item, at + count)) count++
    budget.steps(count >> 3)
    if (node.mode === 'possessive') return count >= min && next(at + count)
    for (; count >= min; count--) {
      budget.step()
      if (next(at + count)) return true
    }
    return false
  }

  const assertion = (node: RegexNode, at: number): boolean => {
    const multiline = (pattern.flags & FLAGS['m']!) !== 0
    switch (node.name) {
      case '^':
        return at === 0 || (multiline && input[at - 1] === '\n' && at < input.length)
      case '$':
        return at === input.length || (input[at] === '\n' && (multiline || at === input.length - 1))
      case 'A':
        return at === 0
      case 'z':
        return at === input.length
      case 'Z':
        return at === input.length || (input[at] === '\n' && at === input.length - 1)
      case 'G':
        return at === from
      default: {
        const boundary = isWord(input.charCodeAt(at - 1)) !== isWord(input.charCodeAt(at))
        return boundary === (node.name === 'b')
      }
    }
  }

  const found = walk(pattern.root, from, (to) => {
    if (whole && to !== input.length) return false
    spans[0] = from
    spans[1] = to
    return true
  })
  return found ? spans : undefined
}
