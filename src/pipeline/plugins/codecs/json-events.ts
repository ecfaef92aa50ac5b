import {
  cloneValue,
  Event,
  isObject,
  newObject,
  parseIsoTimestamp,
  parseJson,
  Timestamp,
  type FieldPath,
  type Value,
  type ValueObject,
} from '../../../event/index.ts'

/**
 * The events of one JSON text: an object is one event, a list of objects several, blank text none. Anything
 * else becomes an event with the text in `message` and the tag `_jsonparsefailure`.
 *
 * @param target where the object goes; without it the object is the event.
 * @param micros the time of an event that brings no `@timestamp`.
 */
export function jsonEvents(text: string, micros: number, target?: FieldPath): Event[] {
  let value: Value
  try {
    value = parseJson(text)
  } catch {
    return text.trim() === '' ? [] : [failure(text, micros)]
  }
  const objects = Array.isArray(value) ? value : [value]
  if (!objects.every(isObject)) return [failure(text, micros)]
  return objects.map((object) => eventOf(object as ValueObject, micros, target))
}

function eventOf(object: ValueObject, micros: number, target: FieldPath | undefined): Event {
  if (target === undefined) return eventFromFields(object, micros)
  const event = Event.at(micros)
  event.set(target, object)
  return event
}

function failure(text: string, micros: number): Event {
  const event = textEvent(text, micros)
  event.tag('_jsonparsefailure')
  return event
}

/** An event of one line of text. */
export function textEvent(message: string, micros: number): Event {
  const event = Event.at(micros)
  event.data['message'] = message
  return event
}

/**
 * An event whose fields are given, as Logstash makes one: `@timestamp` is read as a time (what cannot be read goes to
 * `_@timestamp` with the tag `_timestampparsefailure`), `@metadata` goes where it belongs, `@version` is "1" unless given.
 */
export function eventFromFields(fields: ValueObject, micros: number): Event {
  const data = newObject()
  const given = fields['@timestamp']
  const time = readTime(given, micros)
  data['@version'] = fields['@version'] ?? '1'
  data['@timestamp'] = time ?? new Timestamp(micros)
  for (const name in fields)
    if (name !== '@timestamp' && name !== '@version' && name !== '@metadata') data[name] = fields[name]!
  const metadata = fields['@metadata']
  const event = new Event(data, isObject(metadata) ? (cloneValue(metadata) as ValueObject) : newObject())
  if (time === undefined) {
    data['_@timestamp'] = given ?? null
    event.tag('_timestampparsefailure')
  }
  return event
}

function readTime(given: Value | undefined, micros: number): Timestamp | undefined {
  if (given === undefined || given === null) return new Timestamp(micros)
  if (given instanceof Timestamp) return given
  return typeof given === 'string' ? parseIsoTimestamp(given) : undefined
}
