import { Instance, raise } from '../instance.ts'
import type { Machine } from '../machine.ts'
import { defineClass } from './define.ts'

class BitSetValue extends Instance {
  readonly typeName = 'java.util.BitSet'
  readonly bits = new Set<number>()

  get sorted(): number[] {
    return [...this.bits].sort((a, b) => a - b)
  }

  get text(): string {
    return `{${this.sorted.join(', ')}}`
  }

  get equality(): string {
    return this.text
  }
}

function setBit(machine: Machine, set: BitSetValue, index: number, value: boolean): void {
  if (index < 0) throw raise('IndexOutOfBoundsException', `bitIndex < 0: ${index}`)
  machine.budget.allocate(1)
  if (value) set.bits.add(index)
  else set.bits.delete(index)
}

export const BIT_SET = defineClass('java.util.BitSet', {
  new: { 'BitSet()': () => new BitSetValue(), 'BitSet(int)': () => new BitSetValue() },
  methods: {
    'void set(int)': (machine, set: BitSetValue, index: number) => setBit(machine, set, index, true),
    'void set(int,boolean)': (machine, set: BitSetValue, index: number, value: boolean) =>
      setBit(machine, set, index, value),
    'void set(int,int)': (machine, set: BitSetValue, from: number, to: number) => {
      for (let i = from; i < to; i++) setBit(machine, set, i, true)
    },
    'void clear(int)': (machine, set: BitSetValue, index: number) => setBit(machine, set, index, false),
    'void clear()': (_m, set: BitSetValue) => set.bits.clear(),
    'void flip(int)': (machine, set: BitSetValue, index: number) => setBit(machine, set, index, !set.bits.has(index)),
    'boolean get(int)': (_m, set: BitSetValue, index: number) => set.bits.has(index),
    'int cardinality()': (_m, set: BitSetValue) => set.bits.size,
    'int length()': (_m, set: BitSetValue) => (set.sorted.at(-1) ?? -1) + 1,
    'boolean isEmpty()': (_m, set: BitSetValue) => set.bits.size === 0,
    'int nextSetBit(int)': (_m, set: BitSetValue, from: number) => set.sorted.find((bit) => bit >= from) ?? -1,
    'void and(BitSet)': (_m, set: BitSetValue, other: BitSetValue) => {
      for (const bit of set.bits) if (!other.bits.has(bit)) set.bits.delete(bit)
    },
    'void or(BitSet)': (machine, set: BitSetValue, other: BitSetValue) => {
      for (const bit of other.bits) setBit(machine, set, bit, true)
    },
    'void andNot(BitSet)': (_m, set: BitSetValue, other: BitSetValue) => {
      for (const bit of other.bits) set.bits.delete(bit)
    },
    'void xor(BitSet)': (machine, set: BitSetValue, other: BitSetValue) => {
      for (const bit of other.bits) setBit(machine, set, bit, !set.bits.has(bit))
    },
    'void clear(int,int)': (machine, set: BitSetValue, from: number, to: number) => {
      for (let i = from; i < to; i++) setBit(machine, set, i, false)
    },
    'void flip(int,int)': (machine, set: BitSetValue, from: number, to: number) => {
      for (let i = from; i < to; i++) setBit(machine, set, i, !set.bits.has(i))
    },
    'int nextClearBit(int)': (machine, set: BitSetValue, from: number) => {
      let bit = from
      for (; set.bits.has(bit); bit++) machine.budget.step()
      return bit
    },
    'int previousSetBit(int)': (_m, set: BitSetValue, from: number) => set.sorted.findLast((bit) => bit <= from) ?? -1,
    'boolean intersects(BitSet)': (_m, set: BitSetValue, other: BitSetValue) =>
      [...set.bits].some((bit) => other.bits.has(bit)),
  },
})
