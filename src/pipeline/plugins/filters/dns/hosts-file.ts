import { readFileSync } from 'node:fs'

/** The entries of a hosts file, such as /etc/hosts: the first line that names an address, or a name, decides. */
export class HostsFile {
  private readonly addresses = new Map<string, string>()
  private readonly names = new Map<string, string>()

  /** @throws Error where the file cannot be read. */
  constructor(path: string) {
    for (const line of readFileSync(path, 'utf8').split('\n')) {
      const [address, ...names] = line.replace(/#.*/, '').trim().split(/\s+/)
      if (address === undefined || names[0] === undefined) continue
      if (!this.names.has(address)) this.names.set(address, names[0])
      for (const name of names) {
        const key = name.toLowerCase()
        if (!this.addresses.has(key)) this.addresses.set(key, address)
      }
    }
  }

  address(name: string): string | undefined {
    return this.addresses.get(name.toLowerCase())
  }

  name(address: string): string | undefined {
    return this.names.get(address)
  }
}
