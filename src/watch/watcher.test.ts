import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ManualClock, type Timer } from '../clock/index.ts'
import { formatDiagnostic, nullLogger } from '../diagnostic/index.ts'
import { stringifyJson, toValue, type ValueObject } from '../event/index.ts'
import { sampleWatch, startSample } from '../../test/fixtures/sample-watch.ts'
import type { WatchSystem } from '../../test/fixtures/watch-system.ts'

const scan = { kind: 'scan' }

async function states(system: WatchSystem, id: string): Promise<unknown[]> {
  const records = await system.watcher.history(id, 100)
  return records.map((record) => record['state']).reverse()
}

describe('the schedule', () => {
  test('runs the watch at its interval, tells once, is throttled, and tells again', async () => {
    await using system = await startSample()
    await system.watcher.start()
    await system.watcher.put('scan', sampleWatch())
    await system.run(10)
    expect(system.mails).toHaveLength(0)
    await system.index('events-1', scan, scan, scan, { kind: 'other' })
    await system.run(50)
    expect(system.mails.map(({ text }) => text)).toEqual(['3 events', '3 events'])
    expect(await states(system, 'scan')).toEqual([
      'execution_not_needed',
      'executed',
      'throttled',
      'throttled',
      'executed',
      'throttled',
    ])
    const [last, , , first] = await system.watcher.history('scan', 5)
    expect(JSON.parse(stringifyJson(first))).toMatchObject({
      watch_id: 'scan',
      trigger_event: {
        type: 'schedule',
        schedule: { scheduled_time: '2026-11-24T12:00:30.000Z', triggered_time: '2026-11-24T12:00:30.000Z' },
      },
      result: { input: { type: 'search', status: 'success', payload: { hits: { total: 3 } } } },
    })
    expect(JSON.parse(stringifyJson(last))).toMatchObject({
      result: {
        condition: { type: 'compare', met: true, compare: { resolved_values: { 'ctx.payload.hits.total': 3 } } },
        actions: [
          {
            id: 'mail',
            type: 'email',
            status: 'throttled',
            reason: expect.stringMatching(
              /^throttling interval is set to \[30s\] but time elapsed since last execution is \[10s\]$/,
            ),
          },
        ],
      },
    })
  })

  test('goes on although the wall clock jumps', async () => {
    await using system = await startSample()
    await system.watcher.start()
    await system.watcher.put('w', sampleWatch({ input: { simple: {} }, condition: { never: {} } }))
    await system.run(10)
    system.clock.jump(-3_600_000)
    await system.run(20)
    expect((await states(system, 'w')).length).toBeGreaterThanOrEqual(3)
  })

  test('runs once at its time although the timer rings a moment early', async () => {
    class HastyClock extends ManualClock {
      override after(millis: number, callback: () => void): Timer {
        return super.after(millis > 1000 ? millis - 1 : millis, callback)
      }
    }
    await using system = await startSample({ clock: new HastyClock(Date.UTC(2026, 10, 24, 12)) })
    await system.watcher.start()
    await system.watcher.put('w', sampleWatch({ input: { simple: {} }, condition: { never: {} } }))
    await system.run(31)
    expect(await states(system, 'w')).toHaveLength(3)
  })

  test('does not run a watch twice at once, and says what was left out', async () => {
    let release: (() => void) | undefined
    const warnings: string[] = []
    const warn = (_: object, message: string): void => void warnings.push(message)
    await using system = await startSample({ logger: { ...nullLogger, warn } })
    const { store } = system
    const search = store.search.bind(store)
    store.search = async (...args) => {
      if (args[0].expressions.includes('events-*') && release === undefined)
        await new Promise<void>((resolve) => (release = resolve))
      return search(...args)
    }
    await system.watcher.start()
    await system.watcher.put('slow', sampleWatch())
    await system.clock.advance(30_000)
    release?.()
    await system.run(10)
    expect((await states(system, 'slow')).sort()).toEqual([
      'execution_not_needed',
      'execution_not_needed',
      'not_executed_already_queued',
      'not_executed_already_queued',
    ])
    // The history has each, the log one a minute.
    expect(warnings).toEqual([expect.stringMatching(/'slow' is still running and is not run twice/)])
  })

  test('an inactive watch does not run until it is activated', async () => {
    await using system = await startSample()
    await system.watcher.start()
    await system.watcher.put('w', sampleWatch({ input: { simple: {} } }), { active: false })
    await system.run(20)
    expect(await states(system, 'w')).toEqual([])
    await system.watcher.setActive('w', true)
    await system.run(10)
    expect(await states(system, 'w')).toHaveLength(1)
  })

  test('one failing watch stops neither itself nor another', async () => {
    await using system = await startSample()
    await system.watcher.start()
    const input = { search: { request: { indices: ['missing'], body: {} } } }
    await system.watcher.put('bad', sampleWatch({ input }))
    await system.watcher.put(
      'worse',
      sampleWatch({ input: { simple: {} }, condition: { script: { source: 'fails' } } }),
    )
    await system.watcher.put('good', sampleWatch({ input: { simple: { hits: { total: 5 } } } }))
    await system.run(20)
    expect(await states(system, 'bad')).toEqual(['failed', 'failed'])
    const [record] = await system.watcher.history('bad', 1)
    expect(record!['messages']).toEqual(['failed to execute watch input', 'no such index [missing]'])
    expect((await system.watcher.history('worse', 1))[0]!['messages']).toEqual([
      'failed to execute watch condition',
      'runtime error',
    ])
    expect(system.mails.map(({ text }) => text)).toEqual(['5 events'])
  })
})

describe('acknowledgement', () => {
  test('silences an action until the condition is not met again', async () => {
    await using system = await startSample()
    await system.watcher.start()
    await system.watcher.put('scan', sampleWatch({ throttle_period: '1s' }))
    const ack = (): unknown => (system.watcher.get('scan')!.status as { actions: ValueObject }).actions['mail']
    await system.index('events-1', scan, scan)
    await system.run(10)
    expect(ack()).toMatchObject({ ack: { state: 'ackable' } })
    await system.watcher.acknowledge('scan')
    await system.run(20)
    expect(system.mails).toHaveLength(1)
    expect(await states(system, 'scan')).toEqual(['executed', 'acknowledged', 'acknowledged'])
    await system.store.deleteIndices({ expressions: ['events-1'] })
    await system.run(10)
    expect(ack()).toMatchObject({ ack: { state: 'awaits_successful_execution' } })
    await system.index('events-2', scan, scan)
    await system.run(10)
    expect(system.mails).toHaveLength(2)
  })
})

describe('a restart', () => {
  test('keeps watches, throttling and acknowledgement', async () => {
    await using first = await startSample()
    await first.watcher.start()
    await first.watcher.put('scan', sampleWatch())
    await first.index('events-1', scan, scan)
    await first.run(10)
    expect(first.mails).toHaveLength(1)
    await first.close()

    await using second = await startSample({ folder: first.folder, clock: first.clock })
    await second.watcher.start()
    const [before, after] = [first, second].map(({ watcher }) => stringifyJson(watcher.get('scan')!.status))
    expect(JSON.parse(after!)).toEqual(JSON.parse(before!))
    await second.run(20)
    expect(second.mails).toHaveLength(0)
    // Intervals are spread at a start, so the first run after the period is within one interval of it.
    await second.run(20)
    expect(second.mails).toHaveLength(1)
  })

  test('after a kill between the mail and the record neither repeats nor forgets the mail', async () => {
    await using first = await startSample()
    const { store } = first
    const bulk = store.bulk.bind(store)
    // The process is gone once the mail has left: nothing is written any more.
    store.bulk = (operations) => (first.mails.length > 0 ? Promise.reject(new Error('killed')) : bulk(operations))
    await first.watcher.start()
    await first.watcher.put('scan', sampleWatch())
    await first.index('events-1', scan, scan)
    await first.run(10)
    expect(first.mails).toHaveLength(1)
    await first.close()

    await using second = await startSample({ folder: first.folder, clock: first.clock })
    await second.watcher.start()
    await second.run(20)
    expect(second.mails).toHaveLength(0)
    expect((await second.watcher.history('scan', 10)).at(-1)).toMatchObject({
      state: 'executed',
      messages: ['the process ended during this run; the messages of mail had left'],
    })
    await second.run(20)
    expect(second.mails).toHaveLength(1)
  })

  test('after a kill before the mail left the mail is sent', async () => {
    await using first = await startSample()
    const { notifier } = first
    notifier.deliver = () => new Promise(() => undefined)
    await first.watcher.start()
    await first.watcher.put('scan', sampleWatch())
    await first.index('events-1', scan, scan)
    await first.clock.advance(10_000)
    await new Promise((resolve) => setTimeout(resolve, 100))
    await first.kill()

    await using second = await startSample({ folder: first.folder, clock: first.clock })
    await second.watcher.start()
    await second.run(10)
    expect(second.mails).toHaveLength(1)
  })
})

describe('files', () => {
  test('give watches that belong to them, and a bad one stops itself alone', async () => {
    await using system = await startSample()
    const folder = join(system.folder, 'watches')
    mkdirSync(folder)
    writeFileSync(join(folder, 'good.json'), stringifyJson(sampleWatch()))
    writeFileSync(join(folder, 'bad.json'), '{\n  "trigger": { "schedule": { "interval": "ten" } }\n}\n')
    writeFileSync(join(folder, 'notes.txt'), 'not a watch')
    const diagnostics = await system.watcher.loadFiles(folder)
    const path = join(folder, 'bad.json')
    expect(diagnostics.map((problem) => formatDiagnostic(problem))).toEqual([
      `${path}:2:42: 'trigger.schedule.interval' must be seconds as a number, or a duration such as "10s", "5m", "2h", "1d", "1w", got "ten"`,
    ])
    await system.watcher.start()
    expect(system.watcher.list().map(({ id, file }) => [id, file])).toEqual([['good', join(folder, 'good.json')]])
    const owned = `the watch 'good' belongs to the file ${join(folder, 'good.json')}`
    await expect(system.watcher.put('good', sampleWatch())).rejects.toThrow(owned)
    await expect(system.watcher.delete('good')).rejects.toThrow(owned)

    await system.index('events-1', scan, scan)
    await system.run(10)
    expect(system.mails).toHaveLength(1)
    // The same file again keeps what was told; without the file the watch is gone.
    await system.watcher.loadFiles(folder)
    await system.run(20)
    expect(system.mails).toHaveLength(1)
    rmSync(join(folder, 'good.json'))
    await system.watcher.loadFiles(folder)
    expect(system.watcher.list()).toEqual([])
  })
})

describe('execute', () => {
  test('with an alternative input, without the condition, recorded or not', async () => {
    await using system = await startSample()
    await system.watcher.put('w', sampleWatch())
    const alternativeInput = toValue({ hits: { total: 1 } }) as ValueObject
    const dry = await system.watcher.execute('w', { alternativeInput })
    expect(dry.state).toBe('execution_not_needed')
    const wet = await system.watcher.execute('w', { alternativeInput, ignoreCondition: true })
    expect(wet.state).toBe('executed')
    expect(system.mails.map(({ text }) => text)).toEqual(['1 events'])
    expect(await states(system, 'w')).toEqual([])
    await system.watcher.execute('w', { alternativeInput, ignoreCondition: true, recordExecution: true })
    await system.clock.advance(1000)
    const again = await system.watcher.execute('w', { alternativeInput, ignoreCondition: true, recordExecution: true })
    expect(again.state).toBe('throttled')
    const forced = { alternativeInput, ignoreCondition: true, actionModes: { mail: 'force_execute' } } as const
    expect((await system.watcher.execute('w', forced)).state).toBe('executed')
    expect(await states(system, 'w')).toEqual(['executed', 'throttled'])
    await expect(system.watcher.execute('x', {})).rejects.toThrow('Watch with id [x] does not exist')
  })
})
