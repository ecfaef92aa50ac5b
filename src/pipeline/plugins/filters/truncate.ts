import { isObject, newObject, type Value } from '../../../event/index.ts'
import { option, type } from '../../../settings/index.ts'
import { defineFilter } from '../define.ts'
import { fieldReference } from './field-option.ts'

export const truncate = defineFilter({
  name: 'truncate',
  summary: 'Cuts off texts after a number of bytes, never within a character.',
  options: {
    length_bytes: option(type.number({ integer: true, min: 0 }), {
      required: true,
      describe: 'The most bytes a text may have, in UTF-8.',
    }),
    fields: option(type.list(fieldReference), { describe: 'The fields to cut; all by default.' }),
  },
  examples: [
    {
      title: 'some fields',
      config: 'fields => ["a", "l"] length_bytes => 4',
      in: { a: 'abcéd', b: 'abcdef', l: ['12345', 1] },
      out: { a: 'abc', b: 'abcdef', l: ['1234', 1] },
    },
    {
      title: 'all fields',
      config: 'length_bytes => 2',
      in: { a: 'abc', h: { x: '€uro' } },
      out: { a: 'ab', h: { x: '' } },
    },
  ],
  create(options, context) {
    const cut = (value: Value): Value => {
      if (typeof value === 'string') return cutText(value, options.length_bytes)
      if (Array.isArray(value)) return value.map((inner) => (typeof inner === 'string' ? cut(inner) : inner))
      if (!isObject(value)) return value
      const copy = newObject()
      for (const name in value) copy[name] = cut(value[name]!)
      return copy
    }
    return {
      filter(batch) {
        for (const event of batch) {
          if (options.fields === undefined) for (const name in event.data) event.data[name] = cut(event.data[name]!)
          for (const field of options.fields ?? []) {
            const value = event.get(field)
            if (value !== undefined) event.set(field, cut(value))
          }
          context.matched(event)
        }
        return batch
      },
    }
  },
})

function cutText(text: string, most: number): string {
  if (text.length * 3 <= most || Buffer.byteLength(text) <= most) return text
  const bytes = Buffer.from(text.slice(0, most))
  let end = Math.min(most, bytes.length)
  while (end > 0 && end < bytes.length && (bytes[end]! & 0xc0) === 0x80) end--
  return bytes.toString('utf8', 0, end)
}
