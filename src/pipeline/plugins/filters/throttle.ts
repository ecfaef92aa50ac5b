import { compileSprintf } from '../../../event/index.ts'
import { option, type } from '../../../settings/index.ts'
import { parseRubyInteger } from '../../grok/index.ts'
import { defineFilter } from '../define.ts'

interface Key {
  readonly created: number
  latest: number
  /** Counters by the second their period begins at. */
  readonly slots: Map<number, number>
}

export const throttle = defineFilter({
  name: 'throttle',
  summary: 'Counts events by key and period, and decorates those below or above a count; it drops none itself.',
  options: {
    key: option(type.string, { required: true, describe: 'What events are counted by, mostly references to fields.' }),
    before_count: option(type.number({ integer: true, min: -1 }), {
      default: -1,
      describe: 'Events below this count are throttled; -1 is none.',
    }),
    after_count: option(type.number({ integer: true, min: -1 }), {
      default: -1,
      describe: 'Events above this count are throttled; -1 is none.',
    }),
    period: option(type.string, {
      default: '60',
      describe: 'Seconds from the first event of a key until counting begins anew; may have references.',
    }),
    max_age: option(type.number({ integer: true, min: 0 }), {
      default: 3600,
      describe: 'Seconds that a count is kept for events that come late.',
    }),
    max_counters: option(type.number({ integer: true, min: -1 }), {
      default: 100_000,
      describe: 'The most counts kept; the keys that were not seen for longest go first. -1 is without limit.',
    }),
  },
  examples: [
    {
      title: 'the first of two to come is throttled',
      config: 'key => "%{host}" before_count => 2 add_tag => "throttled"',
      in: { host: 'a' },
      out: { host: 'a', tags: ['throttled'] },
    },
    {
      title: 'within the counts',
      config: 'key => "%{host}" after_count => 1 add_tag => "throttled"',
      in: { host: 'a' },
      out: { host: 'a' },
    },
  ],
  create(options, context) {
    const keyOf = compileSprintf(options.key)
    const periodOf = compileSprintf(options.period)
    // In the order they were last seen: the first goes first.
    const keys = new Map<string, Key>()
    let counters = 0

    function count(name: string, period: number, second: number): number {
      let key = keys.get(name)
      if (key === undefined) key = { created: second, latest: second, slots: new Map() }
      else keys.delete(name)
      keys.set(name, key)
      key.latest = Math.max(key.latest, second)
      const distance = (((second - key.created) % period) + period) % period
      const slot = second - distance
      const before = key.slots.get(slot)
      if (before === undefined) counters++
      key.slots.set(slot, (before ?? 0) + 1)
      if (before === undefined) {
        const newest = Math.max(...key.slots.keys())
        for (const old of key.slots.keys()) if (old < newest - options.max_age && key.slots.delete(old)) counters--
      }
      return (before ?? 0) + 1
    }

    function forget(name: string, key: Key): void {
      counters -= key.slots.size
      keys.delete(name)
    }

    return {
      filter(batch) {
        for (const event of batch) {
          const period = Number(parseRubyInteger(periodOf(event))) || 60
          const second = Math.floor((event.timestamp?.micros ?? context.clock.now() * 1000) / 1_000_000)
          const number = count(keyOf(event), Math.abs(period), second)
          if (options.max_counters >= 0) {
            for (const [name, key] of keys) {
              if (counters <= options.max_counters) break
              forget(name, key)
            }
          }
          const throttled =
            (options.before_count !== -1 && number < options.before_count) ||
            (options.after_count !== -1 && number > options.after_count)
          if (throttled) context.matched(event)
        }
        return batch
      },
      flush() {
        let latest = 0
        for (const key of keys.values()) latest = Math.max(latest, key.latest)
        for (const [name, key] of keys) if (key.latest < latest - options.max_age) forget(name, key)
        return []
      },
    }
  },
})
