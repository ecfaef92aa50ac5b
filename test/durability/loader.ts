/**
 * Loads a store until it is killed. It says what it is about to write and, after the store's answer, what was
 * acknowledged: a line of JSON each, the documents by their numbers.
 */
import { writeSync } from 'node:fs'
import { systemClock } from '../../src/clock/index.ts'
import { nullLogger } from '../../src/diagnostic/index.ts'
import { openEmbeddedStore } from '../../src/search/embedded/embedded-store.ts'
import type { BulkOperation } from '../../src/search/index.ts'

/** One bulk: documents `d{from}` to `d{to - 1}`, a new copy of `hot` with `from` in it, and `d{remove}` deleted. */
export interface Load {
  readonly acknowledged: boolean
  readonly from: number
  readonly to: number
  readonly remove: number | undefined
}

const [path = '', first = '0', sealDocuments = '300'] = process.argv.slice(2)

const store = await openEmbeddedStore({
  path,
  clock: systemClock,
  logger: nullLogger,
  sealDocuments: Number(sealDocuments),
})
let next = Number(first)

async function writer(): Promise<never> {
  let last: number | undefined
  for (;;) {
    const from = next
    const to = (next += 1 + Math.floor(Math.random() * 40))
    const operations: BulkOperation[] = []
    for (let n = from; n < to; n++)
      operations.push({
        action: 'create',
        index: `load-${n % 2}`,
        id: `d${n}`,
        source: `{"n":${n},"text":"document ${n}"}`,
      })
    operations.push({ action: 'index', index: 'load-0', id: 'hot', source: `{"n":${from}}` })
    const remove = last
    if (remove !== undefined) operations.push({ action: 'delete', index: `load-${remove % 2}`, id: `d${remove}` })
    say({ acknowledged: false, from, to, remove })
    const items = await store.bulk(operations)
    const refused = items.find(({ status }) => status >= 300)
    if (refused !== undefined) throw new Error(JSON.stringify(refused))
    say({ acknowledged: true, from, to, remove })
    last = from
  }
}

function say(load: Load): void {
  writeSync(1, `${JSON.stringify(load)}\n`)
}

await Promise.all([writer(), writer(), writer()])
