import { fail } from '../../../diagnostic/index.ts'
import type { SearchContext } from './execute.ts'

/** Milliseconds after which a search lets others have their turn. */
const TURN = 15

/** A long search gives way to others, and sees that it was cancelled or is late. */
export class Turns {
  private readonly context: Pick<SearchContext, 'clock' | 'signal'>
  private readonly deadline: number
  private last: number

  /**
   * @param started is when the search began, on the monotonic clock.
   * @param timeout is how many milliseconds it may take; undefined is any time.
   */
  constructor(context: Pick<SearchContext, 'clock' | 'signal'>, started: number, timeout: number | undefined) {
    this.context = context
    this.deadline = timeout === undefined ? Infinity : started + timeout
    this.last = started
  }

  /**
   * Waits where it is time for others; most calls have nothing to wait for and give undefined.
   * @throws task_cancelled_exception when the search was cancelled.
   */
  next(): Promise<void> | undefined {
    if (this.context.signal?.aborted === true) throw fail('search.cancelled', { reason: 'by request' })
    return this.context.clock.monotonic() - this.last > TURN ? this.rest() : undefined
  }

  late(): boolean {
    return this.context.clock.monotonic() > this.deadline
  }

  private async rest(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve))
    this.last = this.context.clock.monotonic()
  }
}
