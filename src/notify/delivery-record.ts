import type { Receipt, WebhookMessage } from './notifier.ts'
import type { SyslogWork } from './syslog.ts'

/** What is left to do for one message. */
export type Work =
  | {
      readonly kind: 'email'
      readonly account: string
      readonly messageId: string
      readonly subject: string
      readonly from: string
      readonly recipients: readonly string[]
      readonly raw: Buffer
    }
  | { readonly kind: 'webhook'; readonly message: WebhookMessage }
  | SyslogWork

/** What the queue's journal holds. */
export type DeliveryRecord =
  | {
      readonly kind: 'accepted'
      readonly id: string
      readonly at: number
      readonly work: Work
      readonly refusals: readonly string[]
    }
  | {
      readonly kind: 'progress'
      readonly id: string
      readonly remaining: readonly string[]
      readonly refusals: readonly string[]
    }
  | { readonly kind: 'done'; readonly id: string; readonly at: number; readonly end: End }

/** How a message ended. */
export type End =
  | { readonly state: 'delivered' | 'written'; readonly detail?: string; readonly path?: string }
  | { readonly state: 'refused'; readonly peer: string; readonly detail: string; readonly path?: string }

const VERSION = 1

export function encodeRecord(record: DeliveryRecord): Buffer {
  const plain: Record<string, unknown> = { version: VERSION, ...record }
  if (record.kind === 'accepted' && record.work.kind === 'email')
    plain['work'] = { ...record.work, raw: record.work.raw.toString('base64') }
  return Buffer.from(JSON.stringify(plain))
}

/** Undefined for what this version does not know. */
export function decodeRecord(buffer: Buffer): DeliveryRecord | undefined {
  let plain: Record<string, unknown>
  try {
    plain = JSON.parse(buffer.toString('utf8')) as Record<string, unknown>
  } catch {
    return undefined
  }
  if (plain['version'] !== VERSION) return undefined
  const work = plain['work'] as { kind: string; raw?: string } | undefined
  if (work?.kind === 'email') plain['work'] = { ...work, raw: Buffer.from(work.raw ?? '', 'base64') }
  return plain as unknown as DeliveryRecord
}

export function receiptOf(messageId: string, end: Exclude<End, { state: 'refused' }>): Receipt {
  return {
    state: end.state,
    messageId,
    ...(end.path === undefined ? {} : { path: end.path }),
    ...(end.detail === undefined ? {} : { detail: end.detail }),
  }
}
