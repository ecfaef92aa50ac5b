import type { Event } from '../../../event/index.ts'
import type { Codec } from '../define.ts'

/** The events of a batch, each as the codec writes it, one after the other. */
export function encodeBatch(batch: readonly Event[], codec: Codec): Buffer {
  return joinParts(batch.map((event) => codec.encode(event)))
}

export function joinParts(parts: readonly (string | Buffer)[]): Buffer {
  return parts.every((part) => typeof part === 'string')
    ? Buffer.from(parts.join(''))
    : Buffer.concat(parts.map((part) => Buffer.from(part)))
}
