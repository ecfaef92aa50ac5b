import { isObject, type Value, type ValueObject } from '../../event/index.ts'

type Read = (name: string) => Value | undefined

/** Values that other forms of an event spread over several fields, or say in other words. */
export const COMPUTED: Readonly<
  Record<string, { readonly heads: readonly string[]; readonly read: (read: Read) => Value | undefined }>
> = {
  ':account': { heads: ['user'], read: accountOf },
  ':direction': { heads: ['network'], read: initiated },
  ':process-hashes': { heads: ['process'], read: (read) => hashesOf(read, 'process') },
  ':file-hashes': { heads: ['file'], read: (read) => hashesOf(read, 'file') },
  ':dll-hashes': { heads: ['dll'], read: (read) => hashesOf(read, 'dll') },
  ...Object.fromEntries(
    ['md5', 'sha1', 'sha256', 'imphash'].map((kind) => [
      `:${kind}`,
      {
        heads: [],
        read: (read: Read) =>
          hashIn(read('Hashes') ?? read('winlog.event_data.Hashes') ?? read('Event.EventData.Hashes'), kind),
      },
    ]),
  ),
}

/** `DOMAIN\user`, as Windows writes it. */
function accountOf(read: Read): Value | undefined {
  const name = read('user.name')
  const domain = read('user.domain')
  return typeof name === 'string' && typeof domain === 'string' && !name.includes('\\') ? `${domain}\\${name}` : name
}

/** Whether this host began the connection, as Sysmon says it. */
function initiated(read: Read): Value | undefined {
  const direction = read('network.direction')
  if (direction === 'egress' || direction === 'outbound') return 'true'
  return direction === 'ingress' || direction === 'inbound' ? 'false' : undefined
}

/** The hashes of an object of ECS as Sysmon writes them: `SHA1=...,MD5=...`. */
function hashesOf(read: Read, object: string): Value | undefined {
  const hashes = read(`${object}.hash`)
  const imphash = read(`${object}.pe.imphash`)
  const given = isObject(hashes) ? Object.entries(hashes as ValueObject) : []
  const all = [...given, ...(imphash === undefined ? [] : [['imphash', imphash] as const])]
  if (all.length === 0) return undefined
  return all.map(([kind, value]) => `${kind.toUpperCase()}=${typeof value === 'string' ? value : ''}`).join(',')
}

function hashIn(hashes: Value | undefined, kind: string): Value | undefined {
  return typeof hashes === 'string' ? new RegExp(`(?:^|,)${kind}=([0-9a-f]+)`, 'i').exec(hashes)?.[1] : undefined
}
