import type { Clock } from '../../clock/index.ts'
import type { Logger } from '../../diagnostic/index.ts'
import type { Event } from '../../event/index.ts'
import type { BulkItem, BulkOperation, BulkWriter } from '../../search/index.ts'
import type { OptionSchema, OptionsOf } from '../../settings/index.ts'
import type { Peer } from './peer.ts'

export type { BulkItem, BulkOperation, BulkWriter }

/** `disabled` is the names of Logstash 7 and before, `v1` and `v8` are ECS. */
export type EcsCompatibility = 'disabled' | 'v1' | 'v8'

/** What every plugin is given when it is made. */
export interface PluginContext {
  readonly pipelineId: string
  /** The `id` option, or one made from the plugin's name and place. */
  readonly pluginId: string
  readonly ecs: EcsCompatibility
  readonly clock: Clock
  readonly logger: Logger
  /** `path.data`, below which a plugin keeps its own state under its kind and name. */
  readonly dataPath: string
  /** Reports something the user should know at start and in `check`, such as a narrowed listener. */
  notice(message: string): void
}

/** An example in a plugin's spec: documentation and test at once. */
export interface FilterExample {
  readonly title: string
  /** The plugin's body as it is written in a configuration: `match => { "message" => "%{IP:ip}" }`. */
  readonly config: string
  readonly in: Readonly<Record<string, unknown>>
  /** The event after, without `@timestamp` and `@version` unless given; null where it is dropped; a list where it is split. */
  readonly out: Readonly<Record<string, unknown>> | null | readonly Readonly<Record<string, unknown>>[]
  /** What it needs from outside, such as a server or a file: it is then checked as a configuration, not run. */
  readonly needs?: string
}

/**
 * Shapes events.
 *
 * - `filter` takes a batch and returns the batch that goes on, in order; it may change the events in place,
 *   drop, add or wait. It never throws for a bad event: it tags it.
 * - `flush` is called every five seconds where the plugin has `periodic_flush` or is itself `periodic`, and once with
 *   `final` before the end.
 * - `close` is called once, after the last `filter`.
 */
export interface Filter {
  filter(batch: Event[]): Event[] | Promise<Event[]>
  flush?(final: boolean): Event[] | Promise<Event[]>
  readonly periodic?: boolean
  close?(): Promise<void> | void
  /** Why it would not succeed on an event, in one sentence, for who tries a pipeline; undefined where it would, or cannot tell. */
  why?(event: Event): string | undefined
}

export interface FilterContext extends PluginContext {
  /** `path.patterns`, read by every grok beside its `patterns_dir`. */
  readonly patternPaths: readonly string[]
  /** To be called for each event the filter succeeded on: applies add_field, remove_field, add_tag, remove_tag. */
  matched(event: Event): void
}

/**
 * Events on their way from an input.
 *
 * - `ack`, where given, is called once, when every event of the batch is durable (the store's commit) or
 *   was dropped on purpose; inputs that can repeat move their position only then.
 * - `lost`, where given, is called once in its place, when the pipeline ends before that.
 */
export interface Batch {
  readonly events: Event[]
  readonly ack?: () => void
  readonly lost?: () => void
}

/** Takes events over: true once they are acknowledged, false where the pipeline ended before they were. */
export type Receive = (events: readonly Event[]) => Promise<boolean>

/** Carries events between the pipelines of a process, by address. */
export interface PipelineBus {
  /** Answers what ends the listening. @throws DiagnosticError where the address has a listener. */
  listen(address: string, receive: Receive): Promise<() => void>
  /** The events belong to the receiver from then on, unless the answer is false. */
  send(address: string, events: readonly Event[]): Promise<boolean>
}

/**
 * Brings events in.
 *
 * - `start` resolves when the input is ready (its port is bound, its files are found) and rejects with a
 *   DiagnosticError where it cannot be (port in use, file not readable).
 * - `emit` resolves when the pipeline has room for more: an input waits for it before it reads on, which is
 *   the back-pressure on its peer.
 * - `ended` resolves when the input has nothing more to give: at the end of stdin, after a generator's count; it
 *   never resolves for a listener.
 * - `stop` stops reading, emits what was already read, then resolves; calling it twice is harmless.
 */
export interface Input {
  readonly ended: Promise<void>
  start(emit: (batch: Batch) => Promise<void>): Promise<void>
  stop(): Promise<void>
}

export interface InputContext extends PluginContext {
  /** Turns bytes into events: the plugin's `codec` option, resolved; one decoder a stream. */
  readonly codec: Codec
  /** Whether the user named a codec; false where it is the plugin's own. */
  readonly codecGiven: boolean
  /** A codec by its name, with its defaults; undefined where there is none. @throws DiagnosticError where it needs options. */
  codecNamed(name: string): Codec | undefined
  /** `inputs.host` where the user set it: the address for listeners without a `host` option. */
  readonly defaultHost: string | undefined
  /** Gives a decoded event the common options: `type`, `tags`, `add_field`. */
  decorate(event: Event): void
  readonly bus: PipelineBus
}

/**
 * Bytes to events. One decoder a stream: it may hold the beginning of an event until the rest comes.
 *
 * - Neither method throws for bad bytes: the event carries them in `message` with a tag.
 */
export interface Decoder {
  decode(chunk: Buffer): Event[]
  /** What is left when the stream ends. */
  flush(): Event[]
  /** How many whole lines it holds back for an event that is not complete; an input that can repeat keeps its position before them. */
  readonly heldLines?: number
}

/** What an input knows of a stream, for the codecs that make use of it. */
export interface Stream {
  /** Who sends it, such as an address: what a codec learns of a sender, such as templates of flows, it keeps under this name. */
  readonly sender?: string
  /** Whether each call of `decode` brings a whole datagram. */
  readonly datagrams?: boolean
  /** Takes events that became complete because nothing came for a while; without it they wait for the next bytes. */
  late?(events: Event[]): void
}

export interface Codec {
  readonly name: string
  /** Whether the configuration says how it writes an event: a `format` comes before what an output would write by itself. */
  readonly formatted?: boolean
  decoder(stream?: Stream): Decoder
  /**
   * The codec that takes this one's place on a stream of bytes, where events end at a line's end:
   * `line` for plain, `json_lines` for json. Absent where the codec finds its own ends. `framing` is given by an
   * input that has its own idea of a line's end, such as file.
   */
  streaming?(framing?: { readonly delimiter: string }): Codec
  /** The bytes or text of one event, with its terminator where the codec has one. */
  encode(event: Event): string | Buffer
}

/**
 * Takes events out.
 *
 * - `start` resolves when the output may be written to; a peer that is down is no error, it is retried.
 * - `write` resolves when every event of the batch is as safe as this output makes it (the store's commit,
 *   the peer's answer, the file's write) or has gone to the dead letters with its reason. It retries
 *   by itself and does not reject for a peer that is away.
 * - `close` is called once, after the last `write`; it aborts a retry that is under way, and `write` then rejects.
 */
export interface Output {
  /** How many writes may be under way at once; 1 unless given. They begin in the order of the events. */
  readonly concurrency?: number
  start?(): Promise<void>
  write(batch: readonly Event[]): Promise<void>
  close?(): Promise<void>
}

export interface OutputContext extends PluginContext {
  readonly codec: Codec
  /** The Store of this process, for the elasticsearch output; absent where pipelines run alone. */
  readonly store: BulkWriter | undefined
  /** True where the address (`host:port`) means the Store: one this process listens on, or one in `store.aliases`. */
  isStoreAddress(host: string): boolean
  /** Keeps an event that its destination refused for good, with the reason. */
  deadLetter(event: Event, reason: string): void
  readonly bus: PipelineBus
}

interface Spec<S extends OptionSchema> {
  /** As it is written in a configuration. */
  readonly name: string
  /** One sentence for the reference. */
  readonly summary: string
  readonly options: S
  /** The servers it speaks to, for `check --connect`; none where an event decides. */
  peers?(options: OptionsOf<S>): readonly Peer[]
}

export interface FilterSpec<S extends OptionSchema = OptionSchema> extends Spec<S> {
  readonly kind: 'filter'
  readonly examples: readonly FilterExample[]
  create(options: OptionsOf<S>, context: FilterContext): Filter
}

export interface InputSpec<S extends OptionSchema = OptionSchema> extends Spec<S> {
  readonly kind: 'input'
  /** The codec where none is given. */
  readonly defaultCodec: string
  readonly examples: readonly string[]
  /** Whether it reads standard input, which is the process's alone: such a pipeline gets no thread of its own. */
  readsStandardInput?(options: OptionsOf<S>): boolean
  create(options: OptionsOf<S>, context: InputContext): Input
}

export interface OutputSpec<S extends OptionSchema = OptionSchema> extends Spec<S> {
  readonly kind: 'output'
  readonly defaultCodec: string
  readonly examples: readonly string[]
  create(options: OptionsOf<S>, context: OutputContext): Output
}

export interface CodecExample {
  readonly title: string
  readonly config: string
  /** The bytes as they come in; each string is a chunk. */
  readonly in: readonly string[]
  readonly out: readonly Readonly<Record<string, unknown>>[]
}

export interface CodecSpec<S extends OptionSchema = OptionSchema> extends Spec<S> {
  readonly kind: 'codec'
  /** It reads only; an output cannot have it. */
  readonly decodesOnly?: true
  readonly examples: readonly CodecExample[]
  create(options: OptionsOf<S>, context: PluginContext): Codec
}

export type PluginSpec = FilterSpec<any> | InputSpec<any> | OutputSpec<any> | CodecSpec<any>

/** Options that the runtime itself handles are declared once, in `common-options.ts`, not by each plugin. */
export function defineFilter<const S extends OptionSchema>(spec: Omit<FilterSpec<S>, 'kind'>): FilterSpec<S> {
  return { kind: 'filter', ...spec }
}

export function defineInput<const S extends OptionSchema>(spec: Omit<InputSpec<S>, 'kind'>): InputSpec<S> {
  return { kind: 'input', ...spec }
}

export function defineOutput<const S extends OptionSchema>(spec: Omit<OutputSpec<S>, 'kind'>): OutputSpec<S> {
  return { kind: 'output', ...spec }
}

export function defineCodec<const S extends OptionSchema>(spec: Omit<CodecSpec<S>, 'kind'>): CodecSpec<S> {
  return { kind: 'codec', ...spec }
}
