import type { Clock } from '../../../clock/index.ts'
import {
  Event,
  fieldPath,
  isObject,
  parseJson,
  stringifyJson,
  type FieldPath,
  type Value,
  type ValueObject,
} from '../../../event/index.ts'
import { option, type as types, type OptionsOf } from '../../../settings/index.ts'
import { defineCodec, type Codec, type Decoder, type EcsCompatibility } from '../define.ts'
import { charset } from './charset.ts'
import { eventText } from './event-text.ts'
import { eventFromFields, textEvent } from './json-events.ts'
import { target } from './json.ts'
import { LineSplitter } from './line-splitter.ts'
import { sizeLimit } from './size-limit.ts'

const OPTIONS = {
  target,
  parse_update: option(types.boolean, {
    describe: 'Take the document of an update from its `doc`, and `doc_as_upsert` into the metadata.',
    default: false,
  }),
  parse_scripted_upsert: option(types.boolean, {
    describe: 'With `parse_update`: take the event from the `params` of a script, and the script into the metadata.',
    default: true,
  }),
  decode_size_limit_bytes: sizeLimit,
} as const

type BulkOptions = OptionsOf<typeof OPTIONS>

export const esBulk = defineCodec({
  name: 'es_bulk',
  decodesOnly: true,
  summary: "Documents in the format of Elasticsearch's bulk API; the action is in `[@metadata]`.",
  options: OPTIONS,
  examples: [
    {
      title: 'an action with a document, one without',
      config: '',
      in: ['{"index":{"_index":"a","_id":"1"}}\n{"field":1}\n{"delete":{"_index":"a","_id":"2"}}\n'],
      out: [{ field: 1 }, {}],
    },
    {
      title: 'a line that is no action',
      config: '',
      in: ['{"field":1}\n'],
      out: [{ message: '{"field":1}', tags: ['_jsonparsefailure'] }],
    },
  ],
  create(options, context) {
    const codec = (streamed: boolean): Codec => ({
      name: 'es_bulk',
      decoder: () => bulkDecoder(options, context.clock, context.ecs, streamed),
      streaming: () => codec(true),
      encode: eventText,
    })
    return codec(false)
  },
})

const ACTIONS: readonly string[] = ['index', 'create', 'update', 'delete']
const ECS_METADATA = fieldPath('[@metadata][codec][es_bulk]')

function bulkDecoder(options: BulkOptions, clock: Clock, ecs: EcsCompatibility, streamed: boolean): Decoder {
  const splitter = new LineSplitter('\n', charset.default, options.decode_size_limit_bytes)
  let waiting: ValueObject | undefined

  const finish = (event: Event, metadata: ValueObject): Event => {
    if (ecs === 'disabled') for (const name in metadata) event.metadata[name] = metadata[name]!
    else event.set(ECS_METADATA, metadata)
    return event
  }
  const line = (text: string, cut: boolean, events: Event[]): void => {
    const micros = Math.floor(clock.now() * 1000)
    const value = cut ? undefined : objectOf(text)
    if (value === undefined && text.trim() === '') return
    const metadata = waiting
    waiting = undefined
    if (metadata === undefined) {
      const action = value === undefined ? undefined : Object.keys(value)[0]
      const details = action === undefined ? undefined : value![action]
      if (action !== undefined && ACTIONS.includes(action) && isObject(details)) {
        details['action'] = action
        if (action === 'delete') events.push(finish(Event.at(micros), details))
        else waiting = details
        return
      }
    } else if (value !== undefined) {
      const fields = options.parse_update && metadata['action'] === 'update' ? updated(value, metadata, options) : value
      events.push(finish(eventOf(fields, micros, options.target), metadata))
      return
    }
    const event = textEvent(text, micros)
    event.tag(cut ? '_jsonparsetoobigfailure' : '_jsonparsefailure')
    events.push(metadata === undefined ? event : finish(event, metadata))
  }
  const run = (feed: (sink: (text: string, cut: boolean) => void) => void): Event[] => {
    const events: Event[] = []
    feed((text, cut) => line(text, cut, events))
    return events
  }
  return {
    get heldLines() {
      return waiting === undefined ? 0 : 1
    },
    decode: (chunk) =>
      run((sink) => {
        splitter.push(chunk, sink)
        if (!streamed) splitter.flush(sink)
      }),
    flush: () => run((sink) => splitter.flush(sink)),
  }
}

function objectOf(text: string): ValueObject | undefined {
  try {
    const value = parseJson(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

function eventOf(fields: ValueObject, micros: number, path: FieldPath | undefined): Event {
  if (path === undefined) return eventFromFields(fields, micros)
  const event = Event.at(micros)
  event.set(path, fields)
  return event
}

/** The fields of an update's body; what says how to update goes into the metadata, by the names the elasticsearch output has. */
function updated(body: ValueObject, metadata: ValueObject, options: BulkOptions): ValueObject {
  if (isObject(body['doc'])) {
    copy(body, 'doc_as_upsert', metadata, 'doc_as_upsert')
    return body['doc']
  }
  const params: Value | undefined = body['params']
  if (!options.parse_scripted_upsert || !isObject(params)) return body
  metadata['scripted_upsert'] = true
  const stored = body['script'] === undefined && body['script_id'] !== undefined
  if (body['script'] !== undefined || stored) {
    metadata['script'] = (stored ? body['script_id'] : body['script'])!
    metadata['script_type'] = stored ? 'indexed' : 'inline'
  }
  copy(body, 'lang', metadata, 'script_lang')
  if (body['upsert'] !== undefined) metadata['upsert'] = stringifyJson(body['upsert'])
  return params
}

function copy(from: ValueObject, name: string, to: ValueObject, as: string): void {
  if (from[name] !== undefined) to[as] = from[name]
}
