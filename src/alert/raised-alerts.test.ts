import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ManualClock } from '../clock/index.ts'
import { nullLogger } from '../diagnostic/index.ts'
import { toValue, type ValueObject } from '../event/index.ts'
import { openEmbeddedStore, type BulkItem, type Store } from '../search/index.ts'
import { openAlerts, textAt, valueAt, type Alerts } from './index.ts'
import { finding } from '../../test/fixtures/finding.ts'

const BEGIN = Date.UTC(2026, 10, 24, 12)

/** Alerts over a store whose bulks go through `spoil`; what was told stands in `told`. */
async function withAlerts(
  spoil: (items: BulkItem[], n: number) => BulkItem[],
  work: (alerts: Alerts, told: string[], clock: ManualClock) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'vedetta-raised-'))
  const clock = new ManualClock(BEGIN)
  const store = await openEmbeddedStore({ path: folder, clock, logger: nullLogger })
  let bulks = 0
  const faulty: Store = Object.create(store, {
    bulk: {
      value: async (...parameters: Parameters<Store['bulk']>) => spoil(await store.bulk(...parameters), bulks++),
    },
  })
  const told: string[] = []
  const alerts = await openAlerts({
    store: faulty,
    clock,
    logger: nullLogger,
    notify: ({ document }, change) => told.push(`${change} ${textAt(document, 'vedetta.alert.entity.value')}`),
  })
  try {
    await work(alerts, told, clock)
  } finally {
    await alerts.close()
    await store.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

test('fields that do not fit the mapping hold up no alert: it is raised without them', () =>
  withAlerts(
    (items) => items,
    async (alerts, told) => {
      const fields = toValue({ destination: { port: 'http' } }) as ValueObject
      alerts.raise([finding(BEGIN, '10.0.0.1', { fields }), finding(BEGIN, '10.0.0.2')])
      await alerts.flush()
      expect(told.sort()).toEqual(['opened 10.0.0.1', 'opened 10.0.0.2'])
      const { alerts: listed } = await alerts.list({ entity: '10.0.0.1' })
      expect(listed.map(({ document }) => valueAt(document, 'destination'))).toEqual([undefined])
    },
  ))

test('of a write that fails in part the rest is told once, the failed part after it is stored', () =>
  withAlerts(
    (items, n) => items.map((item, at) => (n === 0 && at === 1 ? { ...item, status: 429 } : item)),
    async (alerts, told, clock) => {
      alerts.raise([
        finding(BEGIN, '10.0.0.1'),
        finding(BEGIN, '10.0.0.2', { urgent: true }),
        finding(BEGIN, '10.0.0.3'),
      ])
      await expect.poll(() => told).toEqual(['opened 10.0.0.1', 'opened 10.0.0.3'])
      // What comes meanwhile is not urgent of itself.
      alerts.raise([finding(BEGIN, '10.0.0.2', { phase: 'update', count: 2 })])
      await expect
        .poll(async () => {
          await clock.advance(1000)
          return told.length
        })
        .toBe(3)
      await alerts.flush()
      const { document } = (await alerts.list({ entity: '10.0.0.2' })).alerts[0]!
      expect([valueAt(document, 'vedetta.alert.urgent'), valueAt(document, 'vedetta.alert.count')]).toEqual([true, 2])
    },
  ))
