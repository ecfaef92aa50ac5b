import type { PluginSpec } from '../define.ts'

/** Every filter that ships. */
export const FILTERS: readonly Extract<PluginSpec, { kind: 'filter' }>[] = []
