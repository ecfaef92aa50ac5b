import { hostname } from 'node:os'
import { double, Event, fieldPath, isObject, printValue, Timestamp, type Value } from '../../../event/index.ts'
import { option, type } from '../../../settings/index.ts'
import { defineFilter } from '../define.ts'
import { fieldReference } from './field-option.ts'

/** Starts that are kept at once; beyond them the oldest is forgotten. */
const MOST_STARTS = 1_000_000

interface Start {
  readonly id: Value
  readonly timestamp: Timestamp
  /** By the monotonic clock. */
  readonly at: number
}

const TIME = fieldPath('elapsed_time')
const STARTED = fieldPath('elapsed_timestamp_start')
const HOST = fieldPath('host')

export const elapsed = defineFilter({
  name: 'elapsed',
  summary: 'Measures the time between two events that have the same ID.',
  options: {
    start_tag: option(type.string, { required: true, describe: 'The tag of the event that begins.' }),
    end_tag: option(type.string, { required: true, describe: 'The tag of the event that ends.' }),
    unique_id_field: option(fieldReference, { required: true, describe: 'The field with the ID of both.' }),
    timeout: option(type.number({ min: 0 }), {
      default: 1800,
      describe: 'Seconds after which an end is no longer waited for; an event tells of it.',
    }),
    new_event_on_match: option(type.boolean, {
      default: false,
      describe: 'Whether an event of its own tells the time, and not the event that ends.',
    }),
    keep_start_event: option(type.oneOf('first', 'last'), {
      default: 'first',
      describe: 'Which of several beginnings with one ID counts.',
    }),
  },
  examples: [
    {
      title: 'an end without a beginning',
      config: 'start_tag => "began" end_tag => "ended" unique_id_field => "task"',
      in: { task: 7, tags: ['ended'] },
      out: { task: 7, tags: ['ended', 'elapsed_end_without_start'] },
    },
    {
      title: 'neither',
      config: 'start_tag => "began" end_tag => "ended" unique_id_field => "task" add_tag => "seen"',
      in: { task: 7 },
      out: { task: 7 },
    },
  ],
  create(options, context) {
    const { start_tag: startTag, end_tag: endTag, unique_id_field: idField } = options
    const { clock } = context
    const timeout = options.timeout * 1000
    const starts = new Map<string, Start>()

    function begin(key: string, id: Value, event: Event): void {
      if (starts.has(key)) {
        if (options.keep_start_event === 'first') return
        starts.delete(key)
      } else if (starts.size >= MOST_STARTS) starts.delete(starts.keys().next().value!)
      starts.set(key, { id, timestamp: event.timestamp ?? new Timestamp(clock.now() * 1000), at: clock.monotonic() })
    }

    function tell(event: Event, tag: string, time: Value, { id, timestamp }: Start): void {
      event.tag('elapsed')
      event.tag(tag)
      event.set(TIME, time)
      event.set(idField, id)
      event.set(STARTED, timestamp)
    }

    function made(tag: string, time: Value, start: Start): Event {
      const event = Event.at(clock.now() * 1000)
      event.set(HOST, hostname())
      tell(event, tag, time, start)
      context.matched(event)
      return event
    }

    return {
      periodic: true,
      filter(batch) {
        const out: Event[] = []
        for (const event of batch) {
          out.push(event)
          const id = event.get(idField)
          if (id === undefined || id === null) continue
          if (tagged(event, startTag)) {
            context.matched(event)
            begin(keyOf(id), id, event)
          } else if (tagged(event, endTag)) {
            context.matched(event)
            const start = starts.get(keyOf(id))
            if (start === undefined) {
              event.tag('elapsed_end_without_start')
              continue
            }
            starts.delete(keyOf(id))
            const ended = event.timestamp?.micros ?? clock.now() * 1000
            const time = double((ended - start.timestamp.micros) / 1e6)
            if (options.new_event_on_match) out.push(made('elapsed_match', time, start))
            else tell(event, 'elapsed_match', time, start)
          }
        }
        return out
      },
      flush() {
        const expired: Event[] = []
        const now = clock.monotonic()
        // They stand in the order in which they began.
        for (const [key, start] of starts) {
          const age = now - start.at
          if (age < timeout) break
          starts.delete(key)
          expired.push(made('elapsed_expired_error', Math.floor(age / 1000), start))
        }
        return expired
      },
    }
  },
})

function tagged(event: Event, tag: string): boolean {
  const tags = event.data['tags']
  return Array.isArray(tags) ? tags.includes(tag) : tags === tag
}

function keyOf(id: Value): string {
  return `${typeof id}:${typeof id === 'object' && (Array.isArray(id) || isObject(id)) ? JSON.stringify(id) : printValue(id)}`
}
