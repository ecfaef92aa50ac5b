import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock, type Clock } from '../src/clock/index.ts'
import type { Logger } from '../src/diagnostic/index.ts'
import type { Event } from '../src/event/index.ts'
import { CODECS } from '../src/pipeline/plugins/codecs/index.ts'
import type {
  Batch,
  Codec,
  CodecSpec,
  EcsCompatibility,
  Input,
  InputContext,
  InputSpec,
  Output,
  OutputContext,
  OutputSpec,
  PluginContext,
} from '../src/pipeline/plugins/define.ts'
import { LocalBus } from '../src/pipeline/runtime/pipeline-bus.ts'
import type { BulkItem, BulkOperation, BulkWriter } from '../src/search/index.ts'
import type { OptionSchema, Raw } from '../src/settings/index.ts'

/** A folder that goes away at the end of its block. */
export function temporaryFolder(): { path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'vedetta-plugin-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

/** What a plugin said: its notices and its log lines, and the events it gave up. */
export interface Said {
  readonly notices: string[]
  readonly log: string[]
  readonly deadLetters: { event: Event; reason: string }[]
}

export interface FixtureOptions {
  readonly ecs?: EcsCompatibility
  readonly clock?: Clock
  readonly dataPath?: string
  readonly defaultHost?: string
  readonly codec?: Codec
  readonly store?: BulkWriter
  readonly isStoreAddress?: (host: string) => boolean
  /** What a codec says goes here. */
  readonly said?: Said
}

/** Reads raw options as a configuration would give them; `spec`'s own aliases are understood. */
export function readOptions(schema: OptionSchema, raw: Readonly<Record<string, Raw>>): never {
  const values: Record<string, unknown> = {}
  for (const [name, spec] of Object.entries(schema)) {
    const given = [name, ...(spec.aliases ?? [])].find((one) => one in raw)
    if (given === undefined) {
      values[name] = spec.default
      continue
    }
    const read = spec.type.read(raw[given]!)
    if (!read.ok) throw new TypeError(`'${given}' must be ${read.expected}`)
    values[name] = read.value
  }
  return values as never
}

function contextOf(options: FixtureOptions, said: Said): PluginContext {
  const note = (level: string) => (_fields: object, message: string) => void said.log.push(`${level}: ${message}`)
  const logger: Logger = {
    error: note('error'),
    warn: note('warn'),
    info: note('info'),
    debug() {},
    child: () => logger,
  }
  return {
    pipelineId: 'main',
    pluginId: 'test',
    ecs: options.ecs ?? 'disabled',
    clock: options.clock ?? systemClock,
    logger,
    dataPath: options.dataPath ?? '/nonexistent',
    notice: (message) => void said.notices.push(message),
  }
}

export function makeCodec(name: string, raw: Readonly<Record<string, Raw>> = {}, options: FixtureOptions = {}): Codec {
  const spec = CODECS.find((one) => one.name === name) as CodecSpec
  return spec.create(readOptions(spec.options, raw), contextOf(options, options.said ?? emptySaid()))
}

/** An input that runs: what it emitted is in `events`, and `acks` are its batches' acknowledgements. */
export class RunningInput implements AsyncDisposable {
  readonly events: Event[] = []
  readonly acks: (() => void)[] = []
  readonly said = emptySaid()
  readonly input: Input
  /** Batches wait here while it is set. */
  hold: Promise<void> | undefined

  constructor(spec: InputSpec, raw: Readonly<Record<string, Raw>>, options: FixtureOptions = {}) {
    const context: InputContext = {
      ...contextOf(options, this.said),
      codec: options.codec ?? makeCodec(spec.defaultCodec, {}, options),
      codecGiven: options.codec !== undefined,
      codecNamed: (name) => (CODECS.some((one) => one.name === name) ? makeCodec(name, {}, options) : undefined),
      defaultHost: options.defaultHost,
      decorate: (event) => void event,
      bus: new LocalBus(),
    }
    this.input = spec.create(readOptions(spec.options, raw), context)
  }

  start(): Promise<void> {
    return this.input.start(async (batch: Batch) => {
      this.events.push(...batch.events)
      if (batch.ack !== undefined) this.acks.push(batch.ack)
      await this.hold
    })
  }

  get messages(): unknown[] {
    return this.events.map((event) => event.data['message'])
  }

  /** Waits until so many events came, for at most a minute. */
  async until(count: number): Promise<void> {
    for (const end = systemClock.monotonic() + 60_000; this.events.length < count;) {
      if (systemClock.monotonic() > end) throw new Error(`${this.events.length} events came, not ${count}`)
      await systemClock.sleep(5)
    }
  }

  /** Acknowledges what is still owed: some inputs wait for that when they stop. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const ack of this.acks.splice(0)) ack()
    await this.input.stop()
  }
}

export function makeOutput(
  spec: OutputSpec,
  raw: Readonly<Record<string, Raw>>,
  options: FixtureOptions = {},
): { output: Output; said: Said } {
  const said = emptySaid()
  const context: OutputContext = {
    ...contextOf(options, said),
    codec: options.codec ?? makeCodec(spec.defaultCodec, {}, options),
    store: options.store ?? new MemoryStore(),
    bus: new LocalBus(),
    isStoreAddress: options.isStoreAddress ?? (() => false),
    deadLetter: (event, reason) => void said.deadLetters.push({ event, reason }),
  }
  return { output: spec.create(readOptions(spec.options, raw), context), said }
}

/** Keeps what it is given; `answer` may refuse operations. */
export class MemoryStore implements BulkWriter {
  readonly operations: BulkOperation[] = []
  readonly templates: string[] = []
  answer: (operation: BulkOperation) => Partial<BulkItem> = () => ({})

  async bulk(operations: readonly BulkOperation[]): Promise<BulkItem[]> {
    this.operations.push(...operations)
    return operations.map((operation) => ({
      action: operation.action,
      index: operation.index,
      id: operation.id ?? 'generated',
      status: 201,
      ...this.answer(operation),
    }))
  }

  async putTemplate(name: string): Promise<void> {
    this.templates.push(name)
  }
}

/** A certificate authority with a server's and a client's certificate, made by openssl for this run. */
export function makeCertificates(folder: string): {
  ca: string
  cert: string
  key: string
  clientCert: string
  clientKey: string
} {
  const at = (name: string): string => join(folder, name)
  const openssl = (...args: string[]): void => void execFileSync('openssl', args, { stdio: 'pipe' })
  openssl(
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '2',
    '-subj',
    '/CN=Test CA',
    '-keyout',
    at('ca.key'),
    '-out',
    at('ca.pem'),
  )
  for (const [name, subject] of [
    ['server', '/CN=localhost'],
    ['client', '/CN=sensor/O=Vedetta'],
  ] as const) {
    openssl(
      'req',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-subj',
      subject,
      '-keyout',
      at(`${name}.key`),
      '-out',
      at(`${name}.csr`),
      '-addext',
      'subjectAltName=DNS:localhost,IP:127.0.0.1',
    )
    openssl(
      'x509',
      '-req',
      '-in',
      at(`${name}.csr`),
      '-CA',
      at('ca.pem'),
      '-CAkey',
      at('ca.key'),
      '-CAcreateserial',
      '-days',
      '2',
      '-copy_extensions',
      'copy',
      '-out',
      at(`${name}.pem`),
    )
  }
  return {
    ca: at('ca.pem'),
    cert: at('server.pem'),
    key: at('server.key'),
    clientCert: at('client.pem'),
    clientKey: at('client.key'),
  }
}

function emptySaid(): Said {
  return { notices: [], log: [], deadLetters: [] }
}
