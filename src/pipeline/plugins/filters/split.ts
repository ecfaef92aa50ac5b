import { cloneValue, fieldPath, type Event, type Value } from '../../../event/index.ts'
import { option, type } from '../../../settings/index.ts'
import { defineFilter } from '../define.ts'
import { fieldReference } from './field-option.ts'

/** One event must not fill the memory with its copies. */
const MOST = 1_000_000

export const split = defineFilter({
  name: 'split',
  summary: 'Makes an event of each line of a text, or of each value of a list.',
  options: {
    field: option(fieldReference, { default: fieldPath('message'), describe: 'What is split.' }),
    terminator: option(type.string, { default: '\n', describe: 'What texts are split at.' }),
    target: option(fieldReference, { describe: 'Where the parts go; to `field` by default.' }),
  },
  examples: [
    {
      title: 'lines, without the empty ones',
      config: '',
      in: { message: 'a\nb\n\nc\n', h: 1 },
      out: [
        { message: 'a', h: 1 },
        { message: 'b', h: 1 },
        { message: 'c', h: 1 },
      ],
    },
    {
      title: 'a list, into another field',
      config: 'field => "[r][list]" target => "item"',
      in: { r: { list: [{ n: 1 }, { n: 2 }] } },
      out: [
        { r: { list: [{ n: 1 }, { n: 2 }] }, item: { n: 1 } },
        { r: { list: [{ n: 1 }, { n: 2 }] }, item: { n: 2 } },
      ],
    },
    { title: 'one part is left alone', config: '', in: { message: 'a' }, out: { message: 'a' } },
    {
      title: 'what is no text and no list is tagged',
      config: '',
      in: { message: 7 },
      out: { message: 7, tags: ['_split_type_failure'] },
    },
  ],
  create(options, context) {
    const target = options.target ?? options.field
    return {
      filter(batch) {
        const out: Event[] = []
        for (const event of batch) {
          const value = event.get(options.field)
          const parts = partsOf(value, options.terminator)
          if (parts === undefined || parts.length > MOST) event.tag('_split_type_failure')
          if (parts === undefined || parts.length > MOST || (parts.length === 1 && typeof value === 'string')) {
            out.push(event)
            continue
          }
          for (const part of parts) {
            if (part === '' || part === null || (Array.isArray(part) && part.length === 0)) continue
            const copy = event.clone()
            copy.set(target, cloneValue(part))
            context.matched(copy)
            out.push(copy)
          }
        }
        return out
      },
    }
  },
})

function partsOf(value: Value | undefined, terminator: string): readonly Value[] | undefined {
  if (Array.isArray(value)) return value
  return typeof value === 'string' ? value.split(terminator) : undefined
}
