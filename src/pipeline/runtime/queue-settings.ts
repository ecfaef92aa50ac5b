import type { Settings } from '../../settings/index.ts'

/** Of a queue on disk. */
export interface QueueOptions {
  /** `queue.max_bytes`: at this size inputs wait. */
  readonly maxBytes: number
  /** `queue.page_capacity`: bytes of a file, which is deleted when all in it is done. */
  readonly pageBytes: number
  /** `queue.drain`: whether a stop waits until all is done. */
  readonly drain: boolean
}

/** How many dead letters of a pipeline are kept. */
export interface LetterLimits {
  /** `dead_letter_queue.max_bytes` */
  readonly maxBytes: number
  /** `dead_letter_queue.storage_policy`: which are given up at that size. */
  readonly policy: 'drop_newer' | 'drop_older'
  /** `dead_letter_queue.retain.age`: letters older than this are removed; for ever where it is infinite. */
  readonly retainMillis: number
}

/** Where the events of a pipeline wait, and what is kept of those that are refused, by Logstash's settings. */
export interface QueueSettings extends QueueOptions {
  readonly type: 'memory' | 'persisted'
  readonly letters: LetterLimits
}

export const MEMORY: QueueSettings = {
  type: 'memory',
  maxBytes: 2 ** 30,
  pageBytes: 64 * 2 ** 20,
  drain: false,
  letters: { maxBytes: 2 ** 30, policy: 'drop_newer', retainMillis: Infinity },
}

/** `queue` is absent where events wait in memory only. */
export function queueOf({ type, maxBytes, pageBytes, drain, letters }: QueueSettings): {
  queue?: QueueOptions
  letters: LetterLimits
} {
  return type === 'memory' ? { letters } : { queue: { maxBytes, pageBytes, drain }, letters }
}

export function readQueueSettings({ values }: Pick<Settings, 'values'>): QueueSettings {
  return {
    type: values['queue.type'],
    maxBytes: values['queue.max_bytes'],
    pageBytes: values['queue.page_capacity'],
    drain: values['queue.drain'],
    letters: {
      maxBytes: values['dead_letter_queue.max_bytes'],
      policy: values['dead_letter_queue.storage_policy'],
      retainMillis: values['dead_letter_queue.retain.age'] ?? Infinity,
    },
  }
}
