import { compileSprintf, printValue, type Event, type Value } from '../../../event/index.ts'
import { option, type } from '../../../settings/index.ts'
import { compileRubyRegex, runEach } from '../../grok/index.ts'
import { defineFilter } from '../define.ts'

const MILLIS = 30_000
const REGEX_LIMIT = 1000

export const prune = defineFilter({
  name: 'prune',
  summary: 'Removes fields of the event itself by their names or values; fields within hashes are not looked at.',
  options: {
    whitelist_names: option(type.list(type.string), {
      default: [],
      describe: 'Regular expressions of names; fields whose name matches none are removed. All stay by default.',
    }),
    blacklist_names: option(type.list(type.string), {
      default: ['%\\{[^}]+\\}'],
      describe: 'Regular expressions of names to remove; references that were not filled in by default.',
    }),
    whitelist_values: option(type.hash(type.string), {
      default: new Map<string, string>(),
      describe: 'Fields and a regular expression their value must match; of a list, the values that do stay.',
    }),
    blacklist_values: option(type.hash(type.string), {
      default: new Map<string, string>(),
      describe: 'Fields and a regular expression their value must not match; of a list, the values that do not stay.',
    }),
    interpolate: option(type.boolean, {
      default: false,
      describe: 'Whether expressions and names may have references.',
    }),
  },
  examples: [
    {
      title: 'names to keep',
      config: 'whitelist_names => ["^a"]',
      in: { a: 1, ab: 2, b: 3, '%{x}': 4 },
      out: { a: 1, ab: 2 },
    },
    {
      title: 'values, also of lists',
      config: 'whitelist_values => ["l", "^x"] blacklist_values => ["m", "(HEAD|OPTIONS)", "n", "1"]',
      in: { l: ['xa', 'b'], m: 'HEAD', n: ['1', '2'], o: 5 },
      out: { l: ['xa'], n: ['2'], o: 5 },
    },
    {
      title: 'references',
      config: 'blacklist_names => ["^%{which}$"] interpolate => true',
      in: { which: 'b', b: 1 },
      out: { which: 'b' },
    },
  ],
  create(options, context) {
    const regexes = (texts: readonly string[]): Matcher => matcherOf(texts, options.interpolate)
    const keepNames = regexes(options.whitelist_names)
    const dropNames = regexes(options.blacklist_names)
    const values = (hash: ReadonlyMap<string, string>): ValueRule[] =>
      [...hash].map(([name, text]) => ({
        name: options.interpolate ? compileSprintf(name) : () => name,
        matches: regexes([text]),
      }))
    const keepValues = values(options.whitelist_values)
    const dropValues = values(options.blacklist_values)

    /** What is decided from the whole event before anything is removed: references still find their fields. */
    function decide(event: Event): Map<string, Value | undefined> {
      const changes = new Map<string, Value | undefined>()
      for (const name in event.data)
        if ((options.whitelist_names.length > 0 && !keepNames(event, name)) || dropNames(event, name))
          changes.set(name, undefined)
      const judge = (rules: readonly ValueRule[], wanted: boolean): void => {
        for (const { name: nameOf, matches } of rules) {
          const name = nameOf(event)
          const value = changes.has(name) ? changes.get(name) : event.data[name]
          if (value === undefined || value === null || value === false) continue
          const stays = (inner: Value): boolean => matches(event, inner === null ? '' : printValue(inner)) === wanted
          if (!Array.isArray(value)) {
            if (!stays(value)) changes.set(name, undefined)
            continue
          }
          const rest = value.filter(stays)
          if (rest.length < value.length) changes.set(name, rest.length === 0 ? undefined : rest)
        }
      }
      judge(keepValues, true)
      judge(dropValues, false)
      return changes
    }

    return {
      filter(batch) {
        const decisions: (Map<string, Value | undefined> | undefined)[] = []
        runEach(
          batch.length,
          MILLIS,
          (index) => (decisions[index] = decide(batch[index]!)),
          (index) => (decisions[index] = undefined),
        )
        batch.forEach((event, index) => {
          const changes = decisions[index]
          if (changes === undefined) return
          for (const [name, value] of changes) {
            if (value === undefined) delete event.data[name]
            else event.data[name] = value
          }
          context.matched(event)
        })
        return batch
      },
    }
  },
})

type Matcher = (event: Event, text: string) => boolean

interface ValueRule {
  readonly name: (event: Event) => string
  readonly matches: Matcher
}

function matcherOf(texts: readonly string[], interpolate: boolean): Matcher {
  if (!interpolate) {
    const regexes = texts.map((text) => compileRubyRegex(text))
    return (_event, text) => regexes.some((regex) => regex.test(text))
  }
  const sources = texts.map(compileSprintf)
  const known = new Map<string, RegExp | undefined>()
  return (event, text) =>
    sources.some((sourceOf) => {
      const source = sourceOf(event)
      if (!known.has(source)) {
        if (known.size >= REGEX_LIMIT) known.clear()
        known.set(source, tryRegex(source))
      }
      return known.get(source)?.test(text) ?? false
    })
}

/** An event may make an expression that is none: it then matches nothing. */
function tryRegex(source: string): RegExp | undefined {
  try {
    return compileRubyRegex(source)
  } catch {
    return undefined
  }
}
