/** ip_range and ip_prefix. */
import { isObject } from '../../event/index.ts'
import { fail } from '../../diagnostic/index.ts'
import { fieldOf } from './aggregated-field.ts'
import type { AggregationParameters } from './aggregation-tree.ts'
import { Clause } from './clause.ts'
import { canonicalIp, cidrRange } from './ip.ts'

/** @param name is the user's, for messages. */
export function checkIpRange(clause: Clause, name: string): AggregationParameters {
  const field = fieldOf(clause)
  const list = clause.list('ranges')
  if (list === undefined || list.length === 0)
    throw fail('search.argument', { reason: `No [ranges] specified for the [${name}] aggregation` })
  const address = (text: string | undefined): string | undefined => {
    if (text !== undefined && canonicalIp(text) === undefined)
      throw fail('search.argument', { reason: `'${text}' is not an IP string literal.` })
    return text
  }
  return {
    type: 'ip_range',
    field,
    keyed: clause.boolean('keyed') ?? false,
    missing: address(clause.string('missing')),
    prefix: undefined,
    ranges: list.map((item) => {
      if (!isObject(item)) throw clause.wrong('ranges', 'a list of objects', item)
      const inner = new Clause('ranges', item, 'object')
      const mask = inner.string('mask')
      if (mask !== undefined && cidrRange(mask) === undefined)
        throw fail('search.argument', { reason: `Expected [ip/prefix] but was [${mask}]` })
      const range = {
        key: inner.string('key'),
        mask,
        from: address(inner.string('from')),
        to: address(inner.string('to')),
      }
      inner.done()
      return range
    }),
  }
}

export function checkIpPrefix(clause: Clause): AggregationParameters {
  const field = fieldOf(clause)
  const length = clause.integer('prefix_length')
  const v6 = clause.boolean('is_ipv6') ?? false
  const most = v6 ? 128 : 32
  if (length === undefined || length < 0 || length > most)
    throw fail('search.argument', {
      reason: `[prefix_length] must be in range [0, ${most}] while value is [${String(length)}]`,
    })
  return {
    type: 'ip_prefix',
    field,
    keyed: clause.boolean('keyed') ?? false,
    missing: undefined,
    ranges: [],
    prefix: {
      length,
      v6,
      appendLength: clause.boolean('append_prefix_length') ?? false,
      minDocCount: clause.integer('min_doc_count') ?? 1,
    },
  }
}
