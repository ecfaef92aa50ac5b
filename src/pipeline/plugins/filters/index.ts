import type { PluginSpec } from '../define.ts'
import { clone } from './clone.ts'
import { date } from './date.ts'
import { dissect } from './dissect.ts'
import { drop } from './drop.ts'
import { grok } from './grok.ts'
import { json } from './json.ts'
import { kv } from './kv/index.ts'
import { mutate } from './mutate/index.ts'
import { split } from './split.ts'

/** Every filter that ships. */
export const FILTERS: readonly Extract<PluginSpec, { kind: 'filter' }>[] = [
  grok,
  mutate,
  date,
  drop,
  clone,
  split,
  json,
  kv,
  dissect,
]
