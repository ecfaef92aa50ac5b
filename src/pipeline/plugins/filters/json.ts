import {
  Double,
  isObject,
  parseFieldPath,
  parseIsoTimestamp,
  parseJson,
  printValue,
  Timestamp,
  type Event,
  type Value,
} from '../../../event/index.ts'
import { option, type } from '../../../settings/index.ts'
import { defineFilter } from '../define.ts'
import { fieldReference } from './field-option.ts'

export const json = defineFilter({
  name: 'json',
  summary: 'Reads JSON from a field into fields.',
  options: {
    source: option(fieldReference, { required: true, describe: 'The field with the JSON.' }),
    target: option(fieldReference, {
      describe: 'Where the value goes; without it an object becomes fields of the event.',
    }),
    tag_on_failure: option(type.list(type.string), {
      default: ['_jsonparsefailure'],
      describe: 'Tags of events whose field is no JSON.',
    }),
    skip_on_invalid_json: option(type.boolean, {
      default: false,
      describe: 'Whether what is no JSON is left alone, without a tag.',
    }),
    ecs_compatibility: option(type.oneOf('disabled', 'v1', 'v8'), {
      describe: 'Only chooses whether a missing target is warned of.',
      ignored: 'a missing target is not warned of',
    }),
  },
  examples: [
    {
      title: 'an object becomes fields',
      config: 'source => "message" remove_field => ["message"]',
      in: { message: '{"a":{"b":[1,2.5]},"n":9007199254740993}' },
      out: { a: { b: [1, 2.5] }, n: 9007199254740992 },
    },
    {
      title: 'a target',
      config: 'source => "m" target => "[x][y]"',
      in: { m: '[1]' },
      out: { m: '[1]', x: { y: [1] } },
    },
    {
      title: 'no JSON',
      config: 'source => "m"',
      in: { m: '{"a":' },
      out: { m: '{"a":', tags: ['_jsonparsefailure'] },
    },
    {
      title: 'no JSON, skipped',
      config: 'source => "m" skip_on_invalid_json => true',
      in: { m: 'x' },
      out: { m: 'x' },
    },
    {
      title: 'a list needs a target',
      config: 'source => "m"',
      in: { m: '[1]' },
      out: { m: '[1]', tags: ['_jsonparsefailure'] },
    },
    {
      title: 'its time becomes the event’s',
      config: 'source => "m" remove_field => "m"',
      in: { m: '{"@timestamp":"2020-01-02T03:04:05.678Z","a":1}' },
      out: { a: 1, '@timestamp': '2020-01-02T03:04:05.678Z' },
    },
    { title: 'nothing there', config: 'source => "m"', in: { a: 1 }, out: { a: 1 } },
  ],
  create(options, context) {
    return {
      filter(batch) {
        for (const event of batch) {
          const source = event.get(options.source)
          if (source === undefined || source === null) continue
          const parsed = read(source)
          if (parsed === undefined) {
            if (!options.skip_on_invalid_json) for (const tag of options.tag_on_failure) event.tag(tag)
            continue
          }
          if (options.target !== undefined) event.set(options.target, parsed)
          else if (isObject(parsed)) spread(event, parsed, context.clock.now())
          else {
            for (const tag of options.tag_on_failure) event.tag(tag)
            continue
          }
          context.matched(event)
        }
        return batch
      },
    }
  },
})

function read(source: Value): Value | undefined {
  if (typeof source !== 'string') return undefined
  try {
    return parseJson(source)
  } catch {
    return undefined
  }
}

function spread(event: Event, fields: { [name: string]: Value }, now: number): void {
  for (const name in fields) {
    if (name === '@timestamp') continue
    const path = parseFieldPath(name)
    if (path === undefined) event.data[name] = fields[name]!
    else event.set(path, fields[name]!)
  }
  const written = fields['@timestamp']
  if (written === undefined || written === null) return
  const time = timestampOf(written)
  event.data['@timestamp'] = time ?? Timestamp.fromMillis(now)
  if (time !== undefined) return
  event.tag('_timestampparsefailure')
  event.data['_@timestamp'] = printValue(written)
}

/** ISO 8601, or seconds since the epoch. */
function timestampOf(value: Value): Timestamp | undefined {
  if (typeof value === 'string') return parseIsoTimestamp(value)
  if (typeof value === 'number' || value instanceof Double) return Timestamp.fromMillis(Number(value) * 1000)
  return undefined
}
