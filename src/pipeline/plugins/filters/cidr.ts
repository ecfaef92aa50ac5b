import { readFileSync } from 'node:fs'
import { BlockList, isIP } from 'node:net'
import { fail } from '../../../diagnostic/index.ts'
import { compileSprintf, isDynamic } from '../../../event/index.ts'
import { option, type } from '../../../settings/index.ts'
import { defineFilter } from '../define.ts'

export const cidr = defineFilter({
  name: 'cidr',
  summary: 'Checks whether an address is in one of some networks; it only decorates the event.',
  options: {
    address: option(type.list(type.string), { required: true, describe: 'Addresses, mostly references to fields.' }),
    network: option(type.list(type.string), {
      default: [],
      describe: 'Networks such as `192.0.2.0/24`; may have references.',
    }),
    network_path: option(type.string, { describe: 'A file of networks, instead of `network`.' }),
    refresh_interval: option(type.number({ min: 0 }), {
      default: 600,
      describe: 'After how many seconds the file is read again.',
    }),
    separator: option(type.string, { default: '\n', describe: 'What is between networks in the file.' }),
  },
  examples: [
    {
      title: 'one of two addresses is inside',
      config: 'address => ["%{a}", "%{b}"] network => ["192.0.2.0/24", "fe80::/64"] add_tag => "net"',
      in: { a: '10.0.0.1', b: 'fe80::7' },
      out: { a: '10.0.0.1', b: 'fe80::7', tags: ['net'] },
    },
    {
      title: 'networks from the event; what is no address is outside',
      config: 'address => ["%{a}"] network => ["%{nets}"] add_tag => "net"',
      in: { a: 'nowhere', nets: '0.0.0.0/0' },
      out: { a: 'nowhere', nets: '0.0.0.0/0' },
    },
  ],
  create(options, context) {
    const { network_path: path } = options
    if (path !== undefined && options.network.length > 0)
      throw fail('plugin.options_exclude', { option: 'network', other: 'network_path' })
    const addresses = options.address.map(compileSprintf)
    const texts = options.network.map(compileSprintf)
    const fixed = options.network.some(isDynamic) ? undefined : blockListOf(options.network)
    let read: BlockList | undefined
    let readAt = 0
    const fromFile = (file: string): BlockList => {
      const now = context.clock.monotonic()
      if (read !== undefined && now - readAt < options.refresh_interval * 1000) return read
      readAt = now
      try {
        read = blockListOf(readFileSync(file, 'utf8').split(options.separator))
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error)
        if (read === undefined) throw fail('plugin.file_unreadable', { option: 'network_path', path: file, reason })
        context.logger.warn({ path: file, reason }, 'networks could not be read again; the old ones stay')
      }
      return read!
    }
    if (path !== undefined) fromFile(path)
    return {
      filter(batch) {
        for (const event of batch) {
          const networks =
            path === undefined ? (fixed ?? blockListOf(texts.map((text) => text(event)))) : fromFile(path)
          const inside = addresses.some((text) => {
            const address = text(event)
            const family = isIP(address)
            return family !== 0 && networks.check(address, family === 6 ? 'ipv6' : 'ipv4')
          })
          if (inside) context.matched(event)
        }
        return batch
      },
    }
  },
})

/** What is no network is left out, as in Logstash. */
function blockListOf(texts: readonly string[]): BlockList {
  const networks = new BlockList()
  for (const text of texts.flatMap((each) => each.split(','))) {
    const [address, prefix] = text.trim().split('/') as [string, string?]
    const family = isIP(address)
    if (family === 0) continue
    const most = family === 6 ? 128 : 32
    const bits = prefix === undefined ? most : Number(prefix)
    if (Number.isInteger(bits) && bits >= 0 && bits <= most)
      networks.addSubnet(address, bits, family === 6 ? 'ipv6' : 'ipv4')
  }
  return networks
}
