import { Instance, raise } from '../instance.ts'
import { defineClass } from './define.ts'

const MULTIPLIER = 0x5deece66dn
const MASK = (1n << 48n) - 1n

/** The generator that `java.util.Random` documents: the same seed gives the same numbers. */
class RandomValue extends Instance {
  readonly typeName = 'java.util.Random'
  private seed = 0n
  private spare: number | undefined

  constructor(seed: bigint) {
    super()
    this.reseed(seed)
  }

  reseed(seed: bigint): void {
    this.seed = (seed ^ MULTIPLIER) & MASK
    this.spare = undefined
  }

  bits(count: number): number {
    this.seed = (this.seed * MULTIPLIER + 0xbn) & MASK
    return Number(BigInt.asIntN(32, this.seed >> BigInt(48 - count)))
  }

  below(bound: number): number {
    if (bound <= 0) throw raise('IllegalArgumentException', 'bound must be positive')
    if ((bound & -bound) === bound) return Number((BigInt(bound) * BigInt(this.bits(31))) >> 31n)
    for (;;) {
      const bits = this.bits(31)
      const value = bits % bound
      // Where the last, incomplete run of the range was hit, the number is drawn again.
      if (bits - value + (bound - 1) <= 0x7fffffff) return value
    }
  }

  double(): number {
    return (this.bits(26) * 2 ** 27 + this.bits(27)) / 2 ** 53
  }

  /** The polar method of Box and Muller, as Marsaglia has it; numbers come in pairs. */
  gaussian(): number {
    if (this.spare !== undefined) {
      const spare = this.spare
      this.spare = undefined
      return spare
    }
    for (;;) {
      const [a, b] = [2 * this.double() - 1, 2 * this.double() - 1]
      const square = a * a + b * b
      if (square >= 1 || square === 0) continue
      const factor = Math.sqrt((-2 * Math.log(square)) / square)
      this.spare = b * factor
      return a * factor
    }
  }
}

let unseeded = 0

export const RANDOM = defineClass('java.util.Random', {
  new: {
    'Random Random()': (machine) =>
      new RandomValue(BigInt(Math.floor(machine.now() * 1000)) ^ BigInt(++unseeded * 7919)),
    'Random Random(long)': (_m, _s, seed: bigint) => new RandomValue(seed),
  },
  methods: {
    'int nextInt()': (_m, self: RandomValue) => self.bits(32),
    'int nextInt(int)': (_m, self: RandomValue, bound: number) => self.below(bound),
    'long nextLong()': (_m, self: RandomValue) =>
      BigInt.asIntN(64, (BigInt(self.bits(32)) << 32n) + BigInt(self.bits(32))),
    'boolean nextBoolean()': (_m, self: RandomValue) => self.bits(1) !== 0,
    'float nextFloat()': (_m, self: RandomValue) => self.bits(24) / 2 ** 24,
    'double nextDouble()': (_m, self: RandomValue) => self.double(),
    'double nextGaussian()': (_m, self: RandomValue) => self.gaussian(),
    'void setSeed(long)': (_m, self: RandomValue, seed: bigint) => self.reseed(seed),
  },
})
