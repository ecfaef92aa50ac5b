import type { Event } from '../../../event/index.ts'
import type { Codec, OutputContext } from '../define.ts'

/** The events of a batch, each as the codec writes it, one after the other. */
export function encodeBatch(batch: readonly Event[], codec: Codec): Buffer {
  return joinParts(batch.map((event) => codec.encode(event)))
}

export function joinParts(parts: readonly (string | Buffer)[]): Buffer {
  return parts.every((part) => typeof part === 'string')
    ? Buffer.from(parts.join(''))
    : Buffer.concat(parts.map((part) => Buffer.from(part)))
}

/** Says that a codec was given to an output which, as in Logstash, writes events in a form of its own. */
export function noticeUnusedCodec(plugin: string, { codec, notice }: OutputContext): void {
  if (codec.name !== 'plain' || codec.formatted === true)
    notice(`${plugin} output writes events in a form of its own: its codec '${codec.name}' has no effect`)
}
