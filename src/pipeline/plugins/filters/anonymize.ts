import { option, type } from '../../../settings/index.ts'
import { defineFilter } from '../define.ts'
import { fieldReference } from './field-option.ts'
import { compileMethod } from './fingerprint.ts'

export const anonymize = defineFilter({
  name: 'anonymize',
  summary: 'Replaces the values of fields by hashes of them.',
  options: {
    fields: option(type.list(fieldReference), {
      required: true,
      describe: 'The fields; of a list each value is replaced.',
    }),
    key: option(type.string, {
      required: true,
      secret: true,
      describe: 'The key of the HMAC; for IPV4_NETWORK the length of the prefix. MURMUR3 has none.',
    }),
    algorithm: option(type.oneOf('SHA1', 'SHA256', 'SHA384', 'SHA512', 'MD5', 'MURMUR3', 'IPV4_NETWORK'), {
      default: 'SHA1',
      describe: 'How the hash is made.',
    }),
  },
  examples: [
    {
      title: 'addresses, by MD5',
      config: 'fields => ["clientip", "[gone][too]"] key => "longencryptionkey" algorithm => "MD5"',
      in: { clientip: ['123.123.123.123', '223.223.223.223'] },
      out: { clientip: ['9336c879e305c9604a3843fc3e75948f', '7a6c66b8d3f42a7d650e3354af508df3'] },
    },
    {
      title: 'the network alone',
      config: 'fields => ["clientip"] key => 24 algorithm => "IPV4_NETWORK"',
      in: { clientip: '233.255.13.44' },
      out: { clientip: '233.255.13.0' },
    },
    {
      title: 'a number of 32 bits',
      config: 'fields => ["clientip"] key => "" algorithm => "MURMUR3" add_tag => "hidden"',
      in: { clientip: '123.52.122.33' },
      out: { clientip: 1541804874, tags: ['hidden'] },
    },
  ],
  create({ fields, key, algorithm }, context) {
    const make = compileMethod(algorithm, key, false)
    return {
      filter(batch) {
        for (const event of batch) {
          for (const field of fields) {
            const value = event.get(field)
            if (value === undefined || value === null) continue
            const made = Array.isArray(value) ? value.map((inner) => make(inner) ?? null) : make(value)
            // What is no address has no network; it is not left to be seen.
            event.set(field, made ?? null)
          }
          context.matched(event)
        }
        return batch
      },
    }
  },
})
