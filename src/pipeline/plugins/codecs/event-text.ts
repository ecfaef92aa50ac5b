import { compileSprintf, isObject, stringifyJson, type Event, type Value } from '../../../event/index.ts'

/** An event's text where a codec has no `format`: time, host and message, a missing one as its reference. */
export function eventText(event: Event): string {
  const time = event.timestamp
  const host = event.data['host']
  const message = event.data['message']
  const rest = `${host === undefined ? '%{host}' : text(host)} ${message === undefined ? '%{message}' : text(message)}`
  return time === undefined ? rest : `${time.toString()} ${rest}`
}

/** How the text codecs write an event. */
export function textFormat(format: string | undefined): (event: Event) => string {
  return format === undefined ? eventText : compileSprintf(format)
}

function text(value: Value): string {
  return Array.isArray(value) || isObject(value) ? stringifyJson(value) : String(value)
}
