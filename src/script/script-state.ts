import { KEYS } from './runtime/equality.ts'
import { MapValue } from './runtime/containers.ts'

/**
 * A map that several runs of scripts share: a variable (`state`) that keeps what the run before put into it. It stays in
 * the scripts' own values, so that a run costs nothing for what it does not look at.
 */
export class ScriptState {
  readonly map = new MapValue(KEYS, 'hash')
}
