import { createServer, connect } from 'node:net'
import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { spawnHere } from '../../../test/pipeline-fixture.ts'
import { freePort } from '../../../test/free-port.ts'
import { systemClock } from '../../clock/index.ts'
import { nullLogger, type Logger } from '../../diagnostic/index.ts'
import { stringifyJson, Timestamp, type Event } from '../../event/index.ts'
import type { BulkItem, BulkOperation } from '../plugins/define.ts'
import { HostedPipeline } from './hosted-pipeline.ts'
import { startPipelines } from './running.ts'
import type { PipelineServices } from './services.ts'
import { packItems, packOperations, unpackItems, unpackOperations } from './thread-messages.ts'

/** The thread's part behind a real port, in this process: what crosses is cloned as between threads. */
class Recorder {
  readonly operations: BulkOperation[] = []
  readonly templates: string[] = []
  readonly notices: string[] = []
  readonly letters: { id: string; event: Event; reason: string }[] = []
  readonly logs: string[] = []
  fail: string | undefined
  readonly services: PipelineServices

  constructor(extra: Partial<PipelineServices> = {}) {
    const logger: Logger = {
      ...nullLogger,
      warn: (_fields, message) => this.logs.push(message),
      error: (_fields, message) => this.logs.push(message),
      child: () => logger,
    }
    this.services = {
      store: {
        bulk: async (operations) => {
          if (this.fail !== undefined) {
            const reason = this.fail
            this.fail = undefined
            throw new Error(reason)
          }
          this.operations.push(...operations)
          return operations.map((operation, at): BulkItem =>
            operation.source?.includes('refuse me') === true
              ? {
                  action: operation.action,
                  index: operation.index,
                  id: `id${at}`,
                  status: 400,
                  error: { type: 'mapper_parsing_exception', reason: 'no such shape' },
                }
              : { action: operation.action, index: operation.index, id: `id${at}`, status: 201, result: 'created' },
          )
        },
        putTemplate: async (name) => void this.templates.push(name),
      },
      clock: systemClock,
      logger,
      dataPath: '.',
      patternPaths: [],
      ecs: 'disabled',
      inputsHost: undefined,
      storeAddresses: ['es-server:9200'],
      notice: (message) => this.notices.push(message),
      deadLetter: (id, event, reason) => this.letters.push({ id, event, reason }),
      ...extra,
    }
  }
}

function define(text: string, id = 'main'): { id: string; sources: { name: string; text: string }[] } {
  return { id, sources: [{ name: `${id}.conf`, text }] }
}

describe('a pipeline in a thread', () => {
  test('writes into the store of the process, and sends its refused events to the dead letters there', async () => {
    const recorder = new Recorder()
    const definition = define(`
      input { generator { lines => ["one", "refuse me"] count => 1 add_field => { "from" => "\${WHERE}" } } }
      output { elasticsearch { hosts => "es-server:9200" index => "x-%{message}" user => "u" password => "p" } }`)
    const pipeline = new HostedPipeline(definition, recorder.services, (name) => ({ WHERE: 'here' })[name], spawnHere)
    await pipeline.make()
    await pipeline.start()
    await pipeline.ended
    expect(recorder.operations.map(({ index }) => index)).toEqual(['x-one', 'x-refuse me'])
    expect(JSON.parse(recorder.operations[0]!.source!)).toMatchObject({ message: 'one', from: 'here' })
    expect(recorder.letters).toHaveLength(1)
    const { id, event, reason } = recorder.letters[0]!
    expect([id, event.data['message']]).toEqual(['main', 'refuse me'])
    expect(event.timestamp).toBeInstanceOf(Timestamp)
    expect(stringifyJson(event.data)).toContain('"from":"here"')
    expect(reason).toContain('no such shape')
    expect(recorder.notices.join()).toMatch(/'user', 'password' are not used/)
  })

  test('repeats what the store could not take', async () => {
    const recorder = new Recorder()
    recorder.fail = 'disk full'
    const text = `
      input { generator { lines => ["one"] count => 1 } }
      output { elasticsearch { index => "x" manage_template => false retry_initial_interval => 1 } }`
    const running = await startPipelines([define(text)], recorder.services, () => undefined, {
      threads: true,
      spawn: spawnHere,
    })
    await running.ended
    expect(running.failures).toEqual([])
    expect(recorder.operations).toHaveLength(1)
    expect(recorder.logs.join()).toContain('disk full')
  })

  test('says before anything starts what plugins of every pipeline refuse, each in its file', async () => {
    const bad = (id: string): ReturnType<typeof define> =>
      define('output { elasticsearch { index => "x" action => "update" } }', id)
    await expect(
      startPipelines([bad('one'), bad('two')], new Recorder().services, () => undefined, {
        threads: true,
        spawn: spawnHere,
      }),
    ).rejects.toThrow(
      "one.conf:1:10: 'action => \"update\"' needs 'document_id'\ntwo.conf:1:10: 'action => \"update\"' needs 'document_id'",
    )
  })

  test('that cannot bind its port stops the others again', async () => {
    const [taken, free] = [await freePort(), await freePort()]
    const holder = createServer().listen(taken, '127.0.0.1')
    await once(holder, 'listening')
    const definitions = [
      define(`input { tcp { port => ${free} } } output { null { } }`, 'one'),
      define(`input { tcp { port => ${taken} } } output { null { } }`, 'two'),
      define('input { generator { } } output { null { } }', 'three'),
    ]
    for (const threads of [true, false]) {
      const started = startPipelines(definitions, new Recorder().services, () => undefined, {
        threads,
        spawn: spawnHere,
      })
      await expect(started).rejects.toThrow(/the port is in use/)
      await expect(once(connect(free, '127.0.0.1'), 'connect')).rejects.toThrow(/ECONNREFUSED/)
    }
    holder.close()
  })

  test('that has nothing wrong is not started, and does not stay, where another one has', async () => {
    const port = await freePort()
    const good = define(`input { tcp { port => ${port} } } output { null { } }`, 'good')
    const bad = define('output { elasticsearch { index => "x" action => "update" } }', 'bad')
    for (const threads of [true, false]) {
      const started = startPipelines([good, bad], new Recorder().services, () => undefined, {
        threads,
        spawn: spawnHere,
      })
      await expect(started).rejects.toThrow(/needs 'document_id'/)
      await expect(once(connect(port, '127.0.0.1'), 'connect')).rejects.toThrow(/ECONNREFUSED/)
    }
  })

  test('drains when it is stopped', async () => {
    const recorder = new Recorder()
    const port = await freePort()
    const text = `input { tcp { port => ${port} type => "t" } }
      filter { if [message] == "d" { drop { id => "unwanted" } } }
      output { elasticsearch { index => "x" } }`
    const running = await startPipelines([define(text)], recorder.services, () => undefined, {
      threads: true,
      spawn: spawnHere,
    })
    expect(running.inputs).toEqual([{ pipeline: 'main', plugin: 'tcp', type: 't', host: '127.0.0.1', port }])
    const socket = connect(port, '127.0.0.1')
    socket.end('a\nb\nc\nd')
    await once(socket, 'close')
    await running.stop()
    await running.ended
    expect(recorder.operations.map(({ source }) => (JSON.parse(source!) as { message: string }).message)).toEqual([
      'a',
      'b',
      'c',
    ])
    expect(running.failures).toEqual([])
    expect(running.status()).toMatchObject([{ id: 'main', state: 'ended', in: 4, out: 3, queued: 0 }])
    const filter = { id: 'unwanted', name: 'drop', place: 'main.conf:2', in: 1, out: 0 }
    expect(running.status()[0]!.filters).toMatchObject([filter])
  })
})

test('operations and outcomes cross unchanged', () => {
  const operations: BulkOperation[] = [
    { action: 'index', index: 'a', id: undefined, source: '{"n":1}' },
    { action: 'index', index: 'a', id: 'x', source: '{"n":2}' },
    { action: 'index', index: 'a', id: '', source: '{"s":"é\u{1f600}"}' },
    { action: 'index', index: 'a', id: undefined, source: '{"n":3}' },
    { action: 'index', index: 'b', id: undefined, source: '{}' },
    { action: 'index', index: 'b', routing: 'r', source: '{}' },
    { action: 'delete', index: 'b', id: 'y', source: undefined },
  ]
  const runs = packOperations(operations)
  expect(runs).toHaveLength(6)
  expect(unpackOperations(structuredClone(runs))).toEqual(operations)
  const items: BulkItem[] = [
    { action: 'index', index: 'a', id: '1', status: 201, result: 'created' },
    { action: 'index', index: 'a', id: 'x', status: 200, result: 'updated', version: 2 },
    { action: 'index', index: 'a', id: 'ünï', status: 201, result: 'created' },
    { action: 'index', index: 'a', id: '', status: 201, result: 'created' },
    { action: 'index', index: 'b-000002', id: '3', status: 201, result: 'created' },
    { action: 'index', index: 'b', id: '4', status: 429, error: { type: 't', reason: 'r' } },
    { action: 'delete', index: 'b', id: 'y', status: 404, result: 'not_found' },
  ]
  const packed = packItems(operations, items)
  expect(packed.others).toHaveLength(4)
  expect(unpackItems(operations, structuredClone(packed))).toEqual(items)
})
