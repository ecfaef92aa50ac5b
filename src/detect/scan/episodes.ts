import type { Finding } from '../../alert/index.ts'
import type { Contact } from './contact.ts'
import { Episode, type Opening, type ScanType } from './episode.ts'
import type { Parties } from './scan-tables.ts'

const EPISODES = 10_000
const LOOKED_AT = 16

/** The scans under way, and of each source those that it takes part in. */
export class Episodes {
  private readonly episodes = new Map<string, Episode>()
  private readonly bySource = new Map<number, Set<string>>()
  private readonly ended: Finding[] = []
  private readonly numberOf: (host: string) => number
  private readonly forgotten: (episode: Episode) => void

  /** `forgotten` hears of an episode when it is no more. */
  constructor(numberOf: (host: string) => number, forgotten: (episode: Episode) => void) {
    this.numberOf = numberOf
    this.forgotten = forgotten
  }

  get size(): number {
    return this.episodes.size
  }

  /** Whether a source scans. */
  has(source: number): boolean {
    return this.bySource.has(source)
  }

  values(): IterableIterator<Episode> {
    return this.episodes.values()
  }

  /** The episode that a contact belongs to. */
  of({ contact, source }: Parties): Episode | undefined {
    const keys = this.bySource.get(source)
    if (keys === undefined) return undefined
    for (const type of ['block', 'decoy', 'vertical', 'horizontal'] as const) {
      const key = keyOf(type, contact)
      if (keys.has(key)) return this.episodes.get(key)
    }
    return undefined
  }

  /** The episode of a type that a contact belongs to, whoever made it. */
  named(type: ScanType, contact: Contact): Episode | undefined {
    return this.episodes.size === 0 ? undefined : this.episodes.get(keyOf(type, contact))
  }

  /** The port scans and sweeps of a source, which are parts of a block where it scans one. */
  partsOf(source: number): Episode[] {
    const parts: Episode[] = []
    for (const key of this.bySource.get(source) ?? []) {
      const episode = this.episodes.get(key)
      if (episode?.opening.type === 'vertical' || episode?.opening.type === 'horizontal') parts.push(episode)
    }
    return parts
  }

  /** What episodes say that had to end since this was asked last. */
  takeEnded(): Finding[] {
    return this.ended.splice(0)
  }

  /** The episode with the key of an opening, a new one where there is none; of the oldest one gives way where there are too many. */
  begin(opening: Opening): Episode {
    const known = this.episodes.get(opening.key)
    if (known !== undefined) return known
    if (this.episodes.size >= EPISODES) this.end(this.quietest())
    const episode = new Episode(opening)
    this.episodes.set(opening.key, episode)
    return episode
  }

  link(source: number, { opening }: Episode): void {
    const keys = this.bySource.get(source)
    if (keys === undefined) this.bySource.set(source, new Set([opening.key]))
    else keys.add(opening.key)
  }

  /** Forgets an episode, and says that it ended if anybody heard of it. */
  end(episode: Episode): void {
    if (episode.announced) this.ended.push(episode.finding(episode.last, 'end'))
    this.forget(episode)
  }

  /** Among the oldest ones, that which was silent longest. */
  private quietest(): Episode {
    let quietest: Episode | undefined
    let looked = 0
    for (const episode of this.episodes.values()) {
      if (quietest === undefined || episode.last < quietest.last) quietest = episode
      if (++looked === LOOKED_AT) break
    }
    return quietest!
  }

  private forget(episode: Episode): void {
    const { key } = episode.opening
    if (!this.episodes.delete(key)) return
    for (const name of episode.sources) {
      const source = this.numberOf(name)
      const keys = this.bySource.get(source)
      if (keys?.delete(key) === true && keys.size === 0) this.bySource.delete(source)
    }
    this.forgotten(episode)
  }

  clear(): void {
    this.ended.length = 0
    this.episodes.clear()
    this.bySource.clear()
  }
}

/** Names the episode of a type that a contact belongs to. */
export function keyOf(type: ScanType, { source, destination, transport, port }: Contact): string {
  switch (type) {
    case 'vertical':
      return `vertical ${source}>${destination}/${transport}`
    case 'horizontal':
      return `horizontal ${source}>${transport}:${port}`
    case 'block':
      return `block ${source}`
    case 'decoy':
      return `decoy ${destination}`
    case 'distributed-target':
      return `distributed-target ${destination}/${transport}`
    case 'distributed-port':
      return `distributed-port ${transport}:${port}`
  }
}
