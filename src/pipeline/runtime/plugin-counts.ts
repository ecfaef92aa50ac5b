import { basename } from 'node:path'
import { position, type Span } from '../../diagnostic/index.ts'

/** What a plugin has done since the start. */
export interface PluginCounts {
  /** Its `id`, or its kind, name and number. */
  readonly id: string
  readonly name: string
  /** Where it stands, such as `tcpdump.conf:12`. */
  readonly place: string
  /** Events given to it. */
  in: number
  /** Events it gave on. */
  out: number
  /** Time it took, waiting included; of an input the time for which it had to wait. */
  millis: number
  /** Events it failed on: that a filter threw for, or that an output could not deliver and put aside. */
  failures: number
}

export function newCounts(id: string, name: string, span: Span): PluginCounts {
  return { id, name, place: placeOf(span), in: 0, out: 0, millis: 0, failures: 0 }
}

/** A file's name and the line in it. */
export function placeOf(span: Span): string {
  return `${basename(span.source.name)}:${position(span.source, span.start).line}`
}
