import { compileSprintf, parseFieldPath, type Event, type FieldPath, type Value } from '../../../../event/index.ts'
import { option, type } from '../../../../settings/index.ts'
import { runEach } from '../../../grok/index.ts'
import { defineFilter } from '../../define.ts'
import { fieldHash, fieldReference } from '../field-option.ts'
import { CONVERSIONS, convertValue, type Conversion } from './convert.ts'
import { compileGsub } from './gsub.ts'
import { capitalize, eachText, join, lowercase, merge, split, strip, uppercase } from './text.ts'
import { cloneValue } from '../../../../event/index.ts'

const fields = type.list(fieldReference)
const conversion = type.oneOf(...CONVERSIONS)

/** A substitution of one text may take this long before its event is tagged instead. */
const GSUB_MILLIS = 30_000

export const mutate = defineFilter({
  name: 'mutate',
  summary:
    'Changes fields, in this order: coerce, rename, update, replace, convert, gsub, uppercase, capitalize, lowercase, strip, split, join, merge, copy.',
  options: {
    coerce: option(fieldHash(type.string), { default: [], describe: 'Values for fields that are there and null.' }),
    rename: option(type.hash(type.string), { default: new Map(), describe: 'New names of fields.' }),
    update: option(fieldHash(type.string), { default: [], describe: 'New values of fields that are there.' }),
    replace: option(fieldHash(type.string), { default: [], describe: 'New values of fields, there or not.' }),
    convert: option(fieldHash(conversion), { default: [], describe: 'Types that values are converted to.' }),
    gsub: option(type.list(type.string), {
      default: [],
      describe: 'Triples of a field, a regular expression and what replaces each of its matches (`\\1` is a group).',
    }),
    uppercase: option(fields, { default: [], describe: 'Fields written in capitals.' }),
    capitalize: option(fields, {
      default: [],
      describe: 'Fields that begin with a capital, the rest in small letters.',
    }),
    lowercase: option(fields, { default: [], describe: 'Fields written in small letters.' }),
    strip: option(fields, { default: [], describe: 'Fields without the white space at their ends.' }),
    split: option(fieldHash(type.string), { default: [], describe: 'Separators at which texts become lists.' }),
    join: option(fieldHash(type.string), { default: [], describe: 'Separators with which lists become texts.' }),
    merge: option(fieldHash(type.list(fieldReference)), {
      default: [],
      describe: 'Fields whose values are added to a list or a hash.',
    }),
    copy: option(fieldHash(fieldReference), { default: [], describe: 'Fields that get the value of another.' }),
    tag_on_failure: option(type.string, {
      default: '_mutate_error',
      describe: 'Tag of an event on which an operation failed; the operations after it are left out.',
    }),
  },
  examples: [
    {
      title: 'rename, with references',
      config: 'rename => { "a" => "[x][y]" "%{which}" => "z" }',
      in: { a: 1, which: 'b', b: 2 },
      out: { which: 'b', x: { y: 1 }, z: 2 },
    },
    {
      title: 'update changes only what is there, replace sets',
      config: 'update => { "a" => "new %{b}" "c" => "no" } replace => { "d" => "set" }',
      in: { a: 'old', b: 'B' },
      out: { a: 'new B', b: 'B', d: 'set' },
    },
    {
      title: 'coerce fills in for null',
      config: 'coerce => { "a" => "none" "b" => "none" }',
      in: { a: null },
      out: { a: 'none' },
    },
    {
      title: 'convert',
      config:
        'convert => { "i" => "integer" "h" => "integer" "s" => "integer" "f" => "float" "ie" => "integer_eu" "fe" => "float_eu" "b" => "boolean" "l" => "string" }',
      in: {
        i: '1,234.9',
        h: '0x1f',
        s: '1.5e3',
        f: '-2.5',
        ie: '1.234,9',
        fe: '1.234,5',
        b: 'Yes',
        l: [1, true, null],
      },
      out: { i: 1234, h: 31, s: 1500, f: -2.5, ie: 1234, fe: 1234.5, b: true, l: ['1', 'true', null] },
    },
    {
      title: 'what is no number is tagged',
      config: 'convert => { "f" => "float" } copy => { "f" => "g" }',
      in: { f: 'abc' },
      out: { f: 'abc', tags: ['_mutate_error'] },
    },
    {
      title: 'gsub, with groups and references',
      config: 'gsub => ["a", "/", "_", "b", "(\\w+)@(\\w+)", "\\2 at \\1", "l", "%{what}", "-"]',
      in: { a: 'x/y/z', b: 'me@home', l: ['one', 1], what: 'o' },
      out: { a: 'x_y_z', b: 'home at me', l: ['-ne', 1], what: 'o' },
    },
    {
      title: 'letters',
      config: 'uppercase => ["u"] lowercase => "l" capitalize => ["c"] strip => ["s"]',
      in: { u: ['aé', 1], l: 'ABC', c: 'hELLO wORLD', s: ' x \t' },
      out: { u: ['AÉ', 1], l: 'abc', c: 'Hello world', s: 'x' },
    },
    {
      title: 'split drops empty texts at the end, join prints every element',
      config: 'split => { "a" => "," "w" => " " } join => { "b" => "-" }',
      in: { a: 'x,,y,,', w: ' p  q ', b: [1, null, 'c'] },
      out: { a: ['x', '', 'y'], w: ['p', 'q'], b: '1--c' },
    },
    {
      title: 'merge lists and hashes, copy deeply',
      config: 'merge => { "a" => ["b", "c"] "h" => "g" } copy => { "h" => "k" }',
      in: { a: 'x', b: ['y'], c: 1, h: { m: 1 }, g: { n: 2 } },
      out: { a: ['x', 'y', 1], b: ['y'], c: 1, h: { m: 1, n: 2 }, g: { n: 2 }, k: { m: 1, n: 2 } },
    },
    {
      title: 'the order is fixed, whatever the order written',
      config: 'copy => { "new" => "copied" } uppercase => ["new"] rename => { "old" => "new" }',
      in: { old: 'v' },
      out: { new: 'V', copied: 'V' },
    },
  ],
  create(options, context) {
    const before: Operation[] = [
      ...options.coerce.map(([field, text]) => setter(field, text, (event) => event.get(field) === null)),
      ...[...options.rename].map(([from, to]) => renamer(from, to)),
      ...options.update.map(([field, text]) => setter(field, text, (event) => event.has(field))),
      ...options.replace.map(([field, text]) => setter(field, text, () => true)),
      ...options.convert.map(([field, to]) => converter(field, to)),
    ]
    const substitutions = compileGsub(options.gsub)
    const after: Operation[] = [
      ...options.uppercase.map((field) => changer(field, eachText(uppercase))),
      ...options.capitalize.map((field) => changer(field, eachText(capitalize))),
      ...options.lowercase.map((field) => changer(field, eachText(lowercase))),
      ...options.strip.map((field) => changer(field, strip)),
      ...options.split.map(([field, separator]) =>
        changer(field, (value) => (typeof value === 'string' ? split(value, separator) : value)),
      ),
      ...options.join.map(([field, separator]) =>
        changer(field, (value) => (Array.isArray(value) ? join(value, separator) : value)),
      ),
      ...options.merge.map(([field, added]) => (event: Event) => {
        for (const other of added) {
          const merged = merge(event.get(field), event.get(other))
          if (merged !== undefined) event.set(field, merged)
        }
      }),
      ...options.copy.map(([from, to]) => (event: Event) => {
        const value = event.get(from)
        if (value !== undefined && value !== null) event.set(to, cloneValue(value))
      }),
    ]
    return {
      filter(batch) {
        const failed = new Set<Event>()
        const failing = (event: Event, reason: string): void => {
          failed.add(event)
          event.tag(options.tag_on_failure)
          context.logger.debug({ reason }, 'mutate failed on an event')
        }
        const apply = (operations: readonly Operation[]): void => {
          for (const event of batch) {
            if (failed.has(event)) continue
            try {
              for (const operation of operations) operation(event)
            } catch (error) {
              failing(event, error instanceof Error ? error.message : String(error))
            }
          }
        }
        apply(before)
        for (const { field, substitute } of substitutions) {
          const open = batch.filter((event) => !failed.has(event))
          const results: (Value | Error | undefined)[] = []
          runEach(
            open.length,
            GSUB_MILLIS,
            (index) => (results[index] = substitute(open[index]!)),
            (index) => (results[index] = new Error('gsub took too long')),
          )
          for (let index = 0; index < open.length; index++) {
            const result = results[index]
            if (result instanceof Error) failing(open[index]!, result.message)
            else if (result !== undefined) open[index]!.set(field, result)
          }
        }
        apply(after)
        for (const event of batch) if (!failed.has(event)) context.matched(event)
        return batch
      },
    }
  },
})

/** Throws where it fails on an event. */
type Operation = (event: Event) => void

function setter(field: FieldPath, text: string, when: (event: Event) => boolean): Operation {
  const value = compileSprintf(text)
  return (event) => {
    if (when(event)) event.set(field, value(event))
  }
}

function renamer(from: string, to: string): Operation {
  const oldName = compileSprintf(from)
  const newName = compileSprintf(to)
  return (event) => {
    const source = parseFieldPath(oldName(event))
    const target = parseFieldPath(newName(event))
    if (source === undefined || target === undefined) throw new Error('rename: not a field reference')
    if (!event.has(source)) return
    const value = event.remove(source)
    if (value !== undefined) event.set(target, value)
  }
}

function converter(field: FieldPath, to: Conversion): Operation {
  return (event) => {
    const value = event.get(field)
    if (value !== undefined && value !== null) event.set(field, convertValue(value, to))
  }
}

function changer(field: FieldPath, change: (value: Value) => Value): Operation {
  return (event) => {
    const value = event.get(field)
    if (value === undefined || value === null) return
    const changed = change(value)
    if (changed !== value) event.set(field, changed)
  }
}
