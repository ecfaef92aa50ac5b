import { fail } from '../../../diagnostic/index.ts'
import { compileSprintf, parseFieldPath, type Event, type FieldPath } from '../../../event/index.ts'
import { option, type } from '../../../settings/index.ts'
import { defineFilter } from '../define.ts'

type Text = (event: Event) => string
type Step = (event: Event) => void

export const alter = defineFilter({
  name: 'alter',
  summary: 'Rewrites fields that have a certain value, or that another field’s value asks for.',
  options: {
    condrewrite: option(type.list(type.string), {
      default: [],
      describe: 'A field, the value it must have and its new one, one after another; both may have `%{field}`.',
    }),
    condrewriteother: option(type.list(type.string), {
      default: [],
      describe: 'A field, the value it must have, another field and its new value, one after another.',
    }),
    coalesce: option(type.list(type.string), {
      default: [],
      describe: 'A field and values with `%{field}`, of which it gets the first whose references are all there.',
    }),
  },
  examples: [
    {
      title: 'a value by another',
      config: 'condrewrite => ["a", "hello", "goodbye", "b", "%{test}", "%{new}"]',
      in: { a: 'hello', b: ['x', 'y'], test: 'y', new: 'z' },
      out: { a: 'goodbye', b: ['x', 'z'], test: 'y', new: 'z' },
    },
    {
      title: 'a reference to a field that is not there stays as it is written',
      config: 'condrewrite => ["a", "%{test}", "%{new}"] add_tag => "altered"',
      in: { a: '%{test}' },
      out: { a: '%{new}', tags: ['altered'] },
    },
    {
      title: 'a field by another',
      config: 'condrewriteother => ["a", "hello", "[b][c]", "goodbye", "d", "1", "e", "no"]',
      in: { a: ['x', 'hello'], d: 1 },
      out: { a: ['x', 'hello'], d: 1, b: { c: 'goodbye' } },
    },
    {
      title: 'the first that is there',
      config: 'coalesce => ["user", "%{gone}", "%{name}", "nobody"]',
      in: { user: 'x', name: 'ann' },
      out: { user: 'ann', name: 'ann' },
    },
  ],
  create(options, context) {
    const steps: Step[] = []
    for (const [field, expected, value] of groups('condrewrite', options.condrewrite, 3)) {
      const at = fieldOf('condrewrite', field!)
      steps.push(rewrite(at, compileSprintf(expected!), compileSprintf(value!)))
    }
    for (const [field, expected, other, value] of groups('condrewriteother', options.condrewriteother, 4)) {
      const to = fieldOf('condrewriteother', other!)
      const from = fieldOf('condrewriteother', field!)
      steps.push(rewriteOther(from, compileSprintf(expected!), to, compileSprintf(value!)))
    }
    const [field, ...values] = options.coalesce
    if (field !== undefined) {
      if (values.length === 0)
        throw fail('plugin.option_invalid', { option: 'coalesce', expected: 'a field and values', value: field })
      steps.push(coalesce(fieldOf('coalesce', field), values.map(compileSprintf)))
    }
    return {
      filter(batch) {
        for (const event of batch) {
          for (const step of steps) step(event)
          context.matched(event)
        }
        return batch
      },
    }
  },
})

function rewrite(field: FieldPath, expected: Text, value: Text): Step {
  return (event) => {
    const there = event.get(field)
    if (Array.isArray(there)) {
      if (there.length === 0) return
      const [from, to] = [expected(event), value(event)]
      event.set(
        field,
        there.map((inner) => (inner === from ? to : inner)),
      )
    } else if (there !== undefined && there === expected(event)) event.set(field, value(event))
  }
}

function rewriteOther(field: FieldPath, expected: Text, other: FieldPath, value: Text): Step {
  return (event) => {
    const there = event.get(field)
    if (there === undefined) return
    const wanted = expected(event)
    if (Array.isArray(there) ? there.includes(wanted) : there === wanted) event.set(other, value(event))
  }
}

function coalesce(field: FieldPath, values: readonly Text[]): Step {
  return (event) => {
    for (const value of values) {
      const text = value(event)
      if (text === 'nil' || /%\{[^}]+\}/.test(text)) continue
      event.set(field, text)
      return
    }
  }
}

function groups(option: string, values: readonly string[], size: number): (readonly string[])[] {
  if (values.length % size !== 0)
    throw fail('plugin.option_invalid', {
      option,
      expected: `groups of ${size} values`,
      value: `${values.length} values`,
    })
  return Array.from({ length: values.length / size }, (_, i) => values.slice(i * size, (i + 1) * size))
}

function fieldOf(option: string, name: string): FieldPath {
  const field = parseFieldPath(name)
  if (field === undefined) throw fail('plugin.option_invalid', { option, expected: 'a field reference', value: name })
  return field
}
