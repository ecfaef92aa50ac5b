import { createHash, createHmac, randomUUID } from 'node:crypto'
import { isIPv4 } from 'node:net'
import { fail } from '../../../diagnostic/index.ts'
import { isObject, parseFieldPath, printValue, type Event, type FieldPath, type Value } from '../../../event/index.ts'
import { option, type } from '../../../settings/index.ts'
import { defineFilter } from '../define.ts'
import { fieldReference } from './field-option.ts'
import { murmur3 } from './murmur3.ts'

const METHODS = ['SHA1', 'SHA256', 'SHA384', 'SHA512', 'MD5', 'MURMUR3', 'IPV4_NETWORK', 'UUID', 'PUNCTUATION'] as const

export const fingerprint = defineFilter({
  name: 'fingerprint',
  summary: 'Makes one short value of fields: a hash, a network, a UUID.',
  options: {
    source: option(type.list(fieldReference), {
      default: [parseFieldPath('message')!],
      describe: 'The fields. Of several, the last decides unless `concatenate_sources` is set.',
    }),
    target: option(fieldReference, {
      describe: 'The field for it: `fingerprint`, or with the names of ECS `[event][hash]`.',
    }),
    method: option(type.oneOf(...METHODS), { default: 'SHA1', describe: 'How it is made; MURMUR3 has 32 bits.' }),
    key: option(type.string, {
      secret: true,
      describe: 'The key of an HMAC; for IPV4_NETWORK the length of the prefix.',
    }),
    base64encode: option(type.boolean, {
      default: false,
      describe: 'Whether hashes are base64 instead of hexadecimal.',
    }),
    concatenate_sources: option(type.boolean, {
      default: false,
      describe: 'Whether names and values of all sources make one value.',
    }),
    concatenate_all_fields: option(type.boolean, {
      default: false,
      describe: 'Whether names and values of all fields of the event make one value.',
    }),
    ecs_compatibility: option(type.oneOf('disabled', 'v1', 'v8'), {
      describe: "The default of `target`; the pipeline's setting by default.",
    }),
  },
  examples: [
    {
      title: 'SHA1',
      config: 'source => "m"',
      in: { m: 'test' },
      out: { m: 'test', fingerprint: 'a94a8fe5ccb19ba61c4c0873d391e987982fbbd3' },
    },
    {
      title: 'an HMAC in base64, with the names of ECS',
      config: 'source => "m" method => MD5 key => "k" base64encode => true ecs_compatibility => v8',
      in: { m: 'test' },
      out: { m: 'test', event: { hash: createHmac('md5', 'k').update('test').digest('base64') } },
    },
    {
      title: 'several fields as one value',
      config: 'source => ["b", "a"] concatenate_sources => true method => SHA256 target => "f"',
      in: { a: 1, b: { y: 'v', x: [2, null] } },
      out: {
        a: 1,
        b: { y: 'v', x: [2, null] },
        f: createHash('sha256').update('|a|1|b|{"x"=>[2, nil], "y"=>"v"}|').digest('hex'),
      },
    },
    {
      title: 'MURMUR3, of each value of a list',
      config: 'source => "m" method => MURMUR3',
      in: { m: ['test', 'hello'] },
      out: { m: ['test', 'hello'], fingerprint: [3_127_628_307, 613_153_351] },
    },
    {
      title: 'the network of an address',
      config: 'source => "ip" method => IPV4_NETWORK key => 20',
      in: { ip: '10.1.255.3' },
      out: { ip: '10.1.255.3', fingerprint: '10.1.240.0' },
    },
    {
      title: 'punctuation',
      config: 'source => "m" method => PUNCTUATION',
      in: { m: 'PHP Warning: json() [function.x] <= 1+1' },
      out: { m: 'PHP Warning: json() [function.x] <= 1+1', fingerprint: ':()[.]<=+' },
    },
  ],
  create(options, context) {
    const legacy = (options.ecs_compatibility ?? context.ecs) === 'disabled'
    const target = options.target ?? parseFieldPath(legacy ? 'fingerprint' : '[event][hash]')!
    const { method, source } = options
    const make =
      method === 'UUID' || method === 'PUNCTUATION'
        ? () => undefined
        : compileMethod(method, options.key, options.base64encode)
    const sorted: readonly FieldPath[] = [...source].sort((a, b) => (a.text < b.text ? -1 : 1))
    const one = (event: Event): Value | undefined => {
      if (method === 'UUID') return randomUUID()
      let result: Value | undefined
      if (method === 'PUNCTUATION') {
        for (const field of sorted) {
          const value = event.get(field)
          if (typeof value === 'string') result = value.replace(/[^\p{P}\p{S}]/gu, '')
        }
        return result
      }
      if (options.concatenate_all_fields) {
        const names = Object.keys(event.data).sort()
        return make(`${names.map((name) => `|${name}|${rubyText(event.data[name]!)}`).join('')}|`)
      }
      if (options.concatenate_sources)
        return make(`${sorted.map((field) => `|${field.text}|${rubyText(event.get(field) ?? null)}`).join('')}|`)
      for (const field of source) {
        const value = event.get(field)
        if (value === undefined) continue
        result = Array.isArray(value) ? value.map((inner) => make(inner) ?? null) : (make(value) ?? result)
      }
      return result
    }
    return {
      filter(batch) {
        for (const event of batch) {
          const made = one(event)
          if (made !== undefined) event.set(target, made)
          context.matched(event)
        }
        return batch
      },
    }
  },
})

/** @throws DiagnosticError for IPV4_NETWORK without a prefix. */
export function compileMethod(
  method: Exclude<(typeof METHODS)[number], 'UUID' | 'PUNCTUATION'>,
  key: string | undefined,
  base64: boolean,
): (value: Value) => Value | undefined {
  if (method === 'IPV4_NETWORK') {
    const bits = Number(key ?? 'none')
    if (!Number.isInteger(bits) || bits < 0 || bits > 32)
      throw fail('plugin.option_invalid', {
        option: 'key',
        expected: 'the length of a prefix from 0 to 32',
        value: key ?? '',
      })
    return (value) => networkOf(rubyText(value), bits)
  }
  if (method === 'MURMUR3')
    return (value) =>
      murmur3(typeof value === 'number' || typeof value === 'bigint' ? longBytes(value) : Buffer.from(rubyText(value)))
  const algorithm = method.toLowerCase()
  const encoding = base64 ? 'base64' : 'hex'
  return (value) => {
    const hash = key === undefined ? createHash(algorithm) : createHmac(algorithm, key)
    return hash.update(rubyText(value)).digest(encoding)
  }
}

function longBytes(value: number | bigint): Buffer {
  if (typeof value === 'number' && !Number.isInteger(value)) return Buffer.from(String(value))
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64LE(BigInt.asIntN(64, BigInt(value)))
  return bytes
}

function networkOf(address: string, bits: number): string | undefined {
  if (!isIPv4(address)) return undefined
  const whole = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
  const size = 2 ** (32 - bits)
  const network = Math.floor(whole / size) * size
  return [24, 16, 8, 0].map((shift) => Math.floor(network / 2 ** shift) % 256).join('.')
}

/** Ruby's to_s of a value, the names of hashes sorted. */
function rubyText(value: Value): string {
  if (value === null) return ''
  return Array.isArray(value) || isObject(value) ? inspect(value) : printValue(value)
}

function inspect(value: Value): string {
  if (value === null) return 'nil'
  if (typeof value === 'string') return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(inspect).join(', ')}]`
  if (!isObject(value)) return printValue(value)
  const names = Object.keys(value).sort()
  return `{${names.map((name) => `${JSON.stringify(name)}=>${inspect(value[name]!)}`).join(', ')}}`
}
