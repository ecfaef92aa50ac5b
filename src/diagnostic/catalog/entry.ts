/** One kind of refusal. A code is never renamed or given another meaning: users search for it. */
export interface ErrorEntry {
  /** The message, `{name}` standing for a parameter; no final full stop. */
  readonly template: string
  /** The HTTP status it has when a request caused it. */
  readonly status: number
  /** `error.type` on the wire, as Elasticsearch names it. */
  readonly esType: string
  /** What to do about it. */
  readonly hint?: string
}

export function defineErrors<const T extends Record<string, ErrorEntry>>(entries: T): T {
  return entries
}
