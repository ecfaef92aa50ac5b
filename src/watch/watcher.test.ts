import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { fail, formatDiagnostic } from '../diagnostic/index.ts'
import { stringifyJson, toValue, type Value, type ValueObject } from '../event/index.ts'
import { startWatchSystem, type WatchSystem } from '../../test/fixtures/watch-system.ts'
import type { ScriptCompiler } from './model.ts'

/** Scripts that only these tests know, by their text. */
const scripts: ScriptCompiler = {
  compile({ source, lang }) {
    if (source.includes('((')) throw fail('watch.part', { path: 'script', reason: 'unexpected token' })
    return {
      lang: lang ?? 'painless',
      run({ ctx }) {
        if (source === 'fails') throw fail('watch.run', { reason: 'runtime error' })
        if (source === 'null') return null
        const payload = (ctx as ValueObject)['payload'] as ValueObject
        return source === 'wrap' ? toValue({ body: `wrapped ${stringifyJson(payload)}` }) : payload[source]!
      },
    }
  },
}

function start(more: Partial<Parameters<typeof startWatchSystem>[0]> = {}): Promise<WatchSystem> {
  return startWatchSystem({ scripts, ...more })
}

const MAIL = { email: { to: 'admin@example.org', subject: 'Alarm', body: '{{ctx.payload.hits.total}} events' } }

function watch(more: object = {}): Value {
  return toValue({
    trigger: { schedule: { interval: '10s' } },
    input: { search: { request: { indices: ['events-*'], body: { query: { match: { kind: 'scan' } } } } } },
    condition: { compare: { 'ctx.payload.hits.total': { gt: 1 } } },
    throttle_period: '30s',
    actions: { mail: MAIL },
    ...more,
  })
}

const scan = { kind: 'scan' }

async function states(system: WatchSystem, id: string): Promise<unknown[]> {
  const records = await system.watcher.history(id, 100)
  return records.map((record) => record['state']).reverse()
}

describe('the schedule', () => {
  test('runs the watch at its interval, tells once, is throttled, and tells again', async () => {
    await using system = await start()
    await system.watcher.start()
    await system.watcher.put('scan', watch())
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
            reason: expect.stringMatching(/^throttling interval is set to \[30000ms\] but time elapsed/),
          },
        ],
      },
    })
  })

  test('goes on although the wall clock jumps', async () => {
    await using system = await start()
    await system.watcher.start()
    await system.watcher.put('w', watch({ input: { simple: {} }, condition: { never: {} } }))
    await system.run(10)
    system.clock.jump(-3_600_000)
    await system.run(20)
    expect((await states(system, 'w')).length).toBeGreaterThanOrEqual(3)
  })

  test('does not run a watch twice at once, and says what was left out', async () => {
    let release: (() => void) | undefined
    await using system = await start()
    const { store } = system
    const search = store.search.bind(store)
    store.search = async (...args) => {
      if (args[0].expressions.includes('events-*') && release === undefined)
        await new Promise<void>((resolve) => (release = resolve))
      return search(...args)
    }
    await system.watcher.start()
    await system.watcher.put('slow', watch())
    await system.clock.advance(30_000)
    release?.()
    await system.run(10)
    expect((await states(system, 'slow')).sort()).toEqual([
      'execution_not_needed',
      'execution_not_needed',
      'not_executed_already_queued',
      'not_executed_already_queued',
    ])
  })

  test('an inactive watch does not run until it is activated', async () => {
    await using system = await start()
    await system.watcher.start()
    await system.watcher.put('w', watch({ input: { simple: {} } }), { active: false })
    await system.run(20)
    expect(await states(system, 'w')).toEqual([])
    await system.watcher.setActive('w', true)
    await system.run(10)
    expect(await states(system, 'w')).toHaveLength(1)
  })

  test('one failing watch stops neither itself nor another', async () => {
    await using system = await start()
    await system.watcher.start()
    const input = { search: { request: { indices: ['missing'], body: {} } } }
    await system.watcher.put('bad', watch({ input }))
    await system.watcher.put('worse', watch({ input: { simple: {} }, condition: { script: { source: 'fails' } } }))
    await system.watcher.put('good', watch({ input: { simple: { hits: { total: 5 } } } }))
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
    await using system = await start()
    await system.watcher.start()
    await system.watcher.put('scan', watch({ throttle_period: '1s' }))
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
    await using first = await start()
    await first.watcher.start()
    await first.watcher.put('scan', watch())
    await first.index('events-1', scan, scan)
    await first.run(10)
    expect(first.mails).toHaveLength(1)
    await first.close()

    await using second = await start({ folder: first.folder, clock: first.clock })
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
    await using first = await start()
    const { store } = first
    const bulk = store.bulk.bind(store)
    // The process is gone once the mail has left: nothing is written any more.
    store.bulk = (operations) => (first.mails.length > 0 ? Promise.reject(new Error('killed')) : bulk(operations))
    await first.watcher.start()
    await first.watcher.put('scan', watch())
    await first.index('events-1', scan, scan)
    await first.run(10)
    expect(first.mails).toHaveLength(1)
    await first.close()

    await using second = await start({ folder: first.folder, clock: first.clock })
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
    await using first = await start()
    const { notifier } = first
    notifier.deliver = () => new Promise(() => undefined)
    await first.watcher.start()
    await first.watcher.put('scan', watch())
    await first.index('events-1', scan, scan)
    await first.clock.advance(10_000)
    await new Promise((resolve) => setTimeout(resolve, 100))
    await first.kill()

    await using second = await start({ folder: first.folder, clock: first.clock })
    await second.watcher.start()
    await second.run(10)
    expect(second.mails).toHaveLength(1)
  })
})

describe('files', () => {
  test('give watches that belong to them, and a bad one stops itself alone', async () => {
    await using system = await start()
    const folder = join(system.folder, 'watches')
    mkdirSync(folder)
    writeFileSync(join(folder, 'good.json'), stringifyJson(watch()))
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
    await expect(system.watcher.put('good', watch())).rejects.toThrow(owned)
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

describe('actions', () => {
  async function runOnce(
    actions: object,
    payload: object = {},
    more: object = {},
  ): Promise<[WatchSystem, ValueObject[]]> {
    const system = await start()
    const definition = watch({ input: { simple: payload }, condition: { always: {} }, actions, ...more })
    const { record } = await system.watcher.execute(undefined, {}, definition)
    const result = record['result'] as ValueObject
    return [system, result['actions'] as ValueObject[]]
  }

  test('email: every field, with the ctx attached', async () => {
    const email = {
      profile: 'standard',
      priority: 'high',
      from: 'Sentinel <s@example.org>',
      to: 'a@example.org, "B, Ops" <b@example.org>',
      cc: ['c@example.org'],
      bcc: '{{ctx.payload.bcc}}',
      reply_to: ['d@example.org'],
      subject: 'Scan of {{ctx.payload.host}}',
      body: { text: '{{ctx.payload}}', html: '<b>{{ctx.payload.host}}</b>' },
      attach_data: { format: 'json' },
      attachments: { 'more.yml': { data: { format: 'yaml' } } },
    }
    const [system, results] = await runOnce(
      { mail: { email } },
      { host: 'h1', bcc: 'x@example.org, y@example.org', n: [1] },
    )
    await using _ = system
    expect(results).toMatchObject([{ id: 'mail', type: 'email', status: 'success' }])
    const [mail] = system.mails
    expect(mail).toMatchObject({
      from: 'Sentinel <s@example.org>',
      to: ['a@example.org', '"B, Ops" <b@example.org>'],
      cc: ['c@example.org'],
      bcc: ['x@example.org', 'y@example.org'],
      replyTo: ['d@example.org'],
      priority: 'high',
      subject: 'Scan of h1',
      text: '{host=h1, bcc=x@example.org, y@example.org, n=[1]}',
      html: '<b>h1</b>',
    })
    const [json, yaml] = mail!.attachments!
    expect(json).toMatchObject({ filename: 'data.json', contentType: 'application/json' })
    expect(JSON.parse(String(json!.content))).toMatchObject({
      ctx: { watch_id: '_inlined_', payload: { host: 'h1', n: [1] } },
    })
    expect(yaml).toMatchObject({ filename: 'more.yml', contentType: 'application/yaml' })
    expect(yaml!.content).toMatch(/^---\nctx:\n {2}watch_id: _inlined_\n/)
  })

  test('email: a value of an event cannot add a recipient', async () => {
    const email = { to: '{{ctx.payload.user}}@example.org, admin@example.org', subject: 'x', body: 'y' }
    const [system, results] = await runOnce({ mail: { email } }, { user: 'evil@example.com, z' })
    await using _ = system
    expect(system.mails).toHaveLength(0)
    expect(results).toMatchObject([
      { status: 'failure', reason: expect.stringContaining("'to' must be one mail address") },
    ])
  })

  test('index: the payload, several documents, and a refusal', async () => {
    const [system, results] = await runOnce(
      {
        one: { index: { index: 'alerts', doc_id: '{{ctx.watch_id}}-1', execution_time_field: 'at' } },
        many: { transform: { script: { source: 'docs' } }, index: { index: 'alerts' } },
        bad: { transform: { script: { source: 'docs' } }, index: { index: 'UPPER' } },
      },
      {
        a: 1,
        docs: {
          _doc: [
            { b: 2, _id: 'x' },
            { b: 3, _index: 'other' },
          ],
        },
      },
    )
    await using _ = system
    expect(results.map(({ status }) => status)).toEqual(['success', 'success', 'partial_failure'])
    expect(JSON.parse((await system.store.get('alerts', '_inlined_-1'))!.source)).toMatchObject({
      a: 1,
      at: '2026-11-24T12:00:00.000Z',
    })
    expect(JSON.parse((await system.store.get('alerts', 'x'))!.source)).toEqual({ b: 2 })
    expect(results[2]).toMatchObject({ reason: expect.stringContaining('lowercase') })
  })

  test('conditions, transforms, throttling and modes are of each action', async () => {
    const actions = {
      skipped: { condition: { never: {} }, ...MAIL },
      wrapped: { transform: { script: { source: 'wrap' } }, logging: { text: '{{ctx.payload.body}}' } },
      failing: { transform: { script: { source: 'fails' } }, logging: { text: 'x' } },
      untouched: { logging: { text: '{{ctx.payload.a}}', level: 'warn', category: 'c' } },
      looped: {
        foreach: 'ctx.payload.list',
        max_iterations: 2,
        logging: { text: '{{ctx.payload.n}}{{ctx.payload._value}}' },
      },
    }
    const [system, results] = await runOnce(actions, { a: 1, list: [{ n: 'x' }, 7, 8] })
    await using _ = system
    expect(results).toMatchObject([
      { id: 'skipped', status: 'condition_failed' },
      { id: 'wrapped', status: 'success', logging: { logged_text: expect.stringMatching(/^wrapped {"a":1/) } },
      {
        id: 'failing',
        status: 'failure',
        reason: 'Failed to transform payload',
        transform: { status: 'failure', reason: 'runtime error' },
      },
      { id: 'untouched', status: 'success', logging: { logged_text: '1' } },
      {
        id: 'looped',
        status: 'success',
        reason: '1 more elements than max_iterations [2] were left out',
        foreach: [{ logging: { logged_text: 'x' } }, { logging: { logged_text: '7' } }],
      },
    ])
  })

  test('webhook: simulated shows the request, without its secrets', async () => {
    const webhook = {
      method: 'POST',
      host: '127.0.0.1',
      port: 9,
      path: '/hook/{{ctx.payload.name}}',
      params: { q: '{{ctx.payload.name}}' },
      headers: { 'Content-Type': 'application/json', Authorization: 'Bearer secret' },
      auth: { basic: { username: 'u', password: 'hidden' } },
      body: '{"text":"{{ctx.payload.name}}"}',
    }
    const system = await start()
    await using _ = system
    const definition = watch({
      input: { simple: { name: 'a "b"/../c?x#y' } },
      condition: { always: {} },
      actions: { hook: { webhook } },
    })
    const { record } = await system.watcher.execute(undefined, { actionModes: { _all: 'simulate' } }, definition)
    const [action] = (record['result'] as { actions: ValueObject[] }).actions
    expect(action).toMatchObject({
      status: 'simulated',
      webhook: {
        request: {
          method: 'post',
          url: 'http://127.0.0.1:9/hook/c%3Fx%23y?q=a+%22b%22%2F..%2Fc%3Fx%23y',
          body: '{"text":"a \\"b\\"/../c?x#y"}',
        },
      },
    })
    expect(stringifyJson(record)).not.toMatch(/hidden|Bearer secret/)
  })
})

describe('execute', () => {
  test('with an alternative input, without the condition, recorded or not', async () => {
    await using system = await start()
    await system.watcher.put('w', watch())
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

describe('conditions', () => {
  const payload = {
    n: 5,
    d: 5.0,
    s: 'abc',
    t: '2026-11-24T11:59:00Z',
    none: null,
    list: [{ v: 1 }, { v: 3 }],
    empty: [],
  }

  test.each<[object, boolean]>([
    [{ always: {} }, true],
    [{ never: {} }, false],
    [{ compare: { 'ctx.payload.n': { eq: 5 } } }, true],
    [{ compare: { 'ctx.payload.n': { not_eq: 5 } } }, false],
    [{ compare: { 'ctx.payload.n': { gt: 4, lt: 6 } } }, true],
    [{ compare: { 'ctx.payload.n': { gte: 6 } } }, false],
    [{ compare: { 'ctx.payload.n': { lte: '5' } } }, true],
    [{ compare: { 'ctx.payload.n': { eq: '{{ctx.payload.d}}' } } }, true],
    [{ compare: { 'ctx.payload.s': { gt: 'abb' } } }, true],
    [{ compare: { 'ctx.payload.s': { gt: 5 } } }, false],
    [{ compare: { 'ctx.payload.t': { lt: '<{now-30s}>' } } }, true],
    [{ compare: { 'ctx.payload.t': { gt: '<{now-30s}>' } } }, false],
    [{ compare: { 'ctx.payload.none': { eq: null } } }, true],
    [{ compare: { 'ctx.payload.absent.far': { gt: 1 } } }, false],
    [{ compare: { 'ctx.payload.list.1.v': { eq: 3 } } }, true],
    [{ array_compare: { 'ctx.payload.list': { path: 'v', gte: { value: 3 } } } }, true],
    [{ array_compare: { 'ctx.payload.list': { path: 'v', gte: { value: 3, quantifier: 'all' } } } }, false],
    [{ array_compare: { 'ctx.payload.empty': { path: 'v', gte: { value: 3, quantifier: 'some' } } } }, false],
  ])('%j is %s', async (condition, met) => {
    await using system = await start()
    const definition = watch({ input: { simple: payload }, condition, actions: {} })
    const { record } = await system.watcher.execute(undefined, {}, definition)
    expect((record['result'] as { condition: unknown }).condition).toMatchObject({ met })
  })

  test('a script must return true or false', async () => {
    await using system = await start()
    const definition = watch({ input: { simple: {} }, condition: { script: 'null' } })
    const { record, state } = await system.watcher.execute(undefined, {}, definition)
    expect([state, record['messages']]).toEqual([
      'failed',
      ['failed to execute watch condition', 'the script of a condition must return true or false, got null'],
    ])
  })
})

describe('inputs and transforms', () => {
  test('search: types, extract, templates in the body, options', async () => {
    await using system = await start()
    await system.index('events-1', { kind: 'scan', type: 'tcpdump', n: 1 }, { kind: 'scan', type: 'other', n: 2 })
    const request = {
      search_type: 'query_then_fetch',
      indices: 'events-*,absent-*',
      types: 'tcpdump',
      indices_options: { allow_no_indices: true, ignore_unavailable: true, expand_wildcards: 'open' },
      body: {
        query: { range: { n: { lte: '{{ctx.metadata.limit}}' } } },
        aggs: { by: { terms: { field: 'kind.keyword' } } },
      },
    }
    const input = { search: { request, extract: ['hits.total', 'hits.hits._source.n', 'aggregations.by.buckets.key'] } }
    const definition = watch({ input, metadata: { limit: 5 }, condition: { always: {} }, actions: {} })
    const { record } = await system.watcher.execute(undefined, {}, definition)
    expect(JSON.parse(stringifyJson((record['result'] as ValueObject)['input']))).toMatchObject({
      status: 'success',
      payload: {
        hits: { total: 1, hits: [{ _source: { n: 1 } }] },
        aggregations: { by: { buckets: [{ key: 'scan' }] } },
      },
      search: {
        request: {
          indices: ['events-*,absent-*'],
          types: ['tcpdump'],
          body: { query: { range: { n: { lte: '5' } } } },
        },
      },
    })
  })

  test('chain: each input sees those before it; transforms follow one another', async () => {
    await using system = await start()
    await system.index('events-1', { kind: 'scan', n: 1 }, { kind: 'login', n: 2 })
    const body = { query: { match: { kind: '{{ctx.payload.first.kind}}' } } }
    const inputs = [
      { first: { simple: { kind: 'login' } } },
      { second: { search: { request: { indices: ['events-1'], body } } } },
    ]
    const transform = { chain: [{ script: 'second' }, { script: { source: 'hits' } }, { script: { source: 'total' } }] }
    const definition = watch({ input: { chain: { inputs } }, condition: { always: {} }, transform, actions: {} })
    const { record } = await system.watcher.execute(undefined, {}, definition)
    expect((record['result'] as ValueObject)['transform']).toMatchObject({ payload: { _value: 1 } })
  })
})
