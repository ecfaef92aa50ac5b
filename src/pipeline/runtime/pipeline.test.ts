import { describe, expect, test } from 'vitest'
import { pipelineServices } from '../../../test/pipeline-fixture.ts'
import { ManualClock } from '../../clock/index.ts'
import { Event, newObject } from '../../event/index.ts'
import { option, type as types } from '../../settings/index.ts'
import { defineCodec, defineFilter, defineInput, defineOutput, type Batch, type Filter } from '../plugins/define.ts'
import type { ResolvedConfiguration, ResolvedPlugin, ResolvedStatement } from '../language/index.ts'
import { parseConfiguration } from '../language/index.ts'
import { Pipeline } from './pipeline.ts'

const clock = new ManualClock()
const source = { name: 'test.conf', text: 'x { }' }
const span = { source, start: 0, end: 1 }

const services = pipelineServices({ clock })

const codec = {
  spec: defineCodec({
    name: 'none',
    summary: '',
    options: {},
    examples: [],
    create: () => ({ name: 'none', decoder: () => ({ decode: () => [], flush: () => [] }), encode: () => '' }),
  }),
  options: {},
}

function plugin<S>(spec: S, common: Record<string, unknown> = {}): ResolvedPlugin<S> {
  const values: unknown = { add_field: new Map(), add_tag: [], remove_field: [], remove_tag: [], tags: [], ...common }
  return {
    node: 'plugin',
    spec,
    options: {},
    common: values as ResolvedPlugin<S>['common'],
    codec,
    span,
    extent: span,
  }
}

/** An input that the test feeds, and that ends when it says so. */
class Source {
  emit: (batch: Batch) => Promise<void> = async () => {}
  stopped = false
  end: () => void = () => {}
  readonly plugin = plugin(
    defineInput({
      name: 'source',
      summary: '',
      defaultCodec: 'none',
      options: {},
      examples: [],
      create: () => ({
        ended: new Promise<void>((resolve) => {
          this.end = resolve
        }),
        start: async (emit) => {
          this.emit = emit
        },
        stop: async () => {
          this.stopped = true
        },
      }),
    }),
  )
}

/** An output that holds every batch until the test lets it go. */
class Sink {
  readonly batches: string[][] = []
  readonly held: { resolve: () => void; reject: (error: Error) => void }[] = []
  closed = false
  readonly plugin: ResolvedPlugin<ReturnType<typeof defineOutput>>

  constructor({ hold = false, concurrency = 1 } = {}) {
    this.plugin = plugin(
      defineOutput({
        name: 'sink',
        summary: '',
        defaultCodec: 'none',
        options: {},
        examples: [],
        create: () => ({
          concurrency,
          write: (batch) => {
            this.batches.push(batch.map((event) => String(event.data['n'])))
            if (!hold) return Promise.resolve()
            return new Promise((resolve, reject) => this.held.push({ resolve, reject }))
          },
          close: async () => {
            this.closed = true
            for (const { reject } of this.held) reject(new Error('closed'))
          },
        }),
      }),
    )
  }

  get all(): string[] {
    return this.batches.flat()
  }
}

function filter(
  make: (event: Event) => Event[],
  rest: Partial<Filter> = {},
  common = {},
): ResolvedPlugin<ReturnType<typeof defineFilter>> {
  return plugin(
    defineFilter({
      name: 'test',
      summary: '',
      options: { unused: option(types.string, { describe: '' }) },
      examples: [],
      create: () => ({ filter: (batch) => batch.flatMap(make), ...rest }),
    }),
    common,
  )
}

function branch<S>(
  text: string,
  bodies: ResolvedStatement<S>[][],
  otherwise: ResolvedStatement<S>[] = [],
): ResolvedStatement<S> {
  const chain = text
    .split('|')
    .map((one) => `if ${one} { }`)
    .join(' else ')
  const where = { name: 'test.conf', text: `filter { ${chain} }` }
  const parsed = parseConfiguration(where).sections[0]!.body[0]!
  if (parsed.node !== 'branch') throw new Error('not a branch')
  return {
    node: 'branch',
    cases: parsed.cases.map(({ condition }, index) => ({ condition, body: bodies[index]! })),
    otherwise,
    source: where,
  }
}

function numbered(from: number, count: number): Event[] {
  return Array.from({ length: count }, (_, i) => {
    const fields = newObject()
    fields['n'] = from + i
    fields['odd'] = (from + i) % 2 === 1
    return Event.at(0, fields)
  })
}

async function settled(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve))
}

async function startPipeline(configuration: Partial<ResolvedConfiguration>): Promise<Pipeline> {
  const pipeline = new Pipeline('main', { inputs: [], filters: [], outputs: [], ...configuration }, services)
  await pipeline.start()
  return pipeline
}

describe('order', () => {
  test('conditions, drops and additions leave the events in their order', async () => {
    const [input, sink] = [new Source(), new Sink()]
    const twice = filter((event) => [event, ...numbered(Number(event.data['n']) + 0.5, 1)])
    const drop = filter((event) => (Number(event.data['n']) % 3 === 0 ? [] : [event]))
    const pipeline = await startPipeline({
      inputs: [input.plugin],
      filters: [branch('[n] < 2|[odd]', [[twice], [drop]], [filter((event) => [event])])],
      outputs: [sink.plugin],
    })
    await input.emit({ events: numbered(0, 8) })
    input.end()
    await pipeline.ended
    expect(sink.all).toEqual(['0', '0.5', '1', '1.5', '2', '4', '5', '6', '7'])
    expect(pipeline.counts).toEqual({ in: 8, filtered: 9, out: 9 })
  })

  test('a filter that waits keeps the order, and cancelled events reach no output', async () => {
    const [input, sink] = [new Source(), new Sink()]
    const slow = plugin(
      defineFilter({
        name: 'slow',
        summary: '',
        options: {},
        examples: [],
        create: () => ({
          async filter(batch) {
            await settled()
            batch[0]!.cancelled = true
            return batch
          },
        }),
      }),
    )
    const pipeline = await startPipeline({
      inputs: [input.plugin],
      filters: [branch('[odd]', [[slow]])],
      outputs: [sink.plugin],
    })
    await input.emit({ events: numbered(0, 3) })
    await input.emit({ events: numbered(3, 2) })
    input.end()
    await pipeline.ended
    expect(sink.all).toEqual(['0', '2', '4'])
  })

  test('an output gets batches of at most 500 events one after the other, another several at once', async () => {
    const [input, one, many] = [new Source(), new Sink({ hold: true }), new Sink({ hold: true, concurrency: 3 })]
    const pipeline = await startPipeline({ inputs: [input.plugin], outputs: [one.plugin, many.plugin] })
    await input.emit({ events: numbered(0, 1700) })
    await settled()
    expect([one.batches.length, many.batches.length]).toEqual([1, 3])
    expect(many.batches.map((batch) => batch.length)).toEqual([500, 500, 500])
    while (one.batches.length < 4 || many.batches.length < 4) {
      for (const { resolve } of [...one.held.splice(0), ...many.held.splice(0)]) resolve()
      await settled()
    }
    for (const { resolve } of [...one.held, ...many.held]) resolve()
    input.end()
    await pipeline.ended
    expect(one.all).toEqual(numbered(0, 1700).map((event) => String(event.data['n'])))
    expect(many.all).toEqual(one.all)
  })
})

describe('acknowledgement', () => {
  test('comes once, when the last piece of a large batch is written at every output', async () => {
    const [input, sink] = [new Source(), new Sink({ hold: true, concurrency: 8 })]
    const pipeline = await startPipeline({ inputs: [input.plugin], outputs: [sink.plugin, new Sink().plugin] })
    let acks = 0
    await input.emit({ events: numbered(0, 1200), ack: () => acks++ })
    await settled()
    expect(sink.held).toHaveLength(3)
    sink.held[2]!.resolve()
    sink.held[0]!.resolve()
    await settled()
    expect(acks).toBe(0)
    sink.held[1]!.resolve()
    await settled()
    expect(acks).toBe(1)
    await pipeline.stop()
  })

  test('comes for a batch that is empty or was dropped', async () => {
    const input = new Source()
    const pipeline = await startPipeline({ inputs: [input.plugin], filters: [filter(() => [])] })
    let acks = 0
    await input.emit({ events: [], ack: () => acks++ })
    await input.emit({ events: numbered(0, 3), ack: () => acks++ })
    await settled()
    expect(acks).toBe(2)
    await pipeline.stop()
  })

  test('does not come where an output fails; the pipeline stops its inputs and says why', async () => {
    const [input, sink] = [new Source(), new Sink({ hold: true })]
    const pipeline = await startPipeline({ inputs: [input.plugin], outputs: [sink.plugin] })
    let acks = 0
    await input.emit({ events: numbered(0, 3), ack: () => acks++ })
    await settled()
    sink.held[0]!.reject(new Error('disk on fire'))
    await expect(pipeline.ended).rejects.toThrow('disk on fire')
    expect([acks, input.stopped, sink.closed]).toEqual([0, true, true])
    await input.emit({ events: numbered(0, 3), ack: () => acks++ })
    expect(acks).toBe(0)
  })
})

describe('back-pressure', () => {
  test('an input waits while 1,000 events are queued behind outputs that take none', async () => {
    const [input, sink] = [new Source(), new Sink({ hold: true, concurrency: 8 })]
    const pipeline = await startPipeline({ inputs: [input.plugin], outputs: [sink.plugin] })
    let taken = 0
    const feed = (async () => {
      for (; taken < 40; taken++) await input.emit({ events: numbered(taken * 500, 500) })
    })()
    await settled()
    const before = taken
    expect(before).toBeGreaterThanOrEqual(5)
    expect(before).toBeLessThan(10)
    await settled()
    expect(taken).toBe(before)
    sink.held.shift()!.resolve()
    await settled()
    expect(taken).toBe(before + 1)
    const release = (async () => {
      while (sink.all.length < 20_000 || sink.held.length > 0) {
        sink.held.shift()?.resolve()
        await new Promise((resolve) => setImmediate(resolve))
      }
    })()
    await feed
    input.end()
    await release
    await pipeline.ended
    expect(sink.all).toHaveLength(20_000)
  })
})

describe('stop', () => {
  test('lets what was read go through', async () => {
    const [input, sink] = [new Source(), new Sink()]
    const pipeline = await startPipeline({ inputs: [input.plugin], outputs: [sink.plugin] })
    void input.emit({ events: numbered(0, 3000) })
    await pipeline.stop()
    expect([sink.all.length, sink.closed, input.stopped]).toEqual([3000, true, true])
  })

  test('before the start, or where an output cannot start, closes the plugins', async () => {
    const [sink, other] = [new Sink(), new Sink()]
    const configuration = { inputs: [new Source().plugin], filters: [], outputs: [sink.plugin] }
    await new Pipeline('main', configuration, services).stop()
    const refusing = plugin(
      defineOutput({
        name: 'refusing',
        summary: '',
        defaultCodec: 'none',
        options: {},
        examples: [],
        create: () => ({ start: () => Promise.reject(new Error('no such disk')), write: async () => {} }),
      }),
    )
    await expect(startPipeline({ outputs: [other.plugin, refusing] })).rejects.toThrow('no such disk')
    expect([sink.closed, other.closed]).toEqual([true, true])
  })

  test('gives up after its time what an output does not take, without acknowledging it', async () => {
    const [input, sink] = [new Source(), new Sink({ hold: true })]
    const pipeline = await startPipeline({ inputs: [input.plugin], outputs: [sink.plugin] })
    let acks = 0
    await input.emit({ events: numbered(0, 3), ack: () => acks++ })
    await settled()
    const stopped = pipeline.stop(10_000)
    await clock.advance(10_000)
    await stopped
    expect([acks, sink.closed]).toEqual([0, true])
  })
})

describe('flush', () => {
  test('what a filter held back runs through what follows it, also behind its branch: every five seconds and at the end', async () => {
    const [input, sink] = [new Source(), new Sink()]
    let held: Event[] = []
    const hold = filter(
      (event) => {
        held.push(event)
        return []
      },
      {
        flush() {
          const events = held
          held = []
          return events
        },
      },
      { periodic_flush: true },
    )
    const mark = (name: string): ReturnType<typeof filter> =>
      filter((event) => {
        event.data['n'] = `${String(event.data['n'])}${name}`
        return [event]
      })
    const pipeline = await startPipeline({
      inputs: [input.plugin],
      filters: [mark('a'), branch('[odd]', [[mark('b'), hold, mark('c')]]), mark('d')],
      outputs: [sink.plugin],
    })
    await input.emit({ events: numbered(0, 2) })
    await settled()
    expect(sink.all).toEqual(['0ad'])
    await clock.advance(5_000)
    await settled()
    expect(sink.all).toEqual(['0ad', '1abcd'])
    await input.emit({ events: numbered(3, 1) })
    input.end()
    await pipeline.ended
    expect(sink.all).toEqual(['0ad', '1abcd', '3abcd'])
  })
})

describe('defects', () => {
  test('a filter that throws costs no event: they go on with a tag', async () => {
    const [input, sink] = [new Source(), new Sink()]
    const bad = filter(() => {
      throw new Error('a defect')
    })
    const events = numbered(0, 2)
    const pipeline = await startPipeline({ inputs: [input.plugin], filters: [bad], outputs: [sink.plugin] })
    await input.emit({ events })
    input.end()
    await pipeline.ended
    expect(sink.all).toEqual(['0', '1'])
    expect(events[0]!.data['tags']).toEqual(['_filtererror'])
  })

  test('a regular expression of a condition that backtracks without end costs its event a tag, not the pipeline', async () => {
    const [input, sink] = [new Source(), new Sink()]
    const events = numbered(0, 3)
    events[1]!.data['text'] = `${'a'.repeat(40)}!`
    const pipeline = await startPipeline({
      inputs: [input.plugin],
      filters: [branch('[text] =~ /^(a+)+$/', [[filter(() => [])]])],
      outputs: [sink.plugin],
    })
    await input.emit({ events })
    input.end()
    await pipeline.ended
    expect(sink.all).toEqual(['0', '1', '2'])
    expect(events.map((event) => event.data['tags'])).toEqual([undefined, ['_conditiontimeout'], undefined])
  })

  test('everything that plugins refuse is said at once, with its place', () => {
    const refuse = plugin(
      defineFilter({
        name: 'refuse',
        summary: '',
        options: {},
        examples: [],
        create: () => {
          throw new RangeError('no such thing')
        },
      }),
    )
    expect(() => new Pipeline('main', { inputs: [], filters: [refuse, refuse], outputs: [] }, services)).toThrow(
      'test.conf:1:1: filter "refuse" cannot be made: no such thing\ntest.conf:1:1: filter "refuse" cannot be made: no such thing',
    )
  })
})
