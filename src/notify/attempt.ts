/** How one attempt to deliver ended. */
export type Attempt =
  | { readonly kind: 'delivered'; readonly detail: string }
  | {
      readonly kind: 'retry'
      /** `peer`: nothing else can be delivered there now either; `message`: only this one waits. */
      readonly scope: 'peer' | 'message'
      readonly reason: string
      /** Recipients still to be tried; all of them where it is absent. */
      readonly remaining?: readonly string[]
      /** Recipients refused for good, with the peer's words. */
      readonly refusals: readonly string[]
      /** The peer asked to wait so long. */
      readonly afterMillis?: number
    }
  | { readonly kind: 'refused'; readonly peer: string; readonly reason: string }

const FIRST_DELAY = 1000
const LONGEST_DELAY = 300_000

/** Milliseconds before the next attempt: 1 s, 2 s, 4 s, ... up to 5 minutes. */
export function backOff(attempts: number): number {
  return Math.min(FIRST_DELAY * 2 ** Math.max(0, attempts - 1), LONGEST_DELAY)
}
