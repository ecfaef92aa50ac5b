import { CODECS } from './codecs/index.ts'
import { CODEC_OPTIONS, FILTER_OPTIONS, INPUT_OPTIONS, OUTPUT_OPTIONS } from './common-options.ts'
import type { PluginSpec } from './define.ts'
import { FILTERS } from './filters/index.ts'
import { INPUTS } from './inputs/index.ts'
import { OUTPUTS } from './outputs/index.ts'
import type { OptionSchema } from '../../settings/index.ts'

export type PluginKind = PluginSpec['kind']

/** Every plugin that ships. */
export const SPECS: readonly PluginSpec[] = [...INPUTS, ...CODECS, ...FILTERS, ...OUTPUTS]

export const COMMON_OPTIONS: Readonly<Record<PluginKind, OptionSchema>> = {
  input: INPUT_OPTIONS,
  filter: FILTER_OPTIONS,
  output: OUTPUT_OPTIONS,
  codec: CODEC_OPTIONS,
}

const byName = new Map(SPECS.map((spec) => [`${spec.kind} ${spec.name}`, spec]))

export function findSpec<K extends PluginKind>(kind: K, name: string): Extract<PluginSpec, { kind: K }> | undefined {
  return byName.get(`${kind} ${name}`) as Extract<PluginSpec, { kind: K }> | undefined
}

export function namesOf(kind: PluginKind): string[] {
  return SPECS.filter((spec) => spec.kind === kind).map((spec) => spec.name)
}
