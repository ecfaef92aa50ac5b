import { randomInt } from 'node:crypto'
import { option, type } from '../../../settings/index.ts'
import { defineFilter } from '../define.ts'

const PARTS = 1_000_000

export const drop = defineFilter({
  name: 'drop',
  summary: 'Drops every event that gets here, or a share of them.',
  options: {
    percentage: option(type.number({ min: 0, max: 100 }), {
      default: 100,
      describe: 'How many events of a hundred are dropped, by chance.',
    }),
  },
  examples: [
    { title: 'all', config: '', in: { a: 1 }, out: null },
    { title: 'none', config: 'percentage => 0', in: { a: 1 }, out: { a: 1 } },
  ],
  create(options, context) {
    const share = (options.percentage / 100) * PARTS
    return {
      filter: (batch) =>
        batch.filter((event) => {
          if (options.percentage === 100 || randomInt(PARTS) < share) return false
          context.matched(event)
          return true
        }),
    }
  },
})
