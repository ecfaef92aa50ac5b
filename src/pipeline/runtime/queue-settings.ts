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

/** Where the events of a pipeline wait, by Logstash's settings. */
export interface QueueSettings extends QueueOptions {
  readonly type: 'memory' | 'persisted'
}

export const MEMORY: QueueSettings = { type: 'memory', maxBytes: 2 ** 30, pageBytes: 64 * 2 ** 20, drain: false }

/** What is absent where events wait in memory only. */
export function queueOf({ type, maxBytes, pageBytes, drain }: QueueSettings): { queue?: QueueOptions } {
  return type === 'memory' ? {} : { queue: { maxBytes, pageBytes, drain } }
}

export function readQueueSettings({ values }: Pick<Settings, 'values'>): QueueSettings {
  return {
    type: values['queue.type'],
    maxBytes: values['queue.max_bytes'],
    pageBytes: values['queue.page_capacity'],
    drain: values['queue.drain'],
  }
}
