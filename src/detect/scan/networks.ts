import { BlockList, isIP } from 'node:net'
import { fail } from '../../diagnostic/index.ts'

/** Whether an address is in one of some networks; answers are remembered, as few addresses make most of the traffic. */
export class Networks {
  private readonly list = new BlockList()
  private readonly known = new Map<string, boolean>()
  private readonly empty: boolean

  /** @throws DiagnosticError for what is neither an address nor a network */
  constructor(setting: string, networks: readonly string[]) {
    this.empty = networks.length === 0
    for (const network of networks) {
      const [address = '', bits, ...more] = network.trim().split('/')
      const family = isIP(address)
      const size = family === 6 ? 128 : 32
      const prefix = bits === undefined ? size : Number(bits)
      if (family === 0 || more.length > 0 || !/^\d{1,3}$/.test(bits ?? '0') || prefix > size)
        throw fail('alert.invalid', {
          name: setting,
          expected: 'a list of addresses and networks such as "192.0.2.0/24"',
          got: network,
        })
      this.list.addSubnet(address, prefix, family === 6 ? 'ipv6' : 'ipv4')
    }
  }

  has(address: string): boolean {
    if (this.empty) return false
    const known = this.known.get(address)
    if (known !== undefined) return known
    const family = isIP(address)
    const inside = family !== 0 && this.list.check(address, family === 6 ? 'ipv6' : 'ipv4')
    if (this.known.size >= 65_536) this.known.clear()
    this.known.set(address, inside)
    return inside
  }
}
