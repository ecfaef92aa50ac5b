import { endianness } from 'node:os'
import { fail } from '../../diagnostic/index.ts'
import type { Contact } from './contact.ts'
import type { Episode, Opening } from './episode.ts'
import type { Episodes } from './episodes.ts'
import { isInterned, NOBODY } from './hosts.ts'
import type { ScanLimits } from './scan-limits.ts'
import { elementOf, type ScanTables } from './scan-tables.ts'
import { WORDS } from './window-arena.ts'
import { WINDOW_WORDS, type Renaming, type SavedTable } from './saved-table.ts'

const VERSION = 2
/** Windows that count less than this part of their limit are not stored: ordinary traffic has many of them. */
const NEAR = 0.25
const LISTED = 1000

/** The tables on disk, with the parts of their keys that are hosts, and what an element is. */
const TABLES = [
  { name: 'pairs', limit: 'vertical', hosts: [0, 1], element: 'port' },
  { name: 'sweeps', limit: 'sweep', hosts: [0], element: 'host' },
  { name: 'blocks', limit: 'block', hosts: [0], element: 'both' },
  { name: 'targets', limit: 'target', hosts: [0], element: 'port' },
  { name: 'ports', limit: 'port', hosts: [], element: 'source' },
] as const

interface Head {
  readonly version: number
  readonly endianness: string
  /** Numbers of hosts that are not addresses themselves. */
  readonly names: readonly (readonly [number, string])[]
  readonly tools: readonly (string | null)[]
  readonly episodes: readonly SavedEpisode[]
  /** Of sources the likelihood of a scan, as a logarithm, and the time of their last first contact; older states have none. */
  readonly sequential?: readonly (readonly [source: string, score: number, time: number])[]
  /** Of each table the numbers of its windows and of their elements. */
  readonly tables: readonly { readonly name: string; readonly windows: number; readonly elements: number }[]
}

interface SavedEpisode {
  readonly opening: Opening
  readonly last: number
  readonly attempts: number
  readonly failed: number
  readonly sources: readonly string[]
  readonly targets: readonly string[]
  readonly ports: readonly number[]
  readonly open: readonly string[]
  readonly connected: readonly string[]
  readonly techniques: readonly (readonly [Contact['technique'], number])[]
  readonly tools: readonly (readonly [string, number])[]
}

/**
 * The state in bytes: the length of the head (u32), the head in JSON, then of each table the times (f64), windows and
 * elements (u32) as they are in memory; each table begins at a multiple of eight.
 */
export function saveScans(tables: ScanTables, limits: ScanLimits, episodes: Episodes): Uint8Array {
  const saved = TABLES.map(({ name, limit }) => {
    const { failed, tried } = limits[limit][0]!
    return tables[name].save((total) => total.failed / failed + (total.tried - total.failed) / tried >= NEAR)
  })
  const names = new Map<number, string>()
  const named = (number: number): void => {
    if (!isInterned(number) || names.has(number)) return
    const name = tables.hosts.nameOf(number)
    if (name !== undefined) names.set(number, name)
  }
  saved.forEach(({ windows, words }, i) => {
    for (let at = 0; at < windows.length; at += WINDOW_WORDS) for (const k of TABLES[i]!.hosts) named(windows[at + k]!)
    for (let at = 0; at < words.length; at += WORDS) named(words[at + 1]!)
    if (TABLES[i]!.element === 'source') for (let at = 0; at < words.length; at += WORDS) named(words[at]!)
  })
  const head: Head = {
    version: VERSION,
    endianness: endianness(),
    names: [...names],
    tools: tables.toolNames().map((tool) => tool ?? null),
    episodes: [...episodes.values()].map(savedEpisode),
    sequential: savedSequential(tables),
    tables: saved.map(({ windows, times }, i) => ({
      name: TABLES[i]!.name,
      windows: windows.length / WINDOW_WORDS,
      elements: times.length,
    })),
  }
  const text = Buffer.from(JSON.stringify(head))
  let length = padded(4 + text.length)
  for (const { windows, words, times } of saved)
    length += times.byteLength + padded(windows.byteLength + words.byteLength)
  const bytes = new Uint8Array(length)
  new DataView(bytes.buffer).setUint32(0, text.length, true)
  bytes.set(text, 4)
  let at = padded(4 + text.length)
  for (const { windows, words, times } of saved) {
    bytes.set(bytesOf(times), at)
    at += times.byteLength
    bytes.set(bytesOf(windows), at)
    bytes.set(bytesOf(words), at + windows.byteLength)
    at += padded(windows.byteLength + words.byteLength)
  }
  return bytes
}

/** @throws DiagnosticError `packet.scan_state` for a state that is none, or of another version */
export function restoreScans(state: Uint8Array, tables: ScanTables, episodes: Episodes): void {
  // A copy begins where numbers may begin.
  const bytes = new Uint8Array(state)
  const { head, end } = headOf(bytes)
  const names = new Map(head.names)
  const hosts = new Map<number, number>()
  const host = (number: number): number => {
    if (!isInterned(number)) return number
    const known = hosts.get(number)
    if (known !== undefined) return known
    const name = names.get(number)
    const now = name === undefined ? NOBODY : tables.hosts.numberOf(name)
    hosts.set(number, now)
    return now
  }
  let at = end
  for (const { name, windows, elements } of head.tables) {
    const table = TABLES.find((candidate) => candidate.name === name)
    const rest = at + elements * 8
    const next = rest + padded((windows * WINDOW_WORDS + elements * WORDS) * 4)
    if (table === undefined || next > bytes.length) throw fail('packet.scan_state')
    const saved: SavedTable = {
      times: new Float64Array(bytes.buffer, at, elements),
      windows: new Uint32Array(bytes.buffer, rest, windows * WINDOW_WORDS),
      words: new Uint32Array(bytes.buffer, rest + windows * WINDOW_WORDS * 4, elements * WORDS),
    }
    tables[table.name].load(saved, renamingOf(table, host, head.tools, tables))
    at = next
  }
  for (const kept of head.episodes) restoreEpisode(kept, tables, episodes)
  for (const [source, score, time] of head.sequential ?? [])
    tables.sequential.restore(tables.hosts.numberOf(source), score, time)
}

function renamingOf(
  { hosts, element }: (typeof TABLES)[number],
  host: (number: number) => number,
  tools: Head['tools'],
  tables: ScanTables,
): Renaming {
  const isHost = (part: number): boolean => (hosts as readonly number[]).includes(part)
  return {
    key: (a, b, c) => [isHost(0) ? host(a) : a, isHost(1) ? host(b) : b, c],
    host,
    element: (was, payload, port) =>
      element === 'port'
        ? was
        : element === 'source'
          ? host(was)
          : element === 'host'
            ? payload
            : elementOf(payload, port),
    tool: (number) => {
      const name = tools[number]
      return name === undefined || name === null ? 0 : tables.toolNumber(name)
    },
  }
}

function savedSequential({ sequential, hosts }: ScanTables): [string, number, number][] {
  const saved: [string, number, number][] = []
  for (const [source, score, time] of sequential.entries(sequential.threshold * NEAR)) {
    const name = hosts.nameOf(source)
    if (name !== undefined) saved.push([name, score, time])
  }
  return saved
}

function savedEpisode({ opening, last, attempts, failed, ...sets }: Episode): SavedEpisode {
  return {
    opening,
    last,
    attempts,
    failed,
    sources: [...sets.sources].slice(0, LISTED),
    targets: [...sets.targets].slice(0, LISTED),
    ports: [...sets.ports],
    open: [...sets.open],
    connected: [...sets.connected],
    techniques: [...sets.techniques],
    tools: [...sets.tools],
  }
}

function restoreEpisode(kept: SavedEpisode, tables: ScanTables, episodes: Episodes): void {
  const episode = episodes.begin(kept.opening)
  episode.last = kept.last
  episode.attempts = kept.attempts
  episode.failed = kept.failed
  for (const source of kept.sources) {
    episode.sources.add(source)
    if (!kept.opening.type.startsWith('distributed')) episodes.link(tables.hosts.numberOf(source), episode)
  }
  for (const target of kept.targets) episode.targets.add(target)
  for (const port of kept.ports) episode.ports.add(port)
  for (const open of kept.open) episode.open.add(open)
  for (const connected of kept.connected) episode.connected.add(connected)
  for (const [technique, count] of kept.techniques) episode.techniques.set(technique, count)
  for (const [tool, count] of kept.tools) episode.tools.set(tool, count)
  // What was told before the end is not told again.
  episode.finding(episode.last, 'update')
}

function headOf(bytes: Uint8Array): { head: Head; end: number } {
  try {
    const length = new DataView(bytes.buffer).getUint32(0, true)
    const head = JSON.parse(Buffer.from(bytes.buffer, 4, length).toString()) as Head
    if (head.version === VERSION && head.endianness === endianness()) return { head, end: padded(4 + length) }
  } catch {
    // It is refused below.
  }
  throw fail('packet.scan_state')
}

function padded(length: number): number {
  return Math.ceil(length / 8) * 8
}

function bytesOf({ buffer, byteOffset, byteLength }: Uint32Array | Float64Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}
