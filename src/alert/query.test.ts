import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ManualClock } from '../clock/index.ts'
import { nullLogger } from '../diagnostic/index.ts'
import { openEmbeddedStore } from '../search/index.ts'
import { openAlerts, textAt, type Finding } from './index.ts'
import { finding } from '../../test/fixtures/finding.ts'

const BEGIN = Date.UTC(2026, 10, 24, 12)

test.each([
  ['10.0.0.66,10.0.0.1', ['10.0.0.66,10.0.0.1']],
  ['192.0.2.1, 192.0.2.2', ['192.0.2.1', '192.0.2.2']],
  ['10.0.0.66', []],
])('entity=%s finds %j', async (entity, found) => {
  const folder = mkdtempSync(join(tmpdir(), 'vedetta-alert-query-'))
  const clock = new ManualClock(BEGIN)
  const store = await openEmbeddedStore({ path: folder, clock, logger: nullLogger })
  try {
    const alerts = await openAlerts({ store, clock, logger: nullLogger })
    const findingOf = (...values: string[]): Finding => {
      const field = ['source.ip', 'destination.ip'].slice(0, values.length).join(',')
      return finding(BEGIN, '', { entity: { field, value: values.join(',') } })
    }
    alerts.raise([findingOf('10.0.0.66', '10.0.0.1'), findingOf('192.0.2.1'), findingOf('192.0.2.2')])
    await alerts.flush()
    const page = await alerts.list({ entity })
    expect(page.alerts.map(({ document }) => textAt(document, 'vedetta.alert.entity.value')).sort()).toEqual(found)
    await alerts.close()
  } finally {
    await store.close()
    rmSync(folder, { recursive: true, force: true })
  }
})
