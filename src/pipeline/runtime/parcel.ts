import {
  Event,
  isObject,
  newObject,
  parseIsoTimestamp,
  parseJson,
  stringifyJson,
  Timestamp,
} from '../../event/index.ts'
import type { Value, ValueObject } from '../../event/index.ts'

/** Where a field is that holds a time, below the event: JSON alone would make it text. */
type TimePlace = readonly (string | number)[]

/** Events as text, for the way to another pipeline. `@metadata` goes with them. */
export interface Parcel {
  readonly data: readonly string[]
  readonly metadata: readonly string[]
  /** Places of times other than `@timestamp`, of the event at the same position. */
  readonly times: readonly (readonly TimePlace[])[]
}

export function packEvents(events: readonly Event[]): Parcel {
  return {
    data: events.map((event) => event.toJson()),
    metadata: events.map((event) => {
      for (const _name in event.metadata) return stringifyJson(event.metadata)
      return ''
    }),
    times: events.map((event) => [...timesIn(event.data, ['data'], []), ...timesIn(event.metadata, ['metadata'], [])]),
  }
}

export function unpackEvents({ data, metadata, times }: Parcel): Event[] {
  return data.map((text, index) => {
    const fields = parseJson(text)
    const hidden = metadata[index] === '' ? newObject() : (parseJson(metadata[index]!) as ValueObject)
    const event = new Event(isObject(fields) ? fields : newObject(), hidden)
    for (const place of times[index]!) restoreTime(event, place)
    return event
  })
}

function timesIn(value: Value, place: TimePlace, found: TimePlace[]): TimePlace[] {
  if (value instanceof Timestamp) found.push(place)
  else if (Array.isArray(value)) value.forEach((inner, index) => timesIn(inner, [...place, index], found))
  else if (isObject(value)) for (const name in value) timesIn(value[name]!, [...place, name], found)
  return found
}

function restoreTime(event: Event, [root, ...keys]: TimePlace): void {
  let holder: unknown = root === 'data' ? event.data : event.metadata
  for (const key of keys.slice(0, -1)) holder = (holder as Record<string | number, unknown>)[key]
  const fields = holder as Record<string | number, unknown>
  const last = keys.at(-1)!
  const text = fields[last]
  fields[last] = (typeof text === 'string' ? parseIsoTimestamp(text) : undefined) ?? text
}
