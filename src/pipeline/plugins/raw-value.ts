import { newObject, type Value } from '../../event/index.ts'
import { RawHash, type Raw } from '../../settings/index.ts'

/** An option's value as a configuration gave it, as the value of a field; what is neither hash, list nor scalar is null. */
export function rawValue(raw: Raw): Value {
  if (Array.isArray(raw)) return (raw as readonly Raw[]).map(rawValue)
  if (raw instanceof RawHash) {
    const copy = newObject()
    for (const [name, inner] of raw.pairs) copy[name] = rawValue(inner)
    return copy
  }
  return typeof raw === 'object' ? null : raw
}
