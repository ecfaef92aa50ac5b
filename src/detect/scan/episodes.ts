import type { Contact } from './contact.ts'
import { Episode, type Opening, type ScanType } from './episode.ts'
import type { Parties } from './scan-tables.ts'

const EPISODES = 10_000

/** The scans under way, and of each source those that it takes part in. */
export class Episodes {
  private readonly episodes = new Map<string, Episode>()
  private readonly bySource = new Map<number, Set<string>>()
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

  /** The port scans of a source. */
  verticalsOf(source: number): Episode[] {
    const verticals: Episode[] = []
    for (const key of this.bySource.get(source) ?? []) {
      const episode = key.startsWith('vertical ') ? this.episodes.get(key) : undefined
      if (episode !== undefined) verticals.push(episode)
    }
    return verticals
  }

  /** The episode with the key of an opening, a new one where there is none; the oldest gives way where there are too many. */
  begin(opening: Opening): Episode {
    const known = this.episodes.get(opening.key)
    if (known !== undefined) return known
    if (this.episodes.size >= EPISODES) this.forget(this.episodes.values().next().value!)
    const episode = new Episode(opening)
    this.episodes.set(opening.key, episode)
    return episode
  }

  link(source: number, { opening }: Episode): void {
    const keys = this.bySource.get(source)
    if (keys === undefined) this.bySource.set(source, new Set([opening.key]))
    else keys.add(opening.key)
  }

  forget(episode: Episode): void {
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
