import { Instance } from '../instance.ts'
import { defineClass } from './define.ts'

class JoinerValue extends Instance {
  readonly typeName = 'java.util.StringJoiner'
  readonly parts: string[] = []
  empty: string | undefined
  readonly delimiter: string
  readonly prefix: string
  readonly suffix: string

  constructor(delimiter: string, prefix: string, suffix: string) {
    super()
    this.delimiter = delimiter
    this.prefix = prefix
    this.suffix = suffix
  }

  get text(): string {
    return this.toString()
  }

  override toString(): string {
    if (this.parts.length === 0 && this.empty !== undefined) return this.empty
    return `${this.prefix}${this.parts.join(this.delimiter)}${this.suffix}`
  }
}

export const STRING_JOINER = defineClass('java.util.StringJoiner', {
  new: {
    'StringJoiner StringJoiner(CharSequence)': (_m, _s, delimiter: string) => new JoinerValue(delimiter, '', ''),
    'StringJoiner StringJoiner(CharSequence,CharSequence,CharSequence)': (_m, _s, delimiter: string, prefix: string, suffix: string) => new JoinerValue(delimiter, prefix, suffix), // prettier-ignore
  },
  methods: {
    'StringJoiner add(CharSequence)': (machine, self: JoinerValue, text: string | null) => {
      machine.budget.allocate(1 + (text?.length ?? 4))
      self.parts.push(text ?? 'null')
      return self
    },
    'StringJoiner setEmptyValue(CharSequence)': (_m, self: JoinerValue, text: string) => {
      self.empty = text
      return self
    },
    'StringJoiner merge(StringJoiner)': (machine, self: JoinerValue, other: JoinerValue) => {
      machine.budget.allocate(other.parts.length)
      if (other.parts.length > 0) self.parts.push(other.parts.join(other.delimiter))
      return self
    },
    'int length()': (_m, self: JoinerValue) => self.toString().length,
    'String toString()': (machine, self: JoinerValue) => {
      const text = self.toString()
      machine.budget.allocate(text.length)
      return text
    },
  },
})
