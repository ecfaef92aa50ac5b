import type { Clock } from '../../../../clock/index.ts'
import type { FieldKind } from './fields.ts'

export interface TemplateField {
  /** Undefined where the element is not known, or has no value. */
  readonly name: string | undefined
  readonly kind: FieldKind
  /** Bytes, or 0 where each record says its own. */
  readonly length: number
}

export interface Template {
  readonly fields: readonly TemplateField[]
  /** Bytes of the shortest record. */
  readonly shortest: number
}

/** Bounds what senders can make a codec remember; real networks have a few templates for each exporter. */
const MOST_FIELDS = 500_000

/** Templates by exporter; one is forgotten after `seconds`, or when others of more recent use need its room. */
export class Templates {
  private readonly clock: Clock
  private readonly millis: number
  private readonly known = new Map<string, { template: Template; until: number }>()
  private fields = 0

  constructor(clock: Clock, seconds: number) {
    this.clock = clock
    this.millis = seconds * 1000
  }

  get(key: string): Template | undefined {
    const entry = this.known.get(key)
    if (entry === undefined) return undefined
    this.known.delete(key)
    if (entry.until < this.clock.monotonic()) {
      this.fields -= weight(entry.template)
      return undefined
    }
    this.known.set(key, entry)
    return entry.template
  }

  set(key: string, fields: readonly TemplateField[]): void {
    this.delete(key)
    let shortest = 0
    for (const { length } of fields) shortest += length === 0 ? 1 : length
    const template = { fields, shortest }
    this.known.set(key, { template, until: this.clock.monotonic() + this.millis })
    this.fields += weight(template)
    for (const oldest of this.known.keys()) {
      if (this.fields <= MOST_FIELDS || oldest === key) break
      this.delete(oldest)
    }
  }

  delete(key: string): void {
    const entry = this.known.get(key)
    if (entry === undefined) return
    this.known.delete(key)
    this.fields -= weight(entry.template)
  }
}

function weight(template: Template): number {
  return template.fields.length + 4
}
