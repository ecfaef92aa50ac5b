import { isIP } from 'node:net'
import { fail } from '../../../../diagnostic/index.ts'
import type { Event, FieldPath } from '../../../../event/index.ts'
import { option, RawHash, type, type OptionType, type Raw } from '../../../../settings/index.ts'
import { defineFilter } from '../../define.ts'
import { ExpiringCache } from '../../../../enrich/index.ts'
import { fieldReference } from '../field-option.ts'
import { HostsFile } from './hosts-file.ts'
import { NoReply, Resolver, systemServers, type NameServers } from './resolver.ts'

const MOST_SEARCH_DOMAINS = 6

/** Addresses, or a hash of `address`, `search` and `ndots`. */
const nameServers: OptionType<NameServers> = {
  name: 'list of string, or hash of address, search, ndots',
  read(raw) {
    const strings = (value: Raw | undefined): readonly string[] => {
      const read = value === undefined ? undefined : type.list(type.string).read(value)
      return read?.ok === true ? read.value : []
    }
    if (!(raw instanceof RawHash)) {
      const addresses = strings(raw)
      return addresses.length === 0
        ? type.no('one or more addresses of name servers, or a hash with them in "address"')
        : type.ok({ addresses, search: [], ndots: 1 })
    }
    const given = new Map(raw.pairs)
    const unknown = [...given.keys()].find((name) => !['address', 'search', 'ndots'].includes(name))
    if (unknown !== undefined) return type.no(`a hash of address, search and ndots, without '${unknown}'`)
    const addresses = strings(given.get('address'))
    if (addresses.length === 0) return type.no('a hash with one or more addresses in "address"')
    const search = strings(given.get('search'))
    if (search.length > MOST_SEARCH_DOMAINS)
      return type.no(`a hash with at most ${MOST_SEARCH_DOMAINS} domains in "search"`)
    const ndots = type.number({ integer: true, min: 1 }).read(given.get('ndots') ?? 1)
    return ndots.ok ? type.ok({ addresses, search, ndots: ndots.value }) : type.no('a hash with a positive "ndots"')
  },
}

export const dns = defineFilter({
  name: 'dns',
  summary: 'Looks up the addresses of names and the names of addresses, of all events of a batch at once.',
  options: {
    resolve: option(type.list(fieldReference), { default: [], describe: 'Fields with names, to become addresses.' }),
    reverse: option(type.list(fieldReference), { default: [], describe: 'Fields with addresses, to become names.' }),
    action: option(type.oneOf('append', 'replace'), {
      default: 'append',
      describe: 'Whether the answer is put beside the value, in a list, or in its place.',
    }),
    nameserver: option(nameServers, {
      describe: 'Name servers, with search domains if need be; those of /etc/resolv.conf unless given.',
    }),
    hostsfile: option(type.list(type.string), {
      default: [],
      describe: 'Hosts files that are looked at first; then /etc/hosts, then the name servers.',
    }),
    timeout: option(type.number({ min: 0.001 }), {
      default: 0.5,
      describe: 'After how many seconds a server is given up.',
    }),
    max_retries: option(type.number({ integer: true, min: 0 }), {
      default: 2,
      describe: 'How often it is asked again when no server answered.',
    }),
    hit_cache_size: option(type.number({ integer: true, min: 0 }), {
      default: 0,
      describe: 'How many answers are kept.',
    }),
    hit_cache_ttl: option(type.number({ min: 0 }), { default: 60, describe: 'For how many seconds they are kept.' }),
    failed_cache_size: option(type.number({ integer: true, min: 0 }), {
      default: 0,
      describe: 'How many lookups without an answer are remembered; they are not asked again.',
    }),
    failed_cache_ttl: option(type.number({ min: 0 }), {
      default: 5,
      describe: 'For how many seconds they are remembered.',
    }),
    tag_on_timeout: option(type.list(type.string), {
      default: ['_dnstimeout'],
      describe: 'Tags of events for which no server answered.',
    }),
    warn_on_timeout: option(type.boolean, {
      default: false,
      describe: 'Whether that is logged as a warning.',
    }),
  },
  examples: [
    {
      title: 'a name in place of an address',
      needs: 'a name server',
      config: 'reverse => ["src_ip"] action => "replace"',
      in: { src_ip: '192.0.2.1' },
      out: { src_ip: 'host.example.org' },
    },
    {
      title: 'what is no address is left alone, without what success adds',
      config: 'reverse => "a" add_tag => "named"',
      in: { a: 'host' },
      out: { a: 'host' },
    },
    {
      title: 'an address is its own, here beside it',
      config: 'resolve => "a" add_tag => "resolved"',
      in: { a: '192.0.2.1' },
      out: { a: ['192.0.2.1', '192.0.2.1'], tags: ['resolved'] },
    },
    {
      title: 'more than one value is left alone',
      config: 'resolve => "a" add_tag => "resolved"',
      in: { a: ['192.0.2.1', '192.0.2.2'] },
      out: { a: ['192.0.2.1', '192.0.2.2'] },
    },
  ],
  create(options, context) {
    const { clock, logger } = context
    const resolver = open(options)
    const hits = new ExpiringCache<string>(options.hit_cache_size, clock, options.hit_cache_ttl * 1000)
    const failures = new ExpiringCache<true>(options.failed_cache_size, clock, options.failed_cache_ttl * 1000)
    /** Events of a batch that ask the same share the answer. */
    const underWay = new Map<string, Promise<string | undefined>>()

    async function ask(kind: 'address' | 'name', text: string): Promise<string | undefined> {
      for (let tries = 0; ; tries++) {
        try {
          return await resolver[kind](text)
        } catch (error) {
          if (tries >= options.max_retries) throw error
        }
      }
    }

    function askOnce(kind: 'address' | 'name', text: string): Promise<string | undefined> {
      const key = `${kind} ${text}`
      let answer = underWay.get(key)
      if (answer === undefined) {
        answer = ask(kind, text).finally(() => underWay.delete(key))
        underWay.set(key, answer)
      }
      return answer
    }

    /** @returns undefined where there is no answer; @throws NoReply */
    async function look(kind: 'address' | 'name', text: string): Promise<string | undefined> {
      if (failures.get(text) === true) return undefined
      const known = hits.get(text)
      if (known !== undefined) return known
      let answer: string | undefined
      try {
        answer = await askOnce(kind, text)
        if (answer !== undefined) hits.set(text, answer)
      } finally {
        if (answer === undefined) failures.set(text, true)
      }
      return answer
    }

    /** False where the event's lookups end here. */
    async function replace(event: Event, field: FieldPath, kind: 'address' | 'name'): Promise<boolean> {
      const value = event.get(field)
      if (value === undefined || value === null) {
        const what = kind === 'address' ? 'resolve' : 'perform reverse lookup on'
        logger.warn({ field: field.text }, `dns filter could not ${what} missing field '${field.text}'`)
        return true
      }
      const many = Array.isArray(value)
      if (many && value.length > 1) {
        logger.warn({ field: field.text }, `dns filter leaves '${field.text}' alone: it has several values`)
        return false
      }
      const text = many ? value[0] : value
      if (typeof text !== 'string') {
        logger.warn({ field: field.text }, `dns filter leaves '${field.text}' alone: it is no string`)
        return false
      }
      if (kind === 'name' && isIP(text) === 0) return false
      const answer = await look(kind, text)
      if (answer === undefined) return false
      event.set(field, options.action === 'append' ? [text, answer] : many ? [answer] : answer)
      return true
    }

    async function shape(event: Event): Promise<void> {
      try {
        for (const field of options.resolve) if (!(await replace(event, field, 'address'))) return
        for (const field of options.reverse) if (!(await replace(event, field, 'name'))) return
      } catch (error) {
        if (!(error instanceof NoReply)) throw error
        for (const tag of options.tag_on_timeout) event.tag(tag)
        const level = options.warn_on_timeout ? 'warn' : 'info'
        logger[level]({}, `dns filter: no name server answered within ${options.timeout} s`)
        return
      }
      context.matched(event)
    }

    return {
      async filter(batch) {
        await Promise.all(batch.map(shape))
        return batch
      },
      close: () => resolver.close(),
    }
  },
})

interface ResolverOptions {
  readonly hostsfile: readonly string[]
  readonly nameserver: NameServers | undefined
  readonly timeout: number
}

function open({ hostsfile, nameserver, timeout }: ResolverOptions): Resolver {
  const hosts = hostsfile.map((path) => {
    try {
      return new HostsFile(path)
    } catch (error) {
      throw fail('plugin.file_unreadable', { option: 'hostsfile', path, reason: (error as Error).message })
    }
  })
  try {
    hosts.push(new HostsFile('/etc/hosts'))
  } catch {
    // A system without the file has no names of its own.
  }
  try {
    return new Resolver(hosts, nameserver ?? systemServers(), timeout * 1000)
  } catch {
    throw fail('plugin.option_invalid', {
      option: 'nameserver',
      expected: 'addresses of name servers',
      value: nameserver?.addresses.join(', ') ?? '',
    })
  }
}
