import { createHash, randomUUID } from 'node:crypto'
import { Instance, raise, type ScriptValue } from '../instance.ts'
import { ArrayValue } from '../containers.ts'
import type { Machine } from '../machine.ts'
import { asInt, JavaByte } from '../numbers.ts'
import { defineClass } from './define.ts'

class UuidValue extends Instance {
  readonly typeName = 'java.util.UUID'
  readonly text: string

  get equality(): string {
    return this.text
  }

  constructor(text: string) {
    super()
    this.text = text
  }
}

const UUID_TEXT = /^[0-9a-f]{1,8}-[0-9a-f]{1,4}-[0-9a-f]{1,4}-[0-9a-f]{1,4}-[0-9a-f]{1,12}$/i

const half = (u: UuidValue, first: boolean): bigint => {
  const digits = u.text
    .split('-')
    .map((part, i) => part.padStart([8, 4, 4, 4, 12][i]!, '0'))
    .join('')
  return BigInt.asIntN(64, BigInt(`0x${first ? digits.slice(0, 16) : digits.slice(16)}`))
}

export const UUID = defineClass('java.util.UUID', {
  extends: ['java.lang.Comparable', 'java.lang.Object'],
  new: {
    'UUID(long,long)': (_m, _s, high: bigint, low: bigint) => {
      const digits = [high, low].map((part) => BigInt.asUintN(64, part).toString(16).padStart(16, '0')).join('')
      return new UuidValue(digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'))
    },
  },
  methods: {
    'long getMostSignificantBits()': (_m, u: UuidValue) => half(u, true),
    'long getLeastSignificantBits()': (_m, u: UuidValue) => half(u, false),
    'int version()': (_m, u: UuidValue) => Number((half(u, true) >> 12n) & 15n),
    'int compareTo(UUID)': (_m, u: UuidValue, other: UuidValue) => {
      const [a, b] = [half(u, true) - half(other, true), half(u, false) - half(other, false)]
      return a < 0n || (a === 0n && b < 0n) ? -1 : a === 0n && b === 0n ? 0 : 1
    },
  },
  static: {
    'UUID randomUUID()': () => new UuidValue(randomUUID()),
    'UUID fromString(String)': (_m, _s, text: string) => {
      if (!UUID_TEXT.test(text)) throw raise('IllegalArgumentException', `Invalid UUID string: ${text}`)
      return new UuidValue(text.toLowerCase())
    },
    'UUID nameUUIDFromBytes(array)': (_m, _s, bytes: ArrayValue) => {
      const hash = createHash('md5').update(toBuffer(bytes)).digest()
      hash[6] = (hash[6]! & 0x0f) | 0x30
      hash[8] = (hash[8]! & 0x3f) | 0x80
      return new UuidValue(hash.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'))
    },
  },
})

class CoderValue extends Instance {
  readonly typeName: string
  readonly encoding: 'base64' | 'base64url'
  readonly padding: boolean

  constructor(typeName: string, encoding: 'base64' | 'base64url', padding = true) {
    super()
    this.typeName = typeName
    this.encoding = encoding
    this.padding = padding
  }

  encode(machine: Machine, bytes: ArrayValue): string {
    machine.budget.allocate(bytes.items.length * 2)
    const text = toBuffer(bytes).toString(this.encoding).replace(/=+$/, '')
    return this.padding ? text.padEnd(Math.ceil(text.length / 4) * 4, '=') : text
  }
}

function toBuffer(bytes: ArrayValue): Buffer {
  return Buffer.from(bytes.items.map((item: ScriptValue) => asInt(item) & 0xff))
}

function toBytes(buffer: Buffer): ArrayValue {
  return new ArrayValue('byte', [...buffer].map((byte) => new JavaByte(byte))) // prettier-ignore
}

const ENCODER_NAME = 'java.util.Base64.Encoder'
const DECODER_NAME = 'java.util.Base64.Decoder'

export const BASE64 = defineClass('java.util.Base64', {
  static: {
    'Encoder getEncoder()': () => new CoderValue(ENCODER_NAME, 'base64'),
    'Encoder getUrlEncoder()': () => new CoderValue(ENCODER_NAME, 'base64url'),
    'Decoder getDecoder()': () => new CoderValue(DECODER_NAME, 'base64'),
    'Decoder getUrlDecoder()': () => new CoderValue(DECODER_NAME, 'base64url'),
  },
})

export const ENCODER = defineClass(ENCODER_NAME, {
  methods: {
    'Encoder withoutPadding()': (_m, coder: CoderValue) => new CoderValue(ENCODER_NAME, coder.encoding, false),
    'String encodeToString(array)': (machine, coder: CoderValue, bytes: ArrayValue) => coder.encode(machine, bytes),
  },
  groovy: {
    'array encode(array)': (machine, coder: CoderValue, bytes: ArrayValue) =>
      toBytes(Buffer.from(coder.encode(machine, bytes), 'latin1')),
  },
})

export const DECODER = defineClass(DECODER_NAME, {
  methods: {
    'array decode(String)': (machine, coder: CoderValue, text: string) => {
      machine.budget.allocate(text.length)
      if (!/^[\w+/=-]*$/.test(text)) throw raise('IllegalArgumentException', 'Illegal base64 character')
      return toBytes(Buffer.from(text, coder.encoding))
    },
  },
})
