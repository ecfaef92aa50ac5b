import type { Timer } from '../../../clock/index.ts'
import type { Event } from '../../../event/index.ts'
import { option, type as types, type OptionsOf } from '../../../settings/index.ts'
import { createGrok, readPatternFolder, runEach, type GrokPattern } from '../../grok/index.ts'
import { defineCodec, type Codec, type Decoder, type PluginContext, type Stream } from '../define.ts'
import { byteSize } from './byte-size.ts'
import { charset } from './charset.ts'
import { eventText } from './event-text.ts'
import { textEvent } from './json-events.ts'
import { ORIGINAL } from './line.ts'
import { LineSplitter } from './line-splitter.ts'
import { sizeLimit } from './size-limit.ts'

const OPTIONS = {
  pattern: option(types.string, {
    describe: 'The grok pattern that decides to which event a line belongs.',
    required: true,
  }),
  what: option(types.oneOf('previous', 'next'), {
    describe: 'Whether a line that matches belongs to the line before it or to the one after it.',
    required: true,
  }),
  negate: option(types.boolean, { describe: 'Lines that do not match count as those that do.', default: false }),
  patterns_dir: option(types.list(types.string), { describe: 'Folders with files of grok patterns.', default: [] }),
  charset,
  multiline_tag: option(types.string, {
    describe: 'Tag of events of more than one line; an empty text sets none.',
    default: 'multiline',
  }),
  max_lines: option(types.number({ integer: true, min: 1 }), {
    describe: 'An event with more lines is given out and tagged `multiline_codec_max_lines_reached`.',
    default: 500,
  }),
  max_bytes: option(byteSize, {
    describe: 'An event of so many bytes is given out and tagged `multiline_codec_max_bytes_reached`.',
    default: 10 * 2 ** 20,
  }),
  auto_flush_interval: option(types.number({ min: 0 }), {
    describe: 'Seconds without a new line after which an event counts as complete; without it, it waits for the next.',
  }),
  delimiter: option(types.string, { describe: 'What ends a line.', default: '\n' }),
  streaming_input: option(types.boolean, {
    describe: 'The input brings pieces of a stream, not whole lines. Inputs that are streams say so themselves.',
    default: false,
  }),
  decode_size_limit_bytes: sizeLimit,
} as const

type MultilineOptions = OptionsOf<typeof OPTIONS>

/** How long a pattern may take on a line. */
const PATTERN_MILLIS = 2000

export const multiline = defineCodec({
  name: 'multiline',
  summary: 'Joins lines to one event: stack traces, continued lines, records that begin with a time.',
  options: OPTIONS,
  examples: [
    {
      title: 'a line that begins with white space belongs to the one before',
      config: 'pattern => "^\\s" what => "previous"',
      in: ['java.lang.Error: x', '\tat a.B.c(B.java:1)', '\tat a.B.d(B.java:2)', 'next'],
      out: [
        { message: 'java.lang.Error: x\n\tat a.B.c(B.java:1)\n\tat a.B.d(B.java:2)', tags: ['multiline'] },
        { message: 'next' },
      ],
    },
    {
      title: 'a line without a time belongs to the one before',
      config: 'pattern => "^%{TIMESTAMP_ISO8601} " negate => true what => "previous"',
      in: ['2026-01-02T03:04:05Z one\nmore\n2026-01-02T03:04:06Z two\n'],
      out: [
        { message: '2026-01-02T03:04:05Z one\nmore', tags: ['multiline'] },
        { message: '2026-01-02T03:04:06Z two' },
      ],
    },
    {
      title: 'a backslash at the end continues on the next line',
      config: "pattern => '\\\\$' what => 'next'",
      in: ['int a = \\', '  1;', 'done;'],
      out: [{ message: 'int a = \\\n  1;', tags: ['multiline'] }, { message: 'done;' }],
    },
  ],
  create(options, context) {
    const patterns = new Map<string, string>()
    const absent = (path: string): void => context.notice(`'patterns_dir' '${path}' does not exist`)
    for (const folder of options.patterns_dir)
      for (const [name, regex] of readPatternFolder(folder, '*', absent)) patterns.set(name, regex)
    const pattern = createGrok({ patterns, ecs: context.ecs }).compile(options.pattern)
    const codec = (streamed: boolean, delimiter: string, keepRest: boolean): Codec => ({
      name: 'multiline',
      decoder: (stream) =>
        new MultilineDecoder({ ...options, delimiter }, pattern, context, { streamed, keepRest }, stream),
      streaming: (framing) => codec(true, framing?.delimiter ?? delimiter, framing !== undefined),
      encode: eventText,
    })
    return codec(options.streaming_input, options.delimiter, false)
  },
})

interface Mode {
  /** Pieces of a stream; otherwise each piece ends with its last line. */
  readonly streamed: boolean
  /** Silence does not complete an unfinished line. */
  readonly keepRest: boolean
}

class MultilineDecoder implements Decoder {
  private readonly options: MultilineOptions
  private readonly pattern: GrokPattern
  private readonly context: PluginContext
  private readonly mode: Mode
  private readonly stream: Stream | undefined
  private readonly splitter: LineSplitter
  private held: string[] = []
  private heldBytes = 0
  private cut = false
  private timer: Timer | undefined
  private lastLine = 0

  constructor(
    options: MultilineOptions,
    pattern: GrokPattern,
    context: PluginContext,
    mode: Mode,
    stream: Stream | undefined,
  ) {
    this.options = options
    this.pattern = pattern
    this.context = context
    this.mode = mode
    this.stream = stream
    this.splitter = new LineSplitter(options.delimiter, options.charset, options.decode_size_limit_bytes)
  }

  get heldLines(): number {
    return this.held.length
  }

  decode(chunk: Buffer): Event[] {
    const events = this.take((sink) => {
      this.splitter.push(chunk, sink)
      if (!this.mode.streamed) this.splitter.flush(sink)
    })
    this.watchSilence()
    return events
  }

  flush(): Event[] {
    this.timer?.cancel()
    this.timer = undefined
    const events = this.take((sink) => this.splitter.flush(sink))
    this.complete(events)
    return events
  }

  private take(feed: (sink: (line: string, cut: boolean) => void) => void): Event[] {
    const lines: string[] = []
    const cuts = new Set<number>()
    feed((line, cut) => {
      if (cut) cuts.add(lines.length)
      lines.push(line)
    })
    if (lines.length === 0) return []
    this.lastLine = this.context.clock.monotonic()
    const matched = this.matchAll(lines)
    const events: Event[] = []
    lines.forEach((line, i) => this.add(line, matched[i]! !== this.options.negate, cuts.has(i), events))
    return events
  }

  private matchAll(lines: readonly string[]): boolean[] {
    const matched: boolean[] = Array.from({ length: lines.length }, () => false)
    runEach(
      lines.length,
      PATTERN_MILLIS,
      (i) => (matched[i] = this.pattern.exec(lines[i]!) !== null),
      (i) =>
        this.context.logger.warn(
          { plugin: 'multiline' },
          `multiline codec: 'pattern' takes too long on a line of ${lines[i]!.length} characters, which counts as not matching`,
        ),
    )
    return matched
  }

  /** `belongs` is the outcome of pattern and negate. */
  private add(line: string, belongs: boolean, cut: boolean, events: Event[]): void {
    const before = this.options.what === 'previous'
    if (before && (!belongs || this.full)) this.complete(events)
    this.held.push(line)
    this.heldBytes += Buffer.byteLength(line)
    this.cut ||= cut
    if (!before && (!belongs || this.full)) this.complete(events)
  }

  private get overLines(): boolean {
    return this.held.length > this.options.max_lines
  }

  private get overBytes(): boolean {
    return this.heldBytes >= this.options.max_bytes
  }

  private get full(): boolean {
    return this.overLines || this.overBytes
  }

  private complete(events: Event[]): void {
    const { held, context, options } = this
    if (held.length === 0) return
    const text = held.join('\n')
    const event = textEvent(text, Math.floor(context.clock.now() * 1000))
    if (context.ecs !== 'disabled') event.set(ORIGINAL, text)
    if (held.length > 1 && options.multiline_tag !== '') event.tag(options.multiline_tag)
    if (this.overBytes) event.tag('multiline_codec_max_bytes_reached')
    if (this.overLines) event.tag('multiline_codec_max_lines_reached')
    if (this.cut) event.tag('_linetoobig')
    this.held = []
    this.heldBytes = 0
    this.cut = false
    events.push(event)
  }

  /** One timer at most: when it rings too early, because lines came meanwhile, it is set anew for the rest. */
  private watchSilence(): void {
    const { auto_flush_interval: seconds } = this.options
    if (seconds === undefined || this.stream?.late === undefined || this.timer !== undefined) return
    if (this.held.length === 0) return
    const { clock } = this.context
    const wait = (millis: number): void => {
      this.timer = clock.after(millis, () => {
        this.timer = undefined
        if (this.held.length === 0) return
        const left = this.lastLine + seconds * 1000 - clock.monotonic()
        if (left > 0) return wait(left)
        const events = this.mode.keepRest ? [] : this.take((sink) => this.splitter.flush(sink))
        this.complete(events)
        this.stream!.late!(events)
      })
    }
    wait(seconds * 1000)
  }
}
