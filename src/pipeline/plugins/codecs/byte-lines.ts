import type { Event } from '../../../event/index.ts'
import type { Decoder } from '../define.ts'

/**
 * A decoder that cuts a stream at a delimiter and gives each piece, as bytes, to `read`; what `read` answers with undefined
 * is skipped. Of a piece of more than `limit` bytes only its beginning is held; it is marked as cut.
 */
export function splitBytes(
  delimiter: string,
  limit: number,
  read: (piece: Buffer, cut: boolean) => Event | readonly Event[] | undefined,
): Decoder {
  const end = Buffer.from(delimiter)
  let held = Buffer.alloc(0)
  let skipping = false
  const take = (events: Event[], piece: Buffer, cut: boolean): void => {
    const made = read(piece, cut)
    if (Array.isArray(made)) events.push(...(made as readonly Event[]))
    else if (made !== undefined) events.push(made as Event)
  }
  return {
    decode(chunk) {
      const events: Event[] = []
      const bytes = held.length === 0 ? chunk : Buffer.concat([held, chunk])
      let start = 0
      // The delimiter may have begun in what is held.
      let from = Math.max(0, held.length - end.length + 1)
      for (let at = bytes.indexOf(end, from); at >= 0; at = bytes.indexOf(end, from)) {
        if (skipping) skipping = false
        else take(events, bytes.subarray(start, at), at - start > limit)
        start = at + end.length
        from = start
      }
      let rest = bytes.subarray(start)
      if (!skipping && rest.length > limit) {
        take(events, rest, true)
        skipping = true
      }
      if (skipping) rest = rest.subarray(Math.max(0, rest.length - end.length + 1))
      // A copy: the chunk may be one that its reader uses again.
      held = Buffer.from(rest)
      return events
    },
    flush() {
      const events: Event[] = []
      if (!skipping && held.length > 0) take(events, held, held.length > limit)
      held = Buffer.alloc(0)
      skipping = false
      return events
    },
  }
}
