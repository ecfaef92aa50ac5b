/** Blocks that a client puts on an index by its settings. */
import { isObject, type ValueObject } from '../../event/index.ts'
import { fail, type DiagnosticError } from '../../diagnostic/index.ts'

/** What a request would do. */
export type Deed = 'read' | 'write' | 'change' | 'look' | 'remove'

/** By setting, as Elasticsearch: what is blocked, and how it says so. */
const BLOCKS: readonly { setting: string; words: string; deeds: readonly Deed[] }[] = [
  { setting: 'read_only', words: 'FORBIDDEN/5/index read-only (api)', deeds: ['write', 'change', 'remove'] },
  { setting: 'read', words: 'FORBIDDEN/7/index read (api)', deeds: ['read'] },
  { setting: 'write', words: 'FORBIDDEN/8/index write (api)', deeds: ['write'] },
  { setting: 'metadata', words: 'FORBIDDEN/9/index metadata (api)', deeds: ['change', 'look', 'remove'] },
  {
    setting: 'read_only_allow_delete',
    words: 'TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark, index has read-only-allow-delete block',
    deeds: ['write', 'change'],
  },
]

export const BLOCK_NAMES = ['metadata', 'read', 'read_only', 'write'] as const

/** @throws cluster_block_exception where an index that is shown has a block on its metadata */
export function checkShown(descriptions: ValueObject): void {
  for (const [name, description] of Object.entries(descriptions)) {
    const settings = isObject(description) ? description['settings'] : undefined
    if (isObject(settings)) checkBlock({ name, blocks: blocksOf(settings) }, 'look')
  }
}

/** The blocks that settings put on an index, by what they forbid; empty for most. */
export type Blocks = ReadonlyMap<Deed, string>

const NONE: Blocks = new Map()

export function blocksOf(settings: ValueObject): Blocks {
  const index = settings['index']
  const set = isObject(index) ? index['blocks'] : undefined
  if (!isObject(set)) return NONE
  const blocks = new Map<Deed, string>()
  for (const { setting, words, deeds } of BLOCKS)
    if (String(set[setting]) === 'true')
      for (const deed of deeds) blocks.set(deed, [blocks.get(deed), `[${words}]`].filter(Boolean).join(', '))
  return blocks
}

/** @throws cluster_block_exception where a block forbids it */
export function checkBlock({ name, blocks }: { name: string; blocks: Blocks }, deed: Deed): void {
  const words = blocks.get(deed)
  if (words !== undefined) throw blocked(name, words)
}

function blocked(index: string, words: string): DiagnosticError {
  const reason = `index [${index}] blocked by: ${words};`
  return words.includes('FORBIDDEN') ? fail('index.blocked', { reason }) : fail('store.read_only', { reason })
}
