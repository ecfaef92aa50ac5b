import { fieldPath, printValue, type Value } from '../../../event/index.ts'
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
    }),
    decimal_separator: option(type.oneOf('.', ','), {
      default: '.',
      describe: 'What is before the fraction; the other, a space or an underscore may be between groups of digits.',
    }),
    tag_on_failure: option(type.list(type.string), {
      default: ['_bytesparsefailure'],
      describe: 'Tags of events whose field is no size.',
    }),
  },
  examples: [
    { title: 'binary', config: 'source => "s" target => "n"', in: { s: '123 MB' }, out: { s: '123 MB', n: 128974848 } },
    {
      title: 'metric, with other separators',
      config: 'source => "s" target => "n" conversion_method => metric decimal_separator => ","',
      in: { s: ' 1.000,5k' },
      out: { s: ' 1.000,5k', n: 1000500 },
    },
    {
      title: 'groups of digits, rounded to a whole number',
      config: 'target => "n"',
      in: { message: '3,124.56 mb' },
      out: { message: '3,124.56 mb', n: 3276338627 },
    },
    {
      title: 'beyond 64 bits',
      config: 'target => "n"',
      in: { message: '32EB' },
      out: { message: '32EB', n: 32 * 1024 ** 6 },
    },
    {
      title: 'two decimal separators',
      config: 'target => "n" tag_on_failure => ["boom", "no"]',
      in: { message: '1.000.000 mb' },
      out: { message: '1.000.000 mb', tags: ['boom', 'no'] },
    },
    {
      title: 'no size',
      config: 'source => "s" target => "n"',
      in: { s: 'many' },
      out: { s: 'many', tags: ['_bytesparsefailure'] },
    },
  ],
  create(options, context) {
    const decimal = options.decimal_separator
    const base = options.conversion_method === 'binary' ? 1024 : 1000
    const parse = (text: string): Value | undefined => {
      const match = text.length > 100 ? null : /^([\d _,.]*)\s*([kmgtpe]?)b?$/i.exec(text.trim())
      if (match === null) return undefined
      const digits = match[1]!.replace(decimal === '.' ? /[ _,]/g : /[ _.]/g, '').replaceAll(decimal, '.')
      if (!/^(?:\d+\.?\d*|\.\d+)$/.test(digits)) return undefined
      const power = match[2] === '' ? 0 : POWERS.indexOf(match[2]!.toLowerCase()) + 1
      const size = Math.round(Number(digits) * base ** power)
      return Number.isSafeInteger(size) ? size : BigInt(size)
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
