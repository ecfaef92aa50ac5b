import { Instance, type ScriptValue } from '../instance.ts'
import { asDouble, asLong, JavaDouble, JavaLong } from '../numbers.ts'
import { defineClass } from './define.ts'
import type { StreamKind } from './stream-value.ts'

/** Count, sum, min, max and average at once. */
export class StatisticsValue extends Instance {
  readonly typeName: string
  readonly kind: StreamKind
  count = 0n
  /** Of a double stream a double, else exact. */
  sum: number | bigint
  min: number | bigint
  max: number | bigint

  constructor(kind: StreamKind, items: Iterable<ScriptValue> = []) {
    super()
    this.kind = kind
    this.typeName = `java.util.${kind === 'int' ? 'Int' : kind === 'double' ? 'Double' : 'Long'}SummaryStatistics`
    this.sum = kind === 'double' ? 0 : 0n
    this.min = kind === 'double' ? Infinity : kind === 'int' ? 2147483647n : 2n ** 63n - 1n
    this.max = kind === 'double' ? -Infinity : kind === 'int' ? -2147483648n : -(2n ** 63n)
    for (const item of items) this.accept(item)
  }

  accept(item: ScriptValue): void {
    const value = this.kind === 'double' ? asDouble(item) : asLong(item)
    this.count++
    if (typeof value === 'number') this.sum = Number(this.sum) + value
    else this.sum = BigInt.asIntN(64, BigInt(this.sum) + value)
    if (value < this.min) this.min = value
    if (value > this.max) this.max = value
  }

  combine(other: StatisticsValue): void {
    this.count += other.count
    this.sum = this.kind === 'double' ? Number(this.sum) + Number(other.sum) : BigInt(this.sum) + BigInt(other.sum)
    if (other.min < this.min) this.min = other.min
    if (other.max > this.max) this.max = other.max
  }

  get average(): number {
    return this.count === 0n ? 0 : Number(this.sum) / Number(this.count)
  }

  number(value: number | bigint): ScriptValue {
    if (this.kind === 'double') return new JavaDouble(Number(value))
    return this.kind === 'int' ? Number(value) : new JavaLong(BigInt(value))
  }

  get text(): string {
    const name = this.typeName.slice('java.util.'.length)
    const show = (value: number | bigint): string => (typeof value === 'bigint' ? String(value) : value.toFixed(6))
    return `${name}{count=${this.count}, sum=${show(this.sum)}, min=${show(this.min)}, average=${this.average.toFixed(6)}, max=${show(this.max)}}`
  }
}

const statistics = (kind: StreamKind, name: string) =>
  defineClass(`java.util.${name}`, {
    new: { [`${name}()`]: () => new StatisticsValue(kind) },
    methods: {
      'long getCount()': (_m, s: StatisticsValue) => s.count,
      'def getSum()': (_m, s: StatisticsValue) =>
        s.kind === 'double' ? new JavaDouble(Number(s.sum)) : new JavaLong(BigInt(s.sum)),
      'def getMin()': (_m, s: StatisticsValue) => s.number(s.min),
      'def getMax()': (_m, s: StatisticsValue) => s.number(s.max),
      'double getAverage()': (_m, s: StatisticsValue) => s.average,
      'void accept(Number)': (_m, s: StatisticsValue, item: ScriptValue) => s.accept(item),
      'void combine(def)': (_m, s: StatisticsValue, other: StatisticsValue) => s.combine(other),
    },
  })

export const INT_STATISTICS = statistics('int', 'IntSummaryStatistics')
export const LONG_STATISTICS = statistics('long', 'LongSummaryStatistics')
export const DOUBLE_STATISTICS = statistics('double', 'DoubleSummaryStatistics')
