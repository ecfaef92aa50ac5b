import type { PluginSpec } from '../define.ts'
import { generator } from './generator.ts'
import { stdin } from './stdin.ts'
import { tcp } from './tcp.ts'

/** Every input that ships. */
export const INPUTS: readonly Extract<PluginSpec, { kind: 'input' }>[] = [generator, stdin, tcp]
