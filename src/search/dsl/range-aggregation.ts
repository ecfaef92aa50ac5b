/** A bucket for each range given: range, date_range. */
import { isObject } from '../../event/index.ts'
import { fail } from '../../diagnostic/index.ts'
import { fieldOf, formatOf } from './aggregated-field.ts'
import type { RangeParameters } from './aggregation-tree.ts'
import { Clause } from './clause.ts'
import { parseZone } from './zone.ts'

/** @param name is the user's, for messages. */
export function checkRanges(clause: Clause, type: 'range' | 'date_range', name: string): RangeParameters {
  const field = fieldOf(clause)
  const ranges = rangesOf(clause, name)
  const zone = clause.string('time_zone')
  if (zone !== undefined) parseZone(zone)
  return {
    type,
    field,
    ranges,
    keyed: clause.boolean('keyed') ?? false,
    missing: clause.take('missing') ?? undefined,
    format: formatOf(clause, type === 'date_range'),
    zone,
  }
}

export function rangesOf(clause: Clause, name: string): RangeParameters['ranges'] {
  const list = clause.list('ranges')
  if (list === undefined || list.length === 0)
    throw fail('search.argument', { reason: `No [ranges] specified for the [${name}] aggregation` })
  return list.map((item) => {
    if (!isObject(item)) throw clause.wrong('ranges', 'a list of objects', item)
    const range = new Clause('range', item, 'object')
    const made = {
      key: range.string('key'),
      from: range.take('from') ?? undefined,
      to: range.take('to') ?? undefined,
    }
    range.done()
    return made
  })
}
