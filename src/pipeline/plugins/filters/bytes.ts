import { fail } from '../../../diagnostic/index.ts'
import { fieldPath, printValue } from '../../../event/index.ts'
import { option, type } from '../../../settings/index.ts'
import { defineFilter } from '../define.ts'
import { fieldReference } from './field-option.ts'

const POWERS = 'kmgtpe'

export const bytes = defineFilter({
  name: 'bytes',
  summary: 'Reads a size such as `5.3GB` into a number of bytes.',
  options: {
    source: option(fieldReference, { default: fieldPath('message'), describe: 'The field with the size.' }),
    target: option(fieldReference, { required: true, describe: 'The field for the number.' }),
    conversion_method: option(type.oneOf('binary', 'metric'), {
      default: 'binary',
      describe: 'Whether 1K is 1024 or 1000.',
      aliases: ['prefix_system'],
    }),
    decimal_separator: option(type.string, { default: '.', describe: 'What is before the fraction.' }),
    digit_group_separator: option(type.string, { default: ' ', describe: 'What may be between groups of digits.' }),
    tag_on_failure: option(type.list(type.string), {
      default: ['_bytesparsefailure'],
      describe: 'Tags of events whose field is no size.',
    }),
  },
  examples: [
    { title: 'binary', config: 'source => "s" target => "n"', in: { s: '123 MB' }, out: { s: '123 MB', n: 128974848 } },
    {
      title: 'metric, with other separators',
      config:
        'source => "s" target => "n" conversion_method => metric decimal_separator => "," digit_group_separator => "."',
      in: { s: '1.000,5k' },
      out: { s: '1.000,5k', n: 1000500 },
    },
    {
      title: 'no size',
      config: 'source => "s" target => "n"',
      in: { s: 'many' },
      out: { s: 'many', tags: ['_bytesparsefailure'] },
    },
  ],
  create(options, context) {
    const { decimal_separator: decimal, digit_group_separator: group } = options
    if (decimal === group)
      throw fail('plugin.option_invalid', {
        option: 'digit_group_separator',
        expected: 'other than decimal_separator',
        value: group,
      })
    const base = options.conversion_method === 'binary' ? 1024 : 1000
    const parse = (text: string): number | undefined => {
      const match = /^(.*?)\s*([kmgtpe]?)b?$/i.exec(text.trim())
      if (match === null || text.length > 100) return undefined
      const digits = (group === '' ? match[1]! : match[1]!.replaceAll(group, '')).replace(decimal, '.')
      if (!/^(?:\d+\.?\d*|\.\d+)$/.test(digits)) return undefined
      const power = match[2] === '' ? 0 : POWERS.indexOf(match[2]!.toLowerCase()) + 1
      return Math.round(Number(digits) * base ** power)
    }
    return {
      filter(batch) {
        for (const event of batch) {
          const source = event.get(options.source)
          const size = source === undefined || source === null ? undefined : parse(printValue(source))
          if (size === undefined) for (const tag of options.tag_on_failure) event.tag(tag)
          else {
            event.set(options.target, size)
            context.matched(event)
          }
        }
        return batch
      },
    }
  },
})
