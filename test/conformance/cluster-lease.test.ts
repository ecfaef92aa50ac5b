import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemClock } from '../../src/clock/index.ts'
import { nullLogger } from '../../src/diagnostic/index.ts'
import { toValue } from '../../src/event/index.ts'
import { openClusterStore, type Store } from '../../src/search/index.ts'
import { sharedEngine } from '../engines/index.ts'
import { openWatchProcess, type WatchProcess } from '../fixtures/watch-process.ts'

/** No other file runs watches on this engine. */
const { engine, skipReason } = await sharedEngine('elasticsearch')

describe.skipIf(engine === undefined)(
  `two processes on one Elasticsearch${skipReason === undefined ? '' : ` (${skipReason})`}`,
  () => {
    const stores: Store[] = []
    const processes: WatchProcess[] = []
    /** History is kept by day: one that no other file has. */
    const time = Date.UTC(2031, 6, 8, 12)

    async function open(holder: string, keyOf?: WatchProcess): Promise<WatchProcess> {
      const store = await openClusterStore({ hosts: [engine!.url], clock: systemClock, logger: nullLogger })
      stores.push(store)
      const process = await openWatchProcess(store, holder, { time, ...(keyOf === undefined ? {} : { keyOf }) })
      processes.push(process)
      return process
    }

    beforeAll(async () => {
      const a = await open('lease-a')
      const hook = { webhook: { url: 'http://127.0.0.1:9/', auth: { basic: { username: 'u', password: 'p' } } } }
      await a.watcher.put(
        'lease-w',
        toValue({
          trigger: { schedule: { interval: '10s' } },
          input: { simple: {} },
          throttle_period: '0s',
          actions: {
            mail: { email: { to: 'a@example.org', subject: '{{ctx.watch_id}}', body: 'x' } },
            hook: { condition: { never: {} }, ...hook },
          },
        }),
      )
      const b = await open('lease-b', a)
      await a.watcher.start()
      await b.watcher.start()
    })

    afterAll(async () => {
      const [a, b] = processes
      await b?.watcher.delete('lease-w')
      for (const process of [b, a]) await process?.[Symbol.asyncDispose]()
      await stores[0]?.deleteIndices({
        expressions: ['.vedetta-leases', '.watcher-history-2031.07.08', '.triggered_watches'],
        ignoreUnavailable: true,
      })
      for (const store of stores) await store.close()
    })

    test('one runs the watches; killed, it is followed by the other, which reads its secrets', async () => {
      const [a, b] = processes as [WatchProcess, WatchProcess]
      await Promise.all([a.run(12), b.run(12)])
      await expect.poll(() => a.mails).toEqual(['lease-w'])
      expect(b.mails).toEqual([])
      // A stands still, as a process that was stopped.
      await expect.poll(() => b.run(5).then(() => b.mails.length)).toBeGreaterThan(0)
      // It wakes: its clock went on while it did not.
      a.clock.jump(120_000)
      const told = a.mails.length
      await Promise.all([a.run(12), b.run(12)])
      expect(a.mails).toHaveLength(told)
    })
  },
)
