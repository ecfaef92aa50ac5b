import { Instance, raise, type ScriptValue } from '../instance.ts'
import type { Machine } from '../machine.ts'

export type StreamKind = 'object' | 'int' | 'long' | 'double'

const NAMES: Record<StreamKind, string> = {
  object: 'java.util.stream.Stream',
  int: 'java.util.stream.IntStream',
  long: 'java.util.stream.LongStream',
  double: 'java.util.stream.DoubleStream',
}

/** A stream: values that come when they are asked for, once. */
export class StreamValue extends Instance {
  readonly typeName: string
  readonly kind: StreamKind
  readonly #source: Iterable<ScriptValue>
  #used = false

  constructor(kind: StreamKind, source: Iterable<ScriptValue>) {
    super()
    this.kind = kind
    this.typeName = NAMES[kind]
    this.#source = source
  }

  /** The elements one by one; each costs a step. */
  *each(machine: Machine): Generator<ScriptValue> {
    if (this.#used) throw raise('IllegalStateException', 'stream has already been operated upon or closed')
    this.#used = true
    for (const value of this.#source) {
      machine.budget.step()
      yield value
    }
  }

  drain(machine: Machine): ScriptValue[] {
    const items: ScriptValue[] = []
    for (const value of this.each(machine)) {
      machine.budget.allocate(1)
      items.push(value)
    }
    return items
  }
}

/** A Collector: what it makes of a list of elements. */
export class CollectorValue extends Instance {
  readonly typeName = 'java.util.stream.Collector'
  readonly finish: (items: ScriptValue[]) => ScriptValue

  constructor(finish: (items: ScriptValue[]) => ScriptValue) {
    super()
    this.finish = finish
  }
}
