import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ManualClock } from '../../src/clock/index.ts'
import { nullLogger } from '../../src/diagnostic/index.ts'
import { stringifyJson, toValue, type Value } from '../../src/event/index.ts'
import { openNotifier, type Notifier } from '../../src/notify/index.ts'
import { checkSearch } from '../../src/search/dsl/index.ts'
import { openClusterStore, type Store } from '../../src/search/index.ts'
import { createWatcher, watchScripts, type Watcher } from '../../src/watch/index.ts'
import { sharedOpenSearch } from '../engines/index.ts'

const { engine, skipReason } = await sharedOpenSearch()

/** Indices and ids of this file's own. The watcher is not started: other files keep watches on the same cluster. */
const EVENTS = 'cluster-watches-events'
const KEPT = 'cluster-watches-kept'

describe.skipIf(engine === undefined)(
  `watches on OpenSearch${skipReason === undefined ? '' : ` (${skipReason})`}`,
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'vedetta-cluster-watches-'))
    // History is kept by day: one that no other file has.
    const clock = new ManualClock(Date.UTC(2031, 4, 6, 12))
    let store: Store
    let notifier: Notifier
    let watcher: Watcher
    const mails: string[] = []

    beforeAll(async () => {
      store = await openClusterStore({ hosts: [engine!.url], auth: {}, tls: {}, clock, logger: nullLogger } as never)
      notifier = await openNotifier({
        dataPath: folder,
        settings: new Map(),
        clock,
        logger: nullLogger,
        onAlert: (message) => mails.push(`${message.subject}: ${(message.text ?? '').trim()}`),
      })
      watcher = createWatcher({ store, scripts: watchScripts(), notifier, clock, logger: nullLogger, dataPath: folder })
      const documents = ['10.0.0.1', '10.0.0.1', '10.0.0.2'].map((ip, n) => ({
        action: 'index' as const,
        index: EVENTS,
        source: JSON.stringify({ '@timestamp': '2031-05-06T11:59:30Z', ip, n }),
      }))
      await store.bulk(documents)
      await store.refresh({ expressions: [EVENTS] })
    })

    afterAll(async () => {
      for (const { id } of watcher.list()) await watcher.delete(id)
      const mine = [EVENTS, KEPT, '.watcher-history-2031.05.06']
      await store.deleteIndices({ expressions: mine, ignoreUnavailable: true })
      await store.deleteResource('script', 'cluster-watches-condition')
      await notifier.close()
      await store.close()
      rmSync(folder, { recursive: true, force: true })
    })

    const watch = (more: object): Value =>
      toValue({
        trigger: { schedule: { interval: '1h' } },
        input: {
          search: {
            request: {
              indices: [EVENTS],
              body: {
                size: 0,
                query: { range: { '@timestamp': { gte: '{{ctx.trigger.scheduled_time}}||-1m' } } },
                aggs: { hosts: { terms: { field: 'ip.keyword' } } },
              },
            },
          },
        },
        ...more,
      })

    const run = async (id: string): Promise<Record<string, never>> => {
      const { record } = await watcher.execute(id, { recordExecution: true })
      return JSON.parse(stringifyJson(record)) as Record<string, never>
    }

    test('search, a stored script, a transform, mail for each, throttling and acknowledgement', async () => {
      const source = 'return ctx.payload.aggregations.hosts.buckets.size() > params.least'
      await store.putResource('script', 'cluster-watches-condition', toValue({ lang: 'painless', source }) as never)
      await watcher.put(
        'cluster-watches-1',
        watch({
          condition: { script: { id: 'cluster-watches-condition', params: { least: 1 } } },
          throttle_period: '10m',
          actions: {
            each: {
              foreach: 'ctx.payload.aggregations.hosts.buckets',
              throttle: { by: 'key', period: '1h' },
              email: { to: 'a@example.org', subject: '{{ctx.payload.key}}', body: '{{ctx.payload.doc_count}}' },
            },
            keep: {
              transform: { script: "return ['_doc': ctx.payload.aggregations.hosts.buckets]" },
              index: { index: KEPT, refresh: true },
            },
          },
        }),
        { active: false },
      )
      expect(await run('cluster-watches-1')).toMatchObject({ state: 'executed', result: { condition: { met: true } } })
      expect(mails).toEqual(['10.0.0.1: 2', '10.0.0.2: 1'])
      await store.refresh({ expressions: [KEPT] })
      expect(await store.count({ expressions: [KEPT] }, checkSearch(toValue({})))).toBe(2)
      await clock.advance(1000)
      expect(await run('cluster-watches-1')).toMatchObject({ state: 'throttled' })
      await watcher.acknowledge('cluster-watches-1')
      await clock.advance(20_000)
      expect(await run('cluster-watches-1')).toMatchObject({
        state: 'acknowledged',
        status: { actions: { keep: { ack: { state: 'acked' } } } },
      })
      expect(mails).toHaveLength(2)
      await store.refresh({ expressions: ['.watcher-history-2031.05.06'] })
      expect((await watcher.history('cluster-watches-1', 10)).map(({ state }) => state)).toEqual([
        'acknowledged',
        'throttled',
        'executed',
      ])
    })

    test('secrets are encrypted in the index of the cluster; versions protect a watch from two writers', async () => {
      const hook = { webhook: { url: 'http://h/', auth: { basic: { username: 'u', password: 'p4ss' } } } }
      const { info } = await watcher.put('cluster-watches-2', watch({ actions: { hook } }), { active: false })
      const stored = await store.get('.watches', 'cluster-watches-2')
      expect(stored!.source).toContain('::es_encrypted::')
      expect(stored!.source).not.toContain('p4ss')
      const version = { ifSeqNo: info.seqNo, ifPrimaryTerm: info.primaryTerm, active: false }
      await watcher.put('cluster-watches-2', watch({ actions: {} }), version)
      await expect(watcher.put('cluster-watches-2', watch({ actions: {} }), version)).rejects.toThrow(/conflict/)
    })
  },
)
