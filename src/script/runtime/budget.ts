import type { ScriptBudget } from '../script.ts'
import { BudgetExceeded } from './instance.ts'

const DEFAULT_STEPS = 1_000_000
const DEFAULT_ALLOCATIONS = 10_000_000
const MAX_CALL_DEPTH = 400

/** What one run may still use. Library calls charge for the data they walk, so that no call is free. */
export class Budget {
  readonly #limits: { readonly steps: number; readonly allocations: number }
  #steps: number
  #allocations: number
  /** Calls that have not returned; a catch sets it back. */
  depth = 0

  constructor({ steps = DEFAULT_STEPS, allocations = DEFAULT_ALLOCATIONS }: ScriptBudget = {}) {
    this.#limits = { steps, allocations }
    this.#steps = steps
    this.#allocations = allocations
  }

  step(): void {
    if (--this.#steps < 0) throw new BudgetExceeded('steps')
  }

  steps(count: number): void {
    this.#steps -= count
    if (this.#steps < 0) throw new BudgetExceeded('steps')
  }

  /** Characters of a new string, entries of a new list or map. Building them is work, too. */
  allocate(count: number): void {
    this.#allocations -= count
    if (this.#allocations < 0) throw new BudgetExceeded('allocations')
    if (count > 64) this.steps(count >> 6)
  }

  /** What is gone of it. */
  used(): { readonly steps: number; readonly allocations: number } {
    return { steps: this.#limits.steps - this.#steps, allocations: this.#limits.allocations - this.#allocations }
  }

  get allocationsLeft(): number {
    return this.#allocations
  }

  enter(): void {
    this.step()
    if (++this.depth > MAX_CALL_DEPTH) throw new BudgetExceeded('depth')
  }

  leave(): void {
    this.depth--
  }
}
