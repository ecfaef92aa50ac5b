import { double, fieldPath, type Event, type Value } from '../../../event/index.ts'
import { option } from '../../../settings/index.ts'
import { defineFilter } from '../define.ts'
import { fieldReference } from './field-option.ts'

export const extractNumbers = defineFilter({
  name: 'extractnumbers',
  summary:
    'Writes the numbers among the words of a text into the fields `int1`, `int2`, ... and `float1`, `float2`, ...',
  options: {
    source: option(fieldReference, {
      default: fieldPath('message'),
      describe: 'The field with the text; of a list, the first is read.',
    }),
  },
  examples: [
    {
      title: 'whole and broken ones',
      config: 'add_tag => "numbers"',
      in: { message: 'bla 1234 foo 5678 geek 10.43' },
      out: { message: 'bla 1234 foo 5678 geek 10.43', int1: 1234, int2: 5678, float1: 10.43, tags: ['numbers'] },
    },
    {
      title: "as Ruby's are written",
      config: 'source => "[a][b]"',
      in: { a: { b: ['-7 0x1F 010 0b101 1_000 1e3 .5 1. 3x 09'] } },
      out: {
        a: { b: ['-7 0x1F 010 0b101 1_000 1e3 .5 1. 3x 09'] },
        int1: -7,
        int2: 31,
        int3: 8,
        int4: 5,
        int5: 1000,
        float1: 1000,
        float2: 0.5,
        float3: 9,
      },
    },
    { title: 'none', config: 'add_tag => "numbers"', in: { message: 'v1 2,5' }, out: { message: 'v1 2,5' } },
  ],
  create({ source }, context) {
    return {
      filter(batch) {
        for (const event of batch) {
          const value = event.get(source)
          const text = Array.isArray(value) ? value[0] : value
          if (typeof text === 'string' && extract(event, text)) context.matched(event)
        }
        return batch
      },
    }
  },
})

function extract(event: Event, text: string): boolean {
  let integers = 0
  let floats = 0
  for (const word of text.split(/\s+/)) {
    const integer = integerOf(word)
    if (integer !== undefined) {
      event.data[`int${++integers}`] = integer
      continue
    }
    if (/^[+-]?(?:\d+(?:_\d+)*)?(?:\.?\d+(?:_\d+)*)(?:[eE][+-]?\d+)?$/.test(word))
      event.data[`float${++floats}`] = double(Number(word.replaceAll('_', '')))
  }
  return integers + floats > 0
}

const BASES = { x: 16, b: 2, o: 8, d: 10, '': 8 } as const

/** As Ruby's Integer(): with an underscore between digits, and bases by their prefix, of which 0 is that of octal. */
function integerOf(word: string): Value | undefined {
  const sign = word.startsWith('-') ? -1n : 1n
  const unsigned = word.replace(/^[+-]/, '')
  if (!/^\w+$/.test(unsigned) || /__|_$|^_/.test(unsigned)) return undefined
  const [, prefix, digits] = /^0([xbod]?)_?([\da-f_]+)$/i.exec(unsigned) ?? [undefined, 'd', unsigned]
  const base = BASES[prefix!.toLowerCase() as keyof typeof BASES]
  const plain = digits!.replaceAll('_', '').toLowerCase()
  let value = 0n
  for (const digit of plain) {
    const n = Number.parseInt(digit, 16)
    if (Number.isNaN(n) || n >= base) return undefined
    value = value * BigInt(base) + BigInt(n)
  }
  value *= sign
  return Number.isSafeInteger(Number(value)) ? Number(value) : value
}
