import {
  compileSprintf,
  fieldPath,
  isObject,
  newObject,
  parseFieldPath,
  type Event,
  type Value,
  type ValueObject,
} from '../../../../event/index.ts'
import { fail } from '../../../../diagnostic/index.ts'
import { option, type } from '../../../../settings/index.ts'
import { runEach } from '../../../grok/index.ts'
import { defineFilter } from '../../define.ts'
import { fieldReference } from '../field-option.ts'
import { capitalize, lowercase, uppercase } from '../mutate/text.ts'
import { compileCleaner, compileScanner } from './scanner.ts'

const TRANSFORMS = { lowercase, uppercase, capitalize } as const
const transform = type.oneOf('lowercase', 'uppercase', 'capitalize')
const characters = (what: string): string => `Characters, as of a regular expression's class, ${what}`

export const kv = defineFilter({
  name: 'kv',
  summary: 'Reads pairs such as `key=value` from a text into fields.',
  options: {
    source: option(fieldReference, { default: fieldPath('message'), describe: 'The field with the pairs.' }),
    target: option(fieldReference, { describe: 'The field below which pairs go; without it, the event itself.' }),
    field_split: option(type.string, { default: ' ', describe: characters('that end a pair.') }),
    field_split_pattern: option(type.string, {
      describe: 'A regular expression that ends a pair, before `field_split`.',
    }),
    value_split: option(type.string, { default: '=', describe: characters('between key and value.') }),
    value_split_pattern: option(type.string, {
      describe: 'A regular expression between key and value, before `value_split`.',
    }),
    whitespace: option(type.oneOf('lenient', 'strict'), {
      default: 'lenient',
      describe: 'Whether spaces around the splitter of key and value are left out.',
    }),
    include_brackets: option(type.boolean, {
      default: true,
      describe: 'Whether (), [] and <> around a value are taken off, as quotes are.',
    }),
    include_keys: option(type.list(type.string), { default: [], describe: 'The keys to keep; all by default.' }),
    exclude_keys: option(type.list(type.string), { default: [], describe: 'Keys to leave out.' }),
    default_keys: option(type.hash(type.string), {
      default: new Map(),
      describe: 'Values of keys that are not there.',
    }),
    allow_duplicate_values: option(type.boolean, {
      default: true,
      describe: 'Whether one value may be there several times for a key.',
    }),
    allow_empty_values: option(type.boolean, { default: false, describe: 'Whether empty values are kept.' }),
    recursive: option(type.boolean, { default: false, describe: 'Whether pairs within values are read too.' }),
    prefix: option(type.string, { default: '', describe: 'What comes before every key; may have references.' }),
    trim_key: option(type.string, { describe: characters("taken off a key's ends.") }),
    trim_value: option(type.string, { describe: characters("taken off a value's ends.") }),
    remove_char_key: option(type.string, { describe: characters('taken out of keys.') }),
    remove_char_value: option(type.string, { describe: characters('taken out of values.') }),
    transform_key: option(transform, { describe: 'How keys are written.' }),
    transform_value: option(transform, { describe: 'How values are written.' }),
    tag_on_failure: option(type.list(type.string), {
      default: ['_kv_filter_error'],
      describe: 'Tags of events whose pairs could not be read.',
    }),
    tag_on_timeout: option(type.string, {
      default: '_kv_filter_timeout',
      describe: 'Tag of events that took too long.',
    }),
    timeout_millis: option(type.number({ integer: true, min: 0 }), {
      default: 30_000,
      describe: 'How long an event may take, in milliseconds; 0 is without limit.',
    }),
    ecs_compatibility: option(type.oneOf('disabled', 'v1', 'v8'), {
      describe: 'Only chooses whether a missing target is warned of.',
      ignored: 'a missing target is not warned of',
    }),
  },
  examples: [
    {
      title: 'an end of pairs that begins with a backslash',
      config: 'source => "h" field_split_pattern => "\\\\r\\\\n" value_split_pattern => ": " remove_field => "h"',
      in: { h: 'Host: example.org\\r\\nAccept: */*\\r\\n' },
      out: { Host: 'example.org', Accept: '*/*' },
    },
    {
      title: 'words, quotes and brackets',
      config: 'remove_field => "message"',
      in: { message: `ip=1.2.3.4 error=REFUSED a="b c" d='e f' g=(h i) j=[k l] m = n` },
      out: { ip: '1.2.3.4', error: 'REFUSED', a: 'b c', d: 'e f', g: 'h i', j: 'k l', m: 'n' },
    },
    {
      title: 'a query string, with a prefix, into a target',
      config: 'source => "q" field_split => "&?" prefix => "%{p}_" target => "args" exclude_keys => ["d"]',
      in: { q: '?pin=12345~0&d=123&e=foo@bar.com', p: 'arg' },
      out: { q: '?pin=12345~0&d=123&e=foo@bar.com', p: 'arg', args: { arg_pin: '12345~0', arg_e: 'foo@bar.com' } },
    },
    {
      title: 'patterns',
      config: 'source => "m" field_split_pattern => ":+" include_keys => ["k1", "k3"]',
      in: { m: 'k1=v1:k2=v2::k3=v3' },
      out: { m: 'k1=v1:k2=v2::k3=v3', k1: 'v1', k3: 'v3' },
    },
    {
      title: 'strict: what follows the splitter at once ends the value',
      config: 'source => "m" whitespace => strict target => "t"',
      in: { m: 'a= b=c' },
      out: { m: 'a= b=c', t: { b: 'c' } },
    },
    {
      title: 'cleaning up',
      config:
        'source => "m" trim_key => "<>" trim_value => "\\[\\]," remove_char_value => "!" transform_key => uppercase transform_value => capitalize',
      in: { m: '<a>=x!y, b=zZ,' },
      out: { m: '<a>=x!y, b=zZ,', A: 'Xy', B: 'Zz' },
    },
    {
      title: 'one key several times',
      config: 'source => "m" allow_duplicate_values => false',
      in: { m: 'a=1 a=1 a=2' },
      out: { m: 'a=1 a=1 a=2', a: ['1', '2'] },
    },
    {
      title: 'pairs within pairs, defaults',
      config: 'source => "m" recursive => true default_keys => ["z", "none"]',
      in: { m: 'a="b=1 c=2" d=3' },
      out: { m: 'a="b=1 c=2" d=3', z: 'none', a: { b: '1', c: '2' }, d: '3' },
    },
    { title: 'no pairs', config: '', in: { message: 'nothing' }, out: { message: 'nothing' } },
  ],
  create(options, context) {
    for (const name of ['value_split', 'value_split_pattern', 'field_split_pattern'] as const)
      if (options[name] === '')
        throw fail('plugin.option_invalid', { option: name, expected: 'a text that is not empty', value: '' })
    const scan = compileScanner({
      fieldSplit: options.field_split,
      fieldSplitPattern: options.field_split_pattern,
      valueSplit: options.value_split,
      valueSplitPattern: options.value_split_pattern,
      lenient: options.whitespace === 'lenient',
      brackets: options.include_brackets,
    })
    const cleanKey = compileCleaner(options.trim_key, options.remove_char_key, transformOf(options.transform_key))
    const cleanValue = compileCleaner(
      options.trim_value,
      options.remove_char_value,
      transformOf(options.transform_value),
    )
    const prefix = compileSprintf(options.prefix)
    const included = options.include_keys.map(compileSprintf)
    const excluded = options.exclude_keys.map(compileSprintf)

    function read(text: string, event: Event, into: ValueObject, depth: number): void {
      const only = included.map((of) => of(event))
      const without = excluded.map((of) => of(event))
      for (const [rawKey, rawValue] of scan(text)) {
        if (rawValue === '' && !options.allow_empty_values) continue
        const bare = cleanKey(rawKey)
        if ((only.length > 0 && !only.includes(bare)) || without.includes(bare)) continue
        const key = prefix(event) + bare
        let value: Value = cleanValue(rawValue)
        const before = into[key]
        if (!options.allow_duplicate_values && before !== undefined && [before].flat().includes(value)) continue
        if (options.recursive && depth < DEEPEST) {
          const inner = newObject()
          read(value, event, inner, depth + 1)
          if (Object.keys(inner).length > 0) value = inner
        }
        if (before === undefined) into[key] = value
        else if (Array.isArray(before)) before.push(value)
        else into[key] = [before, value]
      }
    }

    function pairsOf(event: Event): ValueObject | undefined {
      const value = event.get(options.source)
      const found = newObject()
      if (typeof value === 'string') read(value, event, found, 0)
      else if (Array.isArray(value)) {
        for (const inner of value) {
          if (typeof inner !== 'string') return undefined
          read(inner, event, found, 0)
        }
      }
      const all = newObject()
      for (const [key, text] of options.default_keys) all[key] = text
      for (const key in found) all[key] = found[key]!
      return all
    }

    return {
      filter(batch) {
        const results: (ValueObject | undefined | null)[] = []
        runEach(
          batch.length,
          options.timeout_millis,
          (index) => (results[index] = pairsOf(batch[index]!)),
          (index) => (results[index] = null),
        )
        batch.forEach((event, index) => {
          const pairs = results[index]
          if (pairs === null) event.tag(options.tag_on_timeout)
          else if (pairs === undefined) for (const tag of options.tag_on_failure) event.tag(tag)
          else if (Object.keys(pairs).length > 0) {
            if (options.target !== undefined) event.set(options.target, pairs)
            else for (const key in pairs) setField(event, key, pairs[key]!)
            context.matched(event)
          }
        })
        return batch
      },
    }
  },
})

const DEEPEST = 20

function transformOf(name: keyof typeof TRANSFORMS | undefined): ((text: string) => string) | undefined {
  return name === undefined ? undefined : TRANSFORMS[name]
}

/** A key may be a field reference; what looks like one and is none stands for itself. */
function setField(event: Event, key: string, value: Value): void {
  const path = parseFieldPath(key)
  if (path === undefined) event.data[key] = value
  else if (key === '@timestamp' || (key === 'tags' && isObject(value))) event.data[`_${key}`] = value
  else event.set(path, value)
}
