import { fieldPath, isObject, newObject, type Value } from '../../../event/index.ts'
import { option, type } from '../../../settings/index.ts'
import { charset, UTF8, type Converter } from '../codecs/charset.ts'
import { defineFilter } from '../define.ts'
import { fieldReference } from './field-option.ts'

export const urldecode = defineFilter({
  name: 'urldecode',
  summary: 'Decodes %XX in texts, also within lists and hashes; a plus stays a plus.',
  options: {
    field: option(fieldReference, { default: fieldPath('message'), describe: 'What is decoded.' }),
    all_fields: option(type.boolean, { default: false, describe: 'Whether every field is decoded.' }),
    charset: { ...charset, describe: 'The character set of the decoded bytes.' },
    tag_on_failure: option(type.list(type.string), {
      default: ['_urldecodefailure'],
      describe: 'Tags of events where it failed.',
    }),
  },
  examples: [
    {
      title: 'a text',
      config: '',
      in: { message: 'http%3A%2F%2Fx%2F%C3%A9+%zz' },
      out: { message: 'http://x/é+%zz' },
    },
    {
      title: 'all fields, another character set',
      config: 'all_fields => true charset => "ISO-8859-1"',
      in: { a: '%E9', b: ['%20', 1], c: { d: '%41' } },
      out: { a: 'é', b: [' ', 1], c: { d: 'A' } },
    },
    {
      title: 'bytes that are no text',
      config: '',
      in: { message: '/a?q=0;+%C3%BB%D3%D5%D2%B5%BD=' },
      out: { message: '/a?q=0;+û\\xD3\\xD5ҵ\\xBD=' },
    },
  ],
  create(options, context) {
    const decode = (value: Value): Value => {
      if (typeof value === 'string') return unescape(value, options.charset)
      if (Array.isArray(value)) return value.map(decode)
      if (!isObject(value)) return value
      const copy = newObject()
      for (const name in value) copy[name] = decode(value[name]!)
      return copy
    }
    return {
      filter(batch) {
        for (const event of batch) {
          try {
            if (options.all_fields) for (const name in event.data) event.data[name] = decode(event.data[name]!)
            else {
              const value = event.get(options.field)
              if (value !== undefined) event.set(options.field, decode(value))
            }
          } catch {
            for (const tag of options.tag_on_failure) event.tag(tag)
          }
          context.matched(event)
        }
        return batch
      },
    }
  },
})

const ESCAPED = /(?:%[0-9a-f]{2})+/gi

/** A text that is not valid UTF-8 afterwards is shown as a whole, as Logstash does. */
function unescape(text: string, converter: Converter): string {
  const bytesOf = (run: string): Buffer => Buffer.from(run.replaceAll('%', ''), 'hex')
  if (converter !== UTF8) return text.replace(ESCAPED, (run) => converter.text(bytesOf(run)))
  if (!text.includes('%')) return text
  const bytes = Buffer.from(text)
    .toString('latin1')
    .replace(ESCAPED, (run) => bytesOf(run).toString('latin1'))
  return UTF8.text(Buffer.from(bytes, 'latin1'))
}
