import { fail } from '../../../../diagnostic/index.ts'
import {
  cloneValue,
  compileSprintf,
  getAt,
  isObject,
  parseFieldPath,
  printValue,
  setAt,
  type Event,
  type FieldPath,
  type Value,
  type ValueObject,
} from '../../../../event/index.ts'
import { option, type, type Raw } from '../../../../settings/index.ts'
import { compileRubyRegex, runEach } from '../../../grok/index.ts'
import { defineFilter } from '../../define.ts'
import { fieldReference } from '../field-option.ts'
import { readDictionary, type Dictionary } from './dictionary.ts'
import { rawValue } from '../../raw-value.ts'

const MILLIS = 30_000

export const translate = defineFilter({
  name: 'translate',
  summary: 'Looks a value up in a dictionary.',
  options: {
    source: option(fieldReference, {
      required: true,
      describe: 'The field to look up; of a list, its first value.',
      aliases: ['field'],
    }),
    target: option(fieldReference, {
      describe: 'Where the result goes: `translation`, or with the names of ECS the source itself.',
      aliases: ['destination'],
    }),
    dictionary: option(type.hash<Raw>(type.raw), {
      default: new Map<string, Raw>(),
      describe: 'Values by what is looked up.',
    }),
    dictionary_path: option(type.string, { describe: 'A file of YAML, JSON or CSV, instead of `dictionary`.' }),
    refresh_interval: option(type.number(), {
      default: 300,
      describe: 'After how many seconds the file is read again; 0 or less is never.',
    }),
    refresh_behaviour: option(type.oneOf('merge', 'replace'), {
      default: 'merge',
      describe: 'Whether entries that are no longer in the file stay.',
    }),
    exact: option(type.boolean, {
      default: true,
      describe: 'Whether the whole value is looked up; otherwise every entry found in it is replaced.',
    }),
    regex: option(type.boolean, {
      default: false,
      describe: 'Whether entries are regular expressions; needs `exact`.',
    }),
    override: option(type.boolean, {
      describe: 'Whether a target that is there is replaced; by default only where it is the source itself.',
    }),
    fallback: option(type.string, { describe: 'The result where nothing is found; may have references.' }),
    iterate_on: option(fieldReference, {
      describe:
        'A list whose values are looked up one by one: where it is the `source` too, the results make a list, with null for none; ' +
        'otherwise `source` and `target` are fields of the hashes in it.',
    }),
    yaml_dictionary_code_point_limit: option(type.number({ integer: true, min: 1 }), {
      describe: 'The most characters of a YAML file.',
      ignored: 'files of any length are read',
    }),
    ecs_compatibility: option(type.oneOf('disabled', 'v1', 'v8'), {
      describe: "The default of `target`; the pipeline's setting by default.",
    }),
  },
  examples: [
    {
      title: 'a word',
      config: 'source => "code" target => "text" dictionary => { "100" => "Continue" "404" => "Not found" }',
      in: { code: 404 },
      out: { code: 404, text: 'Not found' },
    },
    {
      title: 'a target that is there stays; a fallback',
      config: 'field => "a" destination => "b" dictionary => { "x" => "y" } fallback => "no %{a}"',
      in: { a: 'z' },
      out: { a: 'z', b: 'no z' },
    },
    {
      title: 'regular expressions',
      config: 'source => "a" target => "b" regex => true dictionary => { "^10\\." => "inside" ".*" => "outside" }',
      in: { a: '10.0.0.1' },
      out: { a: '10.0.0.1', b: 'inside' },
    },
    {
      title: 'parts of a text, in place',
      config: 'source => "a" exact => false dictionary => { "foo" => "bar" "x" => "y" } ecs_compatibility => v8',
      in: { a: 'foofing x' },
      out: { a: 'barfing y' },
    },
    {
      title: 'hashes of a list',
      config: 'iterate_on => "l" source => "k" target => "v" dictionary => { "1" => "one" } fallback => "?"',
      in: { l: [{ k: '1' }, { k: '2' }] },
      out: {
        l: [
          { k: '1', v: 'one' },
          { k: '2', v: '?' },
        ],
      },
    },
    {
      title: 'values of a list, one by one',
      config: 'iterate_on => "l" source => "l" target => "t" dictionary => { "1" => "one" "3" => "three" }',
      in: { l: [1, 2, '3'] },
      out: { l: [1, 2, '3'], t: ['one', null, 'three'] },
    },
    {
      title: 'fields deep in the hashes of a list',
      config:
        'iterate_on => "l" source => "[a][k]" target => "[b][v]" dictionary => { "1" => "one" } add_tag => "found"',
      in: { l: [{ a: { k: '1' }, b: { v: 'old' } }, { a: 2 }, 'x'] },
      out: { l: [{ a: { k: '1' }, b: { v: 'one' } }, { a: 2 }, 'x'], tags: ['found'] },
    },
    {
      title: 'a source that is not there is no success, even in place',
      config: 'source => "a" target => "a" dictionary => { "x" => "y" } fallback => "z" add_tag => "found"',
      in: { b: 1 },
      out: { b: 1 },
    },
    {
      title: 'nothing found',
      config: 'source => "a" dictionary => { "x" => "y" } add_tag => "found"',
      in: { a: 'z' },
      out: { a: 'z' },
    },
  ],
  create(options, context) {
    const { dictionary_path: path, source } = options
    if (path !== undefined && options.dictionary.size > 0)
      throw fail('plugin.options_exclude', { option: 'dictionary', other: 'dictionary_path' })
    const legacy = (options.ecs_compatibility ?? context.ecs) === 'disabled'
    const target = options.target ?? (legacy ? parseFieldPath('translation')! : source)
    const inPlace = target.text === source.text
    const override = options.override ?? inPlace
    const fallback = options.fallback === undefined ? undefined : compileSprintf(options.fallback)
    const compile = (dictionary: Dictionary): Lookup => compileLookup(dictionary, options.exact, options.regex)
    let dictionary: Dictionary = new Map([...options.dictionary].map(([name, raw]) => [name, rawValue(raw)]))
    let lookup = compile(dictionary)
    let readAt = context.clock.monotonic()

    function refresh(file: string): void {
      readAt = context.clock.monotonic()
      const fresh = readDictionary(file)
      dictionary = options.refresh_behaviour === 'merge' ? new Map([...dictionary, ...fresh]) : fresh
      lookup = compile(dictionary)
    }

    if (path !== undefined) {
      try {
        refresh(path)
      } catch (error) {
        throw fail('plugin.file_unreadable', { option: 'dictionary_path', path, reason: (error as Error).message })
      }
    }

    /** The result for a value, undefined where there is none. */
    function find(value: Value, event: Event): Value | undefined {
      const first = Array.isArray(value) ? (value[0] ?? null) : value
      return lookup(first === null ? '' : printValue(first)) ?? fallback?.(event)
    }

    /** What is to be set, and where; undefined where the event is left alone. */
    function resultOf(event: Event): Result | undefined {
      if (options.iterate_on !== undefined) return iterated(event, options.iterate_on)
      const value = event.get(source)
      if (value === undefined || (!override && event.has(target))) return undefined
      const result = find(value, event)
      if (result !== undefined) return { path: target, value: cloneValue(result), matched: true }
      return inPlace ? { matched: true } : undefined
    }

    function iterated(event: Event, field: FieldPath): Result | undefined {
      const value = event.get(field)
      if (value === undefined) return undefined
      const list = value === null ? [] : Array.isArray(value) ? value : [value]
      // Values are meant where the list itself is the source; otherwise fields of the hashes in it.
      if (field.text === source.text) {
        if (!override && event.has(target)) return undefined
        const results = list.map((inner) => find(inner, event) ?? null)
        const matched = inPlace || results.some((result) => result !== null && result !== false)
        return { path: target, value: results.map(cloneValue), matched }
      }
      let matched = inPlace
      const copies = list.map((inner) => {
        const sought = isObject(inner) ? getAt(inner, source.keys) : undefined
        const result = sought === undefined || sought === null ? undefined : find(sought, event)
        if (result === undefined) return inner
        matched = true
        const copy = cloneValue(inner) as ValueObject
        setAt(copy, target.keys, cloneValue(result))
        return copy
      })
      return Array.isArray(value) ? { path: field, value: copies, matched } : { matched }
    }

    return {
      filter(batch) {
        const due =
          options.refresh_interval > 0 && context.clock.monotonic() - readAt >= options.refresh_interval * 1000
        if (path !== undefined && due) {
          try {
            refresh(path)
          } catch (error) {
            const reason = error instanceof Error ? error.message : String(error)
            context.logger.warn({ path, reason }, 'the dictionary could not be read again; the old one stays')
          }
        }
        const results: (Result | undefined)[] = []
        runEach(
          batch.length,
          MILLIS,
          (index) => (results[index] = resultOf(batch[index]!)),
          (index) => (results[index] = undefined),
        )
        batch.forEach((event, index) => {
          const result = results[index]
          if (result?.path !== undefined) event.set(result.path, result.value ?? null)
          if (result?.matched === true) context.matched(event)
        })
        return batch
      },
    }
  },
})

interface Result {
  readonly path?: FieldPath
  readonly value?: Value
  readonly matched: boolean
}

type Lookup = (text: string) => Value | undefined

/** @throws DiagnosticError for an entry that is no regular expression. */
function compileLookup(dictionary: Dictionary, exact: boolean, regex: boolean): Lookup {
  if (exact && !regex) return (text) => dictionary.get(text)
  if (exact) {
    const entries = [...dictionary].map(([name, value]) => [compileRubyRegex(name), value] as const)
    return (text) => entries.find(([pattern]) => pattern.test(text))?.[1]
  }
  if (dictionary.size === 0) return () => undefined
  const names = [...dictionary.keys()].map((name) => name.replace(/[$()*+.?[\\\]^{|}]/g, '\\$&'))
  const any = new RegExp(names.join('|'), 'gu')
  return (text) => {
    const replaced = text.replace(any, (name) => printValue(dictionary.get(name) ?? ''))
    return replaced === text ? undefined : replaced
  }
}
