import { promises as dns } from 'node:dns'
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { domainToASCII, domainToUnicode } from 'node:url'
import type { HostsFile } from './hosts-file.ts'

/** No server answered in time; whoever asked may ask again. */
export class NoReply extends Error {
  constructor() {
    super('no name server answered')
    this.name = 'NoReply'
  }
}

export interface NameServers {
  /** Addresses, with a port where it is not 53; those of /etc/resolv.conf where there are none. */
  readonly addresses: readonly string[]
  readonly search: readonly string[]
  /** From how many dots on a name is asked for as it is before the search domains are. */
  readonly ndots: number
}

/** Looks names and addresses up: in hosts files first, in their order, then by DNS. */
export class Resolver {
  private readonly hosts: readonly HostsFile[]
  private readonly servers: NameServers
  private readonly resolver: dns.Resolver

  /** @throws Error where an address of a name server is none. */
  constructor(hosts: readonly HostsFile[], servers: NameServers, timeoutMillis: number) {
    this.hosts = hosts
    this.servers = servers
    this.resolver = new dns.Resolver({ timeout: Math.max(1, Math.round(timeoutMillis)), tries: 1 })
    if (servers.addresses.length > 0) this.resolver.setServers([...servers.addresses])
  }

  /**
   * The first address of a name, IPv4 before IPv6; an address is its own.
   * @returns undefined where it has none. @throws NoReply
   */
  async address(name: string): Promise<string | undefined> {
    if (isIP(name) !== 0) return name
    const absolute = name.endsWith('.')
    const ascii = domainToASCII(absolute ? name.slice(0, -1) : name)
    if (ascii === '') return undefined
    for (const hosts of this.hosts) {
      const known = hosts.address(ascii)
      if (known !== undefined) return known
    }
    for (const candidate of absolute ? [ascii] : this.candidates(ascii)) {
      const found =
        (await answer(this.resolver.resolve4(candidate))) ?? (await answer(this.resolver.resolve6(candidate)))
      if (found !== undefined) return found
    }
    return undefined
  }

  /** The first name of an address. @returns undefined where it has none. @throws NoReply */
  async name(address: string): Promise<string | undefined> {
    for (const hosts of this.hosts) {
      const known = hosts.name(address)
      if (known !== undefined) return known
    }
    const found = await answer(this.resolver.reverse(address))
    return found === undefined ? undefined : domainToUnicode(found) || found
  }

  close(): void {
    this.resolver.cancel()
  }

  private candidates(name: string): string[] {
    const { search, ndots } = this.servers
    const longer = search.map((domain) => `${name}.${domain}`)
    return name.split('.').length - 1 >= ndots ? [name, ...longer] : [...longer, name]
  }
}

/** What a server says of the name, and not of itself. */
const NO_ANSWER = new Set(['ENOTFOUND', 'ENODATA', 'ESERVFAIL', 'EBADNAME', 'EBADRESP', 'EFORMERR', 'ENOTIMP'])

async function answer(question: Promise<string[]>): Promise<string | undefined> {
  try {
    return (await question)[0]
  } catch (error) {
    if (NO_ANSWER.has((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw new NoReply()
  }
}

/** Search domains and `ndots` of /etc/resolv.conf; its servers are read by the resolver itself. */
export function systemServers(path = '/etc/resolv.conf'): NameServers {
  let search: string[] = []
  let ndots = 1
  let text = ''
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    // Without the file there is nothing to search in.
  }
  for (const line of text.split('\n')) {
    const [keyword, ...values] = line
      .replace(/[#;].*/, '')
      .trim()
      .split(/\s+/)
    if (keyword === 'search' || keyword === 'domain') search = values
    if (keyword === 'options') ndots = Number(values.find((one) => one.startsWith('ndots:'))?.slice(6) ?? ndots)
  }
  return { addresses: [], search, ndots }
}
