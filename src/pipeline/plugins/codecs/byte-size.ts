import { type as types, type OptionType } from '../../../settings/index.ts'

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  k: 1000,
  m: 1000 ** 2,
  g: 1000 ** 3,
  t: 1000 ** 4,
  ki: 2 ** 10,
  mi: 2 ** 20,
  gi: 2 ** 30,
  ti: 2 ** 40,
}

/** Logstash's byte size: `1113`, `180 mb` (decimal), `10MiB` (binary). */
export const byteSize: OptionType<number> = {
  name: 'byte size',
  read(raw) {
    if (typeof raw === 'number' && raw >= 0) return types.ok(raw)
    const match = typeof raw === 'string' ? /^\s*(\d+(?:\.\d+)?)\s*([kmgt]?i?)b?\s*$/i.exec(raw) : null
    const unit = match === null ? undefined : UNITS[match[2]!.toLowerCase()]
    return unit === undefined
      ? types.no('a number of bytes or a size such as "100kib" or "10 MiB"')
      : types.ok(Math.floor(Number(match![1]) * unit))
  },
}
