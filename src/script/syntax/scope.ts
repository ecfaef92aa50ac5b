import type { TypeName, Variable } from './ast.ts'

const DEF: TypeName = { name: 'def', dims: 0 }

/** The names a function's body sees while it is parsed; one for the script, one for each closure and function. */
export class FunctionScope {
  readonly parent: FunctionScope | undefined
  readonly slots = { count: 0 }
  readonly captures: { from: Variable; to: Variable }[] = []
  readonly #blocks: Map<string, Variable>[] = [new Map()]

  constructor(parent?: FunctionScope) {
    this.parent = parent
  }

  /** The script's own scope, or that of the function this one is in. */
  get root(): FunctionScope {
    return this.parent?.root ?? this
  }

  open(): void {
    this.#blocks.push(new Map())
  }

  close(): void {
    this.#blocks.pop()
  }

  /** @returns undefined where the name is already a variable here (Java and Groovy both forbid shadowing). */
  declare(name: string, type: TypeName = DEF): Variable | undefined {
    if (this.lookup(name) !== undefined) return undefined
    return this.force(name, type)
  }

  /** Declares even where an outer variable has the name: `it` of nested closures. */
  force(name: string, type: TypeName = DEF): Variable {
    const variable: Variable = { name, slot: this.slots.count++, type, captured: false }
    this.#blocks.at(-1)!.set(name, variable)
    return variable
  }

  lookup(name: string): Variable | undefined {
    for (let index = this.#blocks.length - 1; index >= 0; index--) {
      const found = this.#blocks[index]!.get(name)
      if (found !== undefined) return found
    }
    const outer = this.parent?.lookup(name)
    if (outer === undefined) return undefined
    outer.captured = true
    const to: Variable = { name, slot: this.slots.count++, type: outer.type, captured: true }
    this.captures.push({ from: outer, to })
    this.#blocks[0]!.set(name, to)
    return to
  }
}
