import { parse } from 'tldts'
import { fieldPath, isObject, newObject, type Value } from '../../../event/index.ts'
import { option, type } from '../../../settings/index.ts'
import { defineFilter } from '../define.ts'
import { fieldReference } from './field-option.ts'

export const tld = defineFilter({
  name: 'tld',
  summary: 'Divides a host name into its parts, by the Public Suffix List.',
  options: {
    source: option(fieldReference, { default: fieldPath('message'), describe: 'The field with the host name.' }),
    target: option(fieldReference, {
      default: fieldPath('tld'),
      describe: 'Where the parts go; what is there already stays beside them.',
    }),
    ignore_private: option(type.boolean, {
      default: true,
      describe: 'Whether suffixes that companies registered, such as `github.io`, are ordinary domains.',
    }),
  },
  examples: [
    {
      title: 'a host in a domain',
      config: 'source => "host" add_tag => "known"',
      in: { host: 'www.google.co.uk' },
      out: {
        host: 'www.google.co.uk',
        tld: {
          tld: 'co.uk',
          sld: 'google',
          trd: 'www',
          domain: 'google.co.uk',
          subdomain: 'www.google.co.uk',
          top_level_domain: 'co.uk',
        },
        tags: ['known'],
      },
    },
    {
      title: 'the domain itself',
      config: '',
      in: { message: 'google.com' },
      out: {
        message: 'google.com',
        tld: { tld: 'com', sld: 'google', trd: null, domain: 'google.com', subdomain: null, top_level_domain: 'com' },
      },
    },
    {
      title: 'a suffix that a company registered',
      config: 'source => "h" target => "t" ignore_private => false',
      in: { h: 'a.example.github.io', t: { kept: 1 } },
      out: {
        h: 'a.example.github.io',
        t: {
          kept: 1,
          tld: 'github.io',
          sld: 'example',
          trd: 'a',
          domain: 'example.github.io',
          subdomain: 'a.example.github.io',
          top_level_domain: 'github.io',
        },
      },
    },
    { title: 'a suffix alone', config: 'source => "h" add_tag => "known"', in: { h: 'co.uk' }, out: { h: 'co.uk' } },
    {
      title: 'no such suffix',
      config: 'source => "h" add_tag => "known"',
      in: { h: 'a.nosuch' },
      out: { h: 'a.nosuch' },
    },
    { title: 'an address', config: 'source => "h" add_tag => "known"', in: { h: '10.0.0.1' }, out: { h: '10.0.0.1' } },
    {
      title: 'a single name',
      config: 'source => "h" add_tag => "known"',
      in: { h: 'localhost' },
      out: { h: 'localhost' },
    },
    {
      title: 'upper case, a dot at the end',
      config: 'source => "h"',
      in: { h: 'Mail.Example.ORG.' },
      out: {
        h: 'Mail.Example.ORG.',
        tld: {
          tld: 'org',
          sld: 'example',
          trd: 'mail',
          domain: 'example.org',
          subdomain: 'mail.example.org',
          top_level_domain: 'org',
        },
      },
    },
  ],
  create(options, context) {
    const { source, target } = options
    const how = { allowPrivateDomains: !options.ignore_private, extractHostname: false, validateHostname: false }
    return {
      filter(batch) {
        for (const event of batch) {
          const name = event.get(source)
          const parts = typeof name === 'string' ? partsOf(name, how) : undefined
          if (parts === undefined) continue
          const there = event.get(target)
          const all = newObject()
          if (isObject(there)) for (const key in there) all[key] = there[key]!
          for (const [key, value] of Object.entries(parts)) all[key] = value
          event.set(target, all)
          context.matched(event)
        }
        return batch
      },
    }
  },
})

/** Undefined where the list has no suffix for the name, or the name is nothing but a suffix. */
function partsOf(name: string, how: Parameters<typeof parse>[1]): Record<string, Value> | undefined {
  const host = name.trim().replace(/\.$/, '').toLowerCase()
  const { publicSuffix, domain, domainWithoutSuffix, subdomain, isIcann, isPrivate } = parse(host, how)
  if (publicSuffix === null || domain === null || (isIcann !== true && isPrivate !== true)) return undefined
  const below = subdomain === null || subdomain === '' ? null : subdomain
  return {
    tld: publicSuffix,
    sld: domainWithoutSuffix,
    trd: below,
    domain,
    subdomain: below === null ? null : `${below}.${domain}`,
    top_level_domain: publicSuffix,
  }
}
