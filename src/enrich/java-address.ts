import { isIP } from 'node:net'

/**
 * An address as Java writes it (`InetAddress.getHostAddress`): an IPv6 address in eight groups, none left out; one that
 * holds an IPv4 address as that address.
 * @returns undefined where the text is no address.
 */
export function javaAddress(text: string): string | undefined {
  const kind = isIP(text)
  if (kind === 4) return text
  if (kind === 0 || text.includes('%')) return undefined
  const groups = groupsOf(text)
  return groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff
    ? [groups[6]! >> 8, groups[6]! & 255, groups[7]! >> 8, groups[7]! & 255].join('.')
    : print(groups)
}

/** The network of so many bits around an address that {@link javaAddress} wrote, as `1.2.3.0/24`. */
export function networkOf(address: string, bits: number): string {
  if (address.includes(':')) return `${print(mask(groupsOf(address), 16, bits))}/${bits}`
  return `${mask(address.split('.').map(Number), 8, bits).join('.')}/${bits}`
}

function print(groups: readonly number[]): string {
  return groups.map((group) => group.toString(16)).join(':')
}

function mask(parts: readonly number[], width: number, bits: number): number[] {
  return parts.map((part, index) => {
    const kept = Math.min(width, Math.max(0, bits - index * width))
    const dropped = width - kept
    return (part >> dropped) << dropped
  })
}

function groupsOf(address: string): number[] {
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address)
  const text =
    dotted === null
      ? address
      : `${dotted[1]}${(Number(dotted[2]) * 256 + Number(dotted[3])).toString(16)}:${(Number(dotted[4]) * 256 + Number(dotted[5])).toString(16)}`
  const [before, after] = text.split('::') as [string, string | undefined]
  const read = (part: string): number[] => (part === '' ? [] : part.split(':').map((group) => parseInt(group, 16)))
  const first = read(before)
  const last = after === undefined ? [] : read(after)
  return [...first, ...Array.from({ length: 8 - first.length - last.length }, () => 0), ...last]
}
