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
  const overlap = end.length - 1
  // In parts, which are put together once: a sender may send a byte at a time.
  let held: Buffer[] = []
  let size = 0
  let skipping = false

  const take = (events: Event[], piece: Buffer, cut: boolean): void => {
    const made = read(piece, cut)
    if (Array.isArray(made)) events.push(...(made as readonly Event[]))
    else if (made !== undefined) events.push(made as Event)
  }
  const join = (last: Buffer): Buffer => (held.length === 0 ? last : Buffer.concat([...held, last]))
  const clear = (): void => {
    held = []
    size = 0
  }
  /** The last bytes that are held, in which a delimiter may have begun. */
  const tail = (): Buffer => {
    const parts: Buffer[] = []
    let missing = overlap
    for (let at = held.length - 1; at >= 0 && missing > 0; at--) {
      const part = held[at]!.subarray(-missing)
      parts.unshift(part)
      missing -= part.length
    }
    return Buffer.concat(parts)
  }
  const hold = (rest: Buffer, events: Event[]): void => {
    if (rest.length > 0) {
      // A copy: the chunk may be one that its reader uses again.
      held.push(Buffer.from(rest))
      size += rest.length
    }
    if (!skipping && size > limit) {
      take(events, join(Buffer.alloc(0)), true)
      skipping = true
    }
    if (skipping && size > overlap) {
      const kept = tail()
      held = kept.length === 0 ? [] : [kept]
      size = kept.length
    }
  }
  return {
    decode(chunk) {
      const events: Event[] = []
      let bytes = chunk
      const before = size === 0 || overlap === 0 ? Buffer.alloc(0) : tail()
      const across = before.length === 0 ? -1 : Buffer.concat([before, chunk.subarray(0, overlap)]).indexOf(end)
      if (across < 0 && chunk.indexOf(end) < 0) {
        hold(chunk, events)
        return events
      }
      bytes = join(chunk)
      let from = Math.max(0, size - overlap)
      clear()
      let start = 0
      for (let at = bytes.indexOf(end, from); at >= 0; at = bytes.indexOf(end, from)) {
        if (skipping) skipping = false
        else take(events, bytes.subarray(start, at), at - start > limit)
        start = at + end.length
        from = start
      }
      hold(bytes.subarray(start), events)
      return events
    },
    flush() {
      const events: Event[] = []
      if (!skipping && size > 0) take(events, join(Buffer.alloc(0)), size > limit)
      clear()
      skipping = false
      return events
    },
  }
}
