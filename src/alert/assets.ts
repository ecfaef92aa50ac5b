import { BlockList, isIP } from 'node:net'
import { fail } from '../diagnostic/index.ts'

/** What each own network, host or user weighs in the risk of an alert; 1 is usual. */
export class AssetTable {
  private readonly rows: { readonly matches: (value: string) => boolean; readonly weight: number }[] = []

  /**
   * Rows such as `10.0.5.0/24=2`, `dc1.example.org=3`, `guest-*=0.5`.
   * @throws DiagnosticError `alert.invalid` naming the row
   */
  constructor(rows: readonly string[]) {
    for (const row of rows) {
      const at = row.lastIndexOf('=')
      const weight = Number(row.slice(at + 1))
      const what = row.slice(0, at).trim()
      if (at < 1 || what === '' || row.slice(at + 1).trim() === '' || !(weight >= 0 && weight <= 10))
        throw fail('alert.invalid', {
          name: 'detect.assets',
          expected: 'ADDRESS, NETWORK or NAME=WEIGHT with a weight from 0 to 10',
          got: row,
        })
      this.rows.push({ matches: matcherOf(what), weight })
    }
  }

  /** The largest weight among the values that the table knows; 1 where it knows none. */
  weightOf(values: readonly string[]): number {
    let weight: number | undefined
    for (const value of values)
      for (const row of this.rows) if (row.matches(value)) weight = Math.max(weight ?? 0, row.weight)
    return weight ?? 1
  }
}

function matcherOf(what: string): (value: string) => boolean {
  const network = inNetwork(what)
  if (network !== undefined) return network
  if (!what.includes('*')) return (value) => value.toLowerCase() === what.toLowerCase()
  const source = what.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
  const pattern = new RegExp(`^${source.join('[^]*')}$`, 'i')
  return (value) => pattern.test(value)
}

/** Whether an address is in a network or is that address; undefined where `text` is neither. */
export function inNetwork(text: string): ((value: string) => boolean) | undefined {
  const [address = '', prefix] = text.split('/')
  const family = isIP(address)
  if (family === 0) return undefined
  const bits = prefix === undefined ? (family === 4 ? 32 : 128) : Number(prefix)
  if (!Number.isInteger(bits) || bits < 0 || bits > (family === 4 ? 32 : 128) || prefix === '') return undefined
  const list = new BlockList()
  list.addSubnet(address, bits, family === 4 ? 'ipv4' : 'ipv6')
  return (value) => {
    const kind = isIP(value)
    return kind !== 0 && list.check(value, kind === 4 ? 'ipv4' : 'ipv6')
  }
}
