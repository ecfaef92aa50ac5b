import { isObject, parseJson, type Event, type ValueObject } from '../../../event/index.ts'
import { defineCodec } from '../define.ts'
import { charset } from './charset.ts'
import { eventText } from './event-text.ts'
import { eventFromFields, textEvent } from './json-events.ts'
import { sizeLimit } from './size-limit.ts'

export const cloudtrail = defineCodec({
  name: 'cloudtrail',
  summary: 'Files of AWS CloudTrail: each of their `Records` is an event, at its `eventTime`.',
  decodesOnly: true,
  options: { charset, decode_size_limit_bytes: sizeLimit },
  examples: [
    {
      title: 'two records',
      config: '',
      in: [
        '{"Records":[{"eventTime":"2026-01-02T03:04:05Z","eventName":"ConsoleLogin"},{"eventName":"RunInstances","requestParameters":{"disableApiTermination":{"value":false}}}]}',
      ],
      out: [
        { '@timestamp': '2026-01-02T03:04:05.000Z', eventName: 'ConsoleLogin' },
        { eventName: 'RunInstances', requestParameters: { disableApiTermination: false } },
      ],
    },
    { title: "no records, as in the trail's own digests", config: '', in: ['{"awsAccountId":"1"}'], out: [] },
    { title: 'no JSON', config: '', in: ['{"Rec'], out: [{ message: '{"Rec', tags: ['_jsonparsefailure'] }] },
  ],
  create(options, context) {
    const limit = options.decode_size_limit_bytes
    const read = (chunk: Buffer): Event[] => {
      const micros = Math.floor(context.clock.now() * 1000)
      const cut = chunk.length > limit
      const text = options.charset.text(cut ? chunk.subarray(0, limit) : chunk)
      const records = cut ? undefined : recordsOf(text)
      if (records !== undefined) return records.map((record) => eventFromFields(record, micros))
      const event = textEvent(text, micros)
      event.tag(cut ? '_jsonparsetoobigfailure' : '_jsonparsefailure')
      return [event]
    }
    return {
      name: 'cloudtrail',
      decoder: () => ({ decode: read, flush: () => [] }),
      streaming: () => ({
        name: 'cloudtrail',
        // A file is one text, which ends where the stream does.
        decoder() {
          const held: Buffer[] = []
          let size = 0
          return {
            decode(chunk) {
              if (size <= limit) held.push(Buffer.from(chunk))
              size += chunk.length
              return []
            },
            flush() {
              const bytes = Buffer.concat(held.splice(0))
              size = 0
              return bytes.toString('latin1').trim() === '' ? [] : read(bytes)
            },
          }
        },
        encode: eventText,
      }),
      encode: eventText,
    }
  },
})

function recordsOf(text: string): ValueObject[] | undefined {
  let records: unknown
  try {
    const value = parseJson(text)
    if (isObject(value) && value['Records'] === undefined) return []
    records = isObject(value) ? value['Records'] : undefined
  } catch {
    return undefined
  }
  if (!Array.isArray(records) || !records.every((record) => isObject(record as never))) return undefined
  for (const record of records as ValueObject[]) {
    if (record['eventTime'] !== undefined) record['@timestamp'] = record['eventTime']
    delete record['eventTime']
    // AWS writes this one as an object in some calls and as its value in others.
    const parameters = record['requestParameters']
    const protection = isObject(parameters) ? parameters['disableApiTermination'] : undefined
    if (isObject(parameters) && isObject(protection)) parameters['disableApiTermination'] = protection['value'] ?? null
  }
  return records as ValueObject[]
}
