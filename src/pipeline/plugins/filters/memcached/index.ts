import { inflateSync } from 'node:zlib'
import { fail } from '../../../../diagnostic/index.ts'
import { cloneValue, compileSprintf, type Event, type FieldPath, type Value } from '../../../../event/index.ts'
import { option, type, type OptionType } from '../../../../settings/index.ts'
import { defineFilter } from '../../define.ts'
import { ExpiringCache } from '../../../../enrich/index.ts'
import { fieldHash, fieldReference } from '../field-option.ts'
import { Outage } from '../outage.ts'
import { MemcachedClient, parseServer, type ServerAddress, type Stored } from './client.ts'
import { dump, load } from './marshal.ts'

/** Marks of Ruby's client on values that are no plain text. */
const MARSHALLED = 1
const COMPRESSED = 2
const LARGEST_VALUE = 2 ** 26

const server: OptionType<ServerAddress> = {
  name: 'string',
  read(raw) {
    const address = parseServer(String(raw))
    return address === undefined ? type.no('an address such as "host:11211" or the path of a socket') : type.ok(address)
  },
}

export const memcached = defineFilter({
  name: 'memcached',
  summary: 'Reads values from memcached into fields, and writes fields to it.',
  options: {
    hosts: option(type.list(server), {
      default: [{ host: 'localhost', port: 11_211 }],
      describe:
        'Servers: names or addresses, with a port where it is not 11211, or paths of sockets. ' +
        'Where there are several the CRC-32 of a key decides.',
    }),
    namespace: option(type.string, { default: '', describe: 'Put before each key, with a colon.' }),
    get: option(type.hash(fieldReference), {
      default: new Map<string, FieldPath>(),
      describe: 'Fields by the key whose value they get; keys may have references.',
    }),
    set: option(fieldHash(type.string), {
      default: [],
      describe: 'Keys by the field that is written to them; keys may have references.',
    }),
    ttl: option(type.number({ integer: true, min: 0 }), {
      default: 0,
      describe: 'For how many seconds memcached keeps what is written; 0 is for ever.',
    }),
    tag_on_failure: option(type.string, {
      default: '_memcached_failure',
      describe: 'Tag of events for which memcached did not answer.',
    }),
    lru_cache_ttl: option(type.number({ min: 0 }), {
      default: 0,
      describe: 'For how many seconds answers are kept here too; 0 keeps none.',
    }),
    lru_cache_max_entries: option(type.number({ integer: true, min: 0 }), {
      default: 1024,
      describe: 'How many answers are kept.',
      aliases: ['lru_cache_max_size'],
    }),
  },
  examples: [
    {
      title: 'what is known of a host',
      needs: 'a memcached',
      config: 'hosts => ["127.0.0.1:11211"] namespace => "threats" get => { "host:%{[host]}" => "[threat][host]" }',
      in: { host: 'evil.example' },
      out: { host: 'evil.example', threat: { host: 'botnet' } },
    },
    {
      title: 'remembered for an hour',
      needs: 'a memcached',
      config: 'set => { "[user][name]" => "last-user:%{[source][ip]}" } ttl => 3600',
      in: { user: { name: 'ann' }, source: { ip: '192.0.2.1' } },
      out: { user: { name: 'ann' }, source: { ip: '192.0.2.1' } },
    },
  ],
  peers: ({ hosts }) => hosts,
  create(options, context) {
    const { clock, logger } = context
    if (options.hosts.length === 0)
      throw fail('plugin.option_invalid', { option: 'hosts', expected: 'one or more addresses', value: '' })
    const client = new MemcachedClient(options.hosts, options.namespace, clock)
    const gets = [...options.get].map(([key, field]) => ({ key: compileSprintf(key), field }))
    const sets = options.set.map(([field, key]) => ({ key: compileSprintf(key), field }))
    const kept = new ExpiringCache<Value | 'absent'>(
      options.lru_cache_ttl > 0 ? options.lru_cache_max_entries : 0,
      clock,
      options.lru_cache_ttl * 1000,
    )
    const outage = new Outage('memcached', logger, clock)

    async function read(key: string): Promise<Value | undefined> {
      const known = kept.get(`=${key}`)
      if (known !== undefined) return known === 'absent' ? undefined : known
      const stored = await client.get(key)
      const value = stored === undefined ? undefined : decode(stored)
      kept.set(`=${key}`, value ?? 'absent')
      return value
    }

    /** Requests go out before anything is awaited, so that they reach memcached in the order of the events. */
    async function shape(event: Event): Promise<void> {
      const written = sets.flatMap(({ key, field }) => {
        const value = event.get(field)
        return value === undefined || value === null ? [] : [client.set(key(event), encode(value), options.ttl)]
      })
      const wanted = gets.map(({ key, field }) => read(key(event)).then((value) => ({ field, value })))
      const [stored, found] = await Promise.all([Promise.all(written), Promise.all(wanted)])
      let matched = stored.length > 0
      for (const { field, value } of found) {
        if (value === undefined || value === null) continue
        event.set(field, cloneValue(value))
        matched = true
      }
      if (matched) context.matched(event)
    }

    async function shapeOrTag(event: Event): Promise<void> {
      try {
        await shape(event)
        outage.over()
      } catch (error) {
        event.tag(options.tag_on_failure)
        outage.failed(error)
      }
    }

    return {
      async filter(batch) {
        await Promise.all(batch.map(shapeOrTag))
        return batch
      },
      close: () => client.close(),
    }
  },
})

/** Text as it is, anything else as Ruby's client keeps it. */
function encode(value: Value): Stored {
  return typeof value === 'string' ? { value: Buffer.from(value), flags: 0 } : { value: dump(value), flags: MARSHALLED }
}

function decode({ value, flags }: Stored): Value {
  const bytes = (flags & COMPRESSED) === 0 ? value : inflateSync(value, { maxOutputLength: LARGEST_VALUE })
  return (flags & MARSHALLED) === 0 ? bytes.toString('utf8') : load(bytes)
}
