import { isObject, type Value, type ValueObject } from '../../event/index.ts'

type Read = (name: string) => Value | undefined

/** The objects that hold the fields of an event of Windows, the event itself first. */
const EVENT_DATA = ['', 'winlog.event_data.', 'Event.EventData.', 'EventData.', 'event_data.']
/** What an EXECVE record has of arguments. */
export const AUDIT_ARGUMENTS = ['a0', 'a1', 'a2', 'a3', 'a4', 'a5', 'a6', 'a7', 'a8', 'a9'] as const

/** Values that other forms of an event spread over several fields, or say in other words. */
export const COMPUTED: Readonly<
  Record<string, { readonly heads: readonly string[]; readonly read: (read: Read) => Value | undefined }>
> = {
  ':subject': { heads: [], read: subjectOf },
  ':registry-value': { heads: [], read: registryValue },
  ':extension': { heads: [], read: extensionOf },
  ':audit-types': { heads: ['auditd'], read: auditTypes },
  ...Object.fromEntries(
    AUDIT_ARGUMENTS.map((name, index) => [
      `:audit-${name}`,
      { heads: ['process'], read: (read: Read) => auditArgument(read, index) },
    ]),
  ),
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

function inEventData(read: Read, name: string): string | undefined {
  for (const place of EVENT_DATA) {
    const value = read(place + name)
    if (typeof value === 'string') return value
  }
  return undefined
}

/** Who did it by an event of the Security log, as Sysmon writes it. */
function subjectOf(read: Read): Value | undefined {
  const name = inEventData(read, 'SubjectUserName')
  const domain = inEventData(read, 'SubjectDomainName')
  return name === undefined || domain === undefined ? undefined : `${domain}\\${name}`
}

/** What event 4657 calls a key of the kernel, and a value: as Sysmon writes them, and as they are. */
function registryValue(read: Read): Value | undefined {
  const key = inEventData(read, 'ObjectName')
  if (key === undefined) return undefined
  const value = inEventData(read, 'ObjectValueName')
  const hive = key.replace(/^\\REGISTRY\\MACHINE(?=\\|$)/i, 'HKLM').replace(/^\\REGISTRY\\USER(?=\\|$)/i, 'HKU')
  return [value === undefined || value === '' || value === '-' ? hive : `${hive}\\${value}`, key]
}

/** Of the last part of the path that is asked for. */
function extensionOf(read: Read): Value | undefined {
  for (const name of ['c-uri-stem', 'cs-uri-stem', 'url.path', 'c-uri', 'url.original', 'request', 'uri']) {
    const uri = read(name)
    if (typeof uri !== 'string') continue
    const path = uri.slice(0, 8192).replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '')
    return /\.([^./]{1,20})$/.exec(path.replace(/[?#].*$/s, ''))?.[1]
  }
  return undefined
}

/** The types of the records that one event of Auditbeat is made of. */
function auditTypes(read: Read): Value | undefined {
  const type = read('auditd.message_type')
  if (typeof type !== 'string') return undefined
  return [
    type,
    ...(isExec(read) ? ['EXECVE'] : []),
    ...(read('auditd.paths') === undefined ? [] : ['PATH']),
    ...(read('process.working_directory') === undefined ? [] : ['CWD']),
  ]
}

/** The arguments of a call are numbers; those of what it runs are the process's. */
function auditArgument(read: Read, index: number): Value | undefined {
  const all = isExec(read) ? read('process.args') : undefined
  return Array.isArray(all) ? all[index] : undefined
}

function isExec(read: Read): boolean {
  const syscall = read('auditd.data.syscall')
  return syscall === 'execve' || syscall === 'execveat'
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
