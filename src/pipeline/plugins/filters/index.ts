import type { PluginSpec } from '../define.ts'
import { date } from './date.ts'
import { grok } from './grok.ts'
import { mutate } from './mutate/index.ts'

/** Every filter that ships. */
export const FILTERS: readonly Extract<PluginSpec, { kind: 'filter' }>[] = [grok, mutate, date]
