import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openAlerts, textAt, type StoredAlert } from '../alert/index.ts'
import { ManualClock } from '../clock/index.ts'
import { nullLogger } from '../diagnostic/index.ts'
import { stringifyJson, toValue } from '../event/index.ts'
import { openEmbeddedStore, type Store } from '../search/index.ts'
import { createDetection, createLoginDetector, createSilenceDetector, type Detector } from './index.ts'

const BEGIN = Date.UTC(2026, 10, 24, 12)

interface System {
  readonly store: Store
  readonly notified: string[]
  readonly clock: ManualClock
  alerts(): Promise<readonly StoredAlert[]>
  login(success: boolean, source: string, user: string, time?: number): Promise<void>
  settle(): Promise<void>
  save(): Promise<void>
  close(): Promise<void>
}

async function open(folder: string, clock: ManualClock, more: readonly Detector[] = []): Promise<System> {
  const raw = await openEmbeddedStore({ path: join(folder, 'store'), clock, logger: nullLogger })
  const notified: string[] = []
  const alerts = await openAlerts({
    store: raw,
    clock,
    logger: nullLogger,
    notify: ({ document }, change) => notified.push(`${change} ${textAt(document, 'rule.id')}`),
  })
  const detection = createDetection({
    detectors: [createLoginDetector(), createSilenceDetector({ clock }), ...more],
    alerts,
    clock,
    logger: nullLogger,
    dataPath: folder,
  })
  const store = detection.tap(raw)
  await detection.start(raw)
  return {
    store,
    notified,
    clock,
    alerts: async () => (await alerts.list({})).alerts,
    async login(success, source, user, time = clock.now()) {
      const document = {
        '@timestamp': new Date(time).toISOString(),
        tags: [success ? 'auth_success' : 'auth_failure'],
        src_ip: source,
        src_user: user,
        host: 'web1',
      }
      await store.bulk([{ action: 'index', index: 'logstash-auth', source: stringifyJson(toValue(document)) }])
    },
    settle: () => alerts.flush(),
    save: () => detection.save(),
    async close() {
      await alerts.close()
      await raw.close()
    },
  }
}

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'vedetta-detect-'))
  try {
    await work(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

test('ten failures are one alert that grows, and a success after them is told as urgent', () =>
  inFolder(async (folder) => {
    const system = await open(folder, new ManualClock(BEGIN))
    for (let i = 0; i < 9; i++) await system.login(false, '192.0.2.7', 'root')
    await system.settle()
    expect(await system.alerts()).toEqual([])
    await system.login(false, '192.0.2.7', 'root')
    await system.settle()
    for (let i = 0; i < 30; i++) await system.login(false, '192.0.2.7', 'root')
    await system.login(true, '192.0.2.7', 'root')
    await system.settle()
    const alerts = await system.alerts()
    expect(alerts.map(({ document }) => textAt(document, 'rule.id')).sort()).toEqual([
      'vedetta-login-guessing',
      'vedetta-login-success-after-failures',
    ])
    const guessing = alerts.find(({ document }) => textAt(document, 'rule.id') === 'vedetta-login-guessing')!
    expect(textAt(guessing.document, 'vedetta.alert.count')).toBe('40')
    expect(textAt(guessing.document, 'vedetta.alert.culprits')).toBe('192.0.2.7')
    expect(system.notified).toEqual([
      'opened vedetta-login-guessing',
      'updated vedetta-login-guessing',
      'updated vedetta-login-guessing',
      'opened vedetta-login-success-after-failures',
    ])
    await system.clock.advance(2 * 3_600_000)
    await system.settle()
    const ended = await system.alerts()
    expect(ended.map(({ document }) => textAt(document, 'vedetta.alert.episode'))).toEqual(['ended', 'ended'])
    await system.close()
  }))

test('a kill between state and alert, and a restart, repeat no alert and lose none', () =>
  inFolder(async (folder) => {
    const clock = new ManualClock(BEGIN)
    const first = await open(folder, clock)
    for (let i = 0; i < 6; i++) await first.login(false, '192.0.2.7', 'root')
    await first.save()
    await clock.advance(1000)
    // After the state was stored: what is not in it is read from the store at the next start.
    for (let i = 0; i < 3; i++) await first.login(false, '192.0.2.7', 'root')
    await first.close()
    await clock.advance(1000)
    const second = await open(folder, clock)
    await second.settle()
    expect(second.notified).toEqual([])
    await second.login(false, '192.0.2.7', 'root')
    await second.settle()
    expect(second.notified).toEqual(['opened vedetta-login-guessing'])
    await second.close()
    const third = await open(folder, clock)
    await third.settle()
    expect(third.notified).toEqual([])
    expect((await third.alerts()).length).toBe(1)
    await third.close()
  }))

test('a detector that throws stops neither the bulk nor another detector', () =>
  inFolder(async (folder) => {
    const broken: Detector = {
      name: 'broken',
      see() {
        throw new Error('no')
      },
      tick: () => [],
      snapshot: () => toValue({}) as never,
      restore() {},
      stats: {},
    }
    const system = await open(folder, new ManualClock(BEGIN), [broken])
    for (let i = 0; i < 10; i++) await system.login(false, '192.0.2.7', 'root')
    await system.settle()
    expect(system.notified).toEqual(['opened vedetta-login-guessing'])
    await system.close()
  }))

test('a source that spoke each minute for two hours and then no more is told, and again when it speaks', () =>
  inFolder(async (folder) => {
    const system = await open(folder, new ManualClock(BEGIN))
    for (let i = 0; i < 120; i++) {
      await system.login(true, '192.0.2.9', 'ann')
      await system.clock.advance(60_000)
    }
    expect(system.notified).toEqual([])
    await system.clock.advance(11 * 60_000)
    await system.settle()
    expect(system.notified).toEqual(['opened vedetta-silent-source'])
    await system.login(true, '192.0.2.9', 'ann')
    await system.settle()
    expect(system.notified).toEqual(['opened vedetta-silent-source', 'ended vedetta-silent-source'])
    await system.close()
  }))

test('eight users from one source are spraying; a user from a new network is told', () =>
  inFolder(async (folder) => {
    const system = await open(folder, new ManualClock(BEGIN))
    for (let i = 0; i < 8; i++) await system.login(false, '192.0.2.7', `user${i}`)
    for (let i = 0; i < 6; i++) await system.login(true, '198.51.100.4', 'ann')
    await system.login(true, '203.0.113.9', 'ann')
    await system.settle()
    expect(system.notified).toEqual(['opened vedetta-login-spraying', 'opened vedetta-login-new-source'])
    await system.close()
  }))

test('old logs that are read now are judged in their own time', () =>
  inFolder(async (folder) => {
    const system = await open(folder, new ManualClock(BEGIN))
    const then = Date.UTC(2016, 4, 1)
    for (let i = 0; i < 10; i++) {
      await system.login(false, '192.0.2.7', 'root', then + i * 1000)
      await system.clock.advance(30_000)
    }
    await system.settle()
    expect(system.notified).toEqual(['opened vedetta-login-guessing'])
    await system.close()
  }))

test('an event from the future does not hide what came before a restart', () =>
  inFolder(async (folder) => {
    const clock = new ManualClock(BEGIN)
    const first = await open(folder, clock)
    await first.login(false, '192.0.2.8', 'root', Date.UTC(2099, 0, 1))
    await first.save()
    await clock.advance(5000)
    for (let i = 0; i < 9; i++) await first.login(false, '192.0.2.7', 'root')
    await first.close()
    const second = await open(folder, clock)
    await second.login(false, '192.0.2.7', 'root')
    await second.settle()
    expect(second.notified).toEqual(['opened vedetta-login-guessing'])
    await second.close()
  }))

test('without detectors the store is left as it is', () =>
  inFolder(async (folder) => {
    const clock = new ManualClock(BEGIN)
    const store = await openEmbeddedStore({ path: join(folder, 'store'), clock, logger: nullLogger })
    const alerts = { raise: () => {}, flush: () => Promise.resolve() }
    const detection = createDetection({ detectors: [], alerts, clock, logger: nullLogger, dataPath: folder })
    expect(detection.tap(store)).toBe(store)
    await store.close()
  }))
