import { join } from 'node:path'
import { openAlerts, textAt } from '../../src/alert/index.ts'
import { systemClock as clock } from '../../src/clock/index.ts'
import { createDetection, createLoginDetector } from '../../src/detect/index.ts'
import { nullLogger as logger } from '../../src/diagnostic/index.ts'
import { stringifyJson, toValue } from '../../src/event/index.ts'
import { openEmbeddedStore } from '../../src/search/index.ts'

/**
 * Fails to log in twelve times from each of many sources, as fast as the store takes it. Says `acked SOURCE` once all twelve are
 * on disk and `opened SOURCE` when an alert is told. With no sources it only judges what is there, and lists the alerts.
 */
const [folder = '', round = '0', sources = '0'] = process.argv.slice(2)
const say = (line: string): boolean => process.stdout.write(`${line}\n`)

const store = await openEmbeddedStore({ path: join(folder, 'store'), clock, logger })
const alerts = await openAlerts({
  store,
  clock,
  logger,
  notify({ document }, change) {
    if (change === 'opened') say(`opened ${textAt(document, 'vedetta.alert.entity.value') ?? ''}`)
  },
})
const detection = createDetection({ detectors: [createLoginDetector()], alerts, clock, logger, dataPath: folder })
const tapped = detection.tap(store)
await detection.start(store)
say('ready')
for (let i = 0; i < Number(sources); i++) {
  const source = `10.${round}.${Math.floor(i / 250)}.${i % 250}`
  const document = { tags: ['auth_failure'], src_ip: source, src_user: 'root', host: 'web1' }
  for (let n = 0; n < 12; n++)
    await tapped.bulk([
      {
        action: 'create',
        index: 'logstash-auth',
        source: stringifyJson(toValue({ '@timestamp': new Date().toISOString(), ...document })),
      },
    ])
  say(`acked ${source}`)
  if (i % 5 === 0) void detection.save()
}
await detection.stop()
await alerts.flush()
const { alerts: found } = await alerts.list({}, { size: 10_000 })
for (const { document } of found) say(`alert ${textAt(document, 'vedetta.alert.entity.value') ?? ''}`)
await alerts.close()
await store.close()
