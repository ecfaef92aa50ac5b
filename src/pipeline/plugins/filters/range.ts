import { fail } from '../../../diagnostic/index.ts'
import {
  Double,
  compileSprintf,
  double,
  parseFieldPath,
  type Event,
  type FieldPath,
  type Value,
} from '../../../event/index.ts'
import { option, type, type Raw } from '../../../settings/index.ts'
import { defineFilter } from '../define.ts'

export const range = defineFilter({
  name: 'range',
  summary: 'Drops, tags or marks events whose numbers, or lengths of texts, are within ranges.',
  options: {
    ranges: option(type.list(type.raw), {
      default: [],
      describe:
        'A field, its least and its greatest value and an action, one after another: `drop`, `tag:NAME` or `field:NAME:VALUE`, whose names and values may have `%{field}`.',
    }),
    negate: option(type.boolean, {
      default: false,
      describe: 'Whether it is done for values that are not within the range instead.',
    }),
  },
  examples: [
    {
      title: 'marks by size',
      config:
        'ranges => ["message", 0, 3, "tag:short", "message", 4, 100, "tag:medium", ' +
        '"n", 5, 10, "field:%{what}:7", "n", 10, 10.5, "field:seen:%{what}", "gone", 0, 1, "drop"]',
      in: { message: 'hello', n: 10, what: 'kind' },
      out: { message: 'hello', n: 10, what: 'kind', tags: ['medium'], kind: 7, seen: 'kind' },
    },
    { title: 'dropped', config: 'ranges => ["n", 10, 20, "drop"]', in: { n: 15.5 }, out: null },
    {
      title: 'outside of a range',
      config: 'negate => true ranges => ["n", 10, 20, "tag:%{n}_is_strange"]',
      in: { n: 21 },
      out: { n: 21, tags: ['21_is_strange'] },
    },
    {
      title: 'a field that is there already',
      config: 'ranges => ["n", 0, 9, "field:seen:x", "n", 0, 9, "field:seen:1.5"]',
      in: { n: 1, seen: 'a' },
      out: { n: 1, seen: ['a', 'x', 1.5] },
    },
  ],
  create({ ranges, negate }, context) {
    const rules = compileRules(ranges)
    return {
      filter(batch) {
        return batch.filter((event) => {
          for (const { field, min, max, act } of rules) {
            const value = event.get(field)
            if (value === undefined) continue
            const size = sizeOf(value)
            const within = size !== undefined && size >= min && size <= max
            if (within !== negate && !act(event)) return false
          }
          context.matched(event)
          return true
        })
      },
    }
  },
})

interface Rule {
  readonly field: FieldPath
  readonly min: number
  readonly max: number
  /** False where the event is dropped. */
  readonly act: (event: Event) => boolean
}

/** The rules of one field stand together, at the place of the first, as in Logstash. */
function compileRules(ranges: readonly Raw[]): Rule[] {
  const refuse = (expected: string, value: Raw): never => {
    throw fail('plugin.option_invalid', { option: 'ranges', expected, value: String(value) })
  }
  if (ranges.length % 4 !== 0) refuse('groups of a field, two numbers and an action', `${ranges.length} values`)
  const byField = new Map<string, Rule[]>()
  for (let i = 0; i < ranges.length; i += 4) {
    const [name, min, max, action] = ranges.slice(i, i + 4) as [Raw, Raw, Raw, Raw]
    const field = typeof name === 'string' ? parseFieldPath(name) : undefined
    const act = typeof action === 'string' ? compileAction(action) : undefined
    if (field === undefined) return refuse('a field reference as the first of four', name)
    if (typeof min !== 'number') return refuse('a number as the second of four', min)
    if (typeof max !== 'number') return refuse('a number as the third of four', max)
    if (act === undefined) return refuse('"drop", "tag:NAME" or "field:NAME:VALUE" as the fourth of four', action)
    const rules = byField.get(field.text)
    if (rules === undefined) byField.set(field.text, [{ field, min, max, act }])
    else rules.push({ field, min, max, act })
  }
  return [...byField.values()].flat()
}

function compileAction(text: string): Rule['act'] | undefined {
  const [kind, first = '', second = '', ...more] = text.split(':')
  if (more.length > 0) return undefined
  if (kind === 'drop' && first === '') return () => false
  if (kind === 'tag' && first !== '' && second === '') {
    const tag = compileSprintf(first)
    return (event) => {
      event.tag(tag(event))
      return true
    }
  }
  if (kind !== 'field' || first === '' || second === '') return undefined
  const name = compileSprintf(first)
  const number = numberOf(second)
  const value = number === undefined ? compileSprintf(second) : () => number
  return (event) => {
    const field = parseFieldPath(name(event))
    if (field === undefined) return true
    const there = event.get(field)
    if (there === undefined || there === null) event.set(field, value(event))
    else event.set(field, [...(Array.isArray(there) ? there : [there]), value(event)])
    return true
  }
}

function numberOf(text: string): Value | undefined {
  if (/^(?:0|-?[1-9]\d{0,14})$/.test(text)) return Number(text)
  return /^-?\d{1,15}\.\d{1,15}$/.test(text) ? double(Number(text)) : undefined
}

/** Texts count by their length. */
function sizeOf(value: Value): number | undefined {
  if (typeof value === 'string') return [...value].length
  return typeof value === 'number' || typeof value === 'bigint' || value instanceof Double ? Number(value) : undefined
}
