import type { Finding } from '../../alert/index.ts'
import type { Clock } from '../../clock/index.ts'
import { fail } from '../../diagnostic/index.ts'
import { isObject, toValue, type ValueObject } from '../../event/index.ts'
import type { Detector, SeenEvent } from '../detector.ts'
import { textReader } from '../seen-event.ts'

export interface SilenceSettings {
  readonly clock: Clock
  /** Silence of so many milliseconds is told, whatever the habit of the source. */
  readonly silentAfter?: number | undefined
  /** Sources remembered. */
  readonly tracked?: number
}

interface Source {
  /** When its events came, not when they happened. */
  first: number
  last: number
  count: number
  /** The longest silence of each of the last days, the oldest first. */
  gaps: number[]
  day: number
  silentSince: number | undefined
}

const hostOf = textReader(['host', 'name'], ['observer', 'name'], ['agent', 'name'], ['host'], ['hostname'])
const programOf = textReader(['event', 'dataset'], ['event', 'module'], ['program'], ['process', 'name'], ['type'])
const DAY = 86_400_000
const DAYS = 7
/** A source has a habit after so many events over so long. */
const LEARNED_EVENTS = 20
const LEARNED_MILLIS = 60 * 60_000
/** Told when silent for so many times its longest silence, and never before the least. */
const FACTOR = 3
const LEAST = 10 * 60_000
const VERSION = 1

/**
 * Notices when what usually speaks is silent: a host, program or input that sends nothing for three times the longest
 * silence of its last seven days, and at least ten minutes. The alert ends when it speaks again.
 */
export function createSilenceDetector(settings: SilenceSettings): Detector {
  return new SilenceDetector(settings)
}

class SilenceDetector implements Detector {
  readonly name = 'silence'
  private readonly settings: SilenceSettings
  /** The least recent first. */
  private sources = new Map<string, Source>()
  private evicted = 0
  private looked = 0

  constructor(settings: SilenceSettings) {
    this.settings = settings
  }

  see(events: readonly SeenEvent[]): Finding[] {
    const now = this.settings.clock.now()
    const findings: Finding[] = []
    for (const { fields } of events) {
      const host = hostOf(fields)
      const program = programOf(fields)
      if (host === undefined && program === undefined) continue
      this.heard([host ?? '', program ?? ''].join(' ').trim(), now, findings)
    }
    return findings
  }

  /** Who is silent now is a question to the clock, whatever time the events are of. */
  tick(): Finding[] {
    const now = this.settings.clock.now()
    const findings: Finding[] = []
    if (now >= this.looked && now - this.looked < 10_000) return findings
    this.looked = now
    for (const [key, source] of this.sources) {
      if (source.silentSince !== undefined) continue
      const limit = this.limitOf(source)
      if (limit === undefined || now - source.last <= limit) continue
      source.silentSince = source.last
      findings.push(finding(key, source, now, 'open', limit))
    }
    return findings
  }

  snapshot(): ValueObject {
    return toValue({
      version: VERSION,
      sources: [...this.sources].map(([key, { silentSince, ...source }]) => ({
        ...source,
        key,
        ...(silentSince === undefined ? {} : { silentSince }),
      })),
    }) as ValueObject
  }

  /** While this process did not run nobody was heard: that is no silence of theirs. */
  restore(state: Uint8Array | ValueObject): void {
    if (!isObject(state) || state['version'] !== VERSION)
      throw fail('detect.snapshot', { name: this.name, reason: 'it is of another version' })
    const now = this.settings.clock.now()
    const { sources } = state as unknown as { sources: (Source & { key: string })[] }
    this.sources = new Map(
      sources.map(({ key, ...source }) => [
        key,
        { ...source, silentSince: source.silentSince, last: source.silentSince === undefined ? now : source.last },
      ]),
    )
  }

  get stats(): Detector['stats'] {
    let silent = 0
    for (const { silentSince } of this.sources.values()) if (silentSince !== undefined) silent++
    return { sources: this.sources.size, silent, evicted: this.evicted }
  }

  private heard(key: string, now: number, findings: Finding[]): void {
    const before = this.sources.get(key)
    if (before === undefined) {
      const day = Math.floor(now / DAY)
      this.sources.set(key, { first: now, last: now, count: 1, gaps: [0], day, silentSince: undefined })
      if (this.sources.size > (this.settings.tracked ?? 10_000)) {
        this.sources.delete(this.sources.keys().next().value!)
        this.evicted++
      }
      return
    }
    const gap = now - before.last
    if (before.silentSince !== undefined) {
      findings.push(finding(key, before, now, 'end', this.limitOf(before) ?? LEAST))
      before.silentSince = undefined
    }
    const day = Math.floor(now / DAY)
    if (day !== before.day) {
      before.gaps = [
        ...before.gaps,
        ...Array.from({ length: Math.min(DAYS, Math.max(1, day - before.day)) }, () => 0),
      ].slice(-DAYS)
      before.day = day
    }
    before.gaps[before.gaps.length - 1] = Math.max(before.gaps.at(-1)!, gap)
    before.count++
    before.last = Math.max(before.last, now)
    this.sources.delete(key)
    this.sources.set(key, before)
  }

  /** Milliseconds of silence that are told; undefined for a source without a habit. */
  private limitOf({ first, last, count, gaps }: Source): number | undefined {
    if (this.settings.silentAfter !== undefined) return this.settings.silentAfter
    if (count < LEARNED_EVENTS || last - first < LEARNED_MILLIS) return undefined
    return Math.max(LEAST, FACTOR * Math.max(...gaps))
  }
}

function finding(key: string, source: Source, now: number, phase: 'open' | 'end', limit: number): Finding {
  const minutes = (millis: number): string => `${Math.max(1, Math.round(millis / 60_000))} minutes`
  const since = new Date(source.last).toISOString()
  return {
    rule: {
      id: 'vedetta-silent-source',
      name: 'A source is silent',
      kind: 'silence',
      version: '1',
      description: 'A host, program or input that usually sends events sends none.',
    },
    entity: { field: 'host.name', value: key },
    episodeStart: source.silentSince ?? source.last,
    time: now,
    first: source.last,
    last: now,
    phase,
    severity: 'medium',
    count: Math.round((now - source.last) / 60_000),
    threshold: Math.round(limit / 60_000),
    reason:
      phase === 'open'
        ? `${key} has sent nothing since ${since}; ${minutes(limit)} are its limit`
        : `${key} speaks again after ${minutes(now - source.last)} of silence`,
    culprits: [],
    targets: [key],
    evidence: [],
    fields: {},
  }
}
