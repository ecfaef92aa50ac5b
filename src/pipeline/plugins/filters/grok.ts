import { fail } from '../../../diagnostic/index.ts'
import { parseFieldPath, printValue, type Event, type FieldPath, type Value } from '../../../event/index.ts'
import { option, type } from '../../../settings/index.ts'
import {
  coerceCapture,
  createGrok,
  mismatchReason,
  readPatternFolder,
  withWatchdog,
  type GrokCapture,
  type GrokPattern,
} from '../../grok/index.ts'
import { defineFilter } from '../define.ts'
import { below, fieldHash, fieldReference } from './field-option.ts'

export const grok = defineFilter({
  name: 'grok',
  summary: 'Takes text apart by patterns: what they capture becomes fields.',
  options: {
    match: option(fieldHash(type.list(type.string)), {
      default: [],
      describe: 'Fields and the patterns to try on them, in order.',
    }),
    patterns_dir: option(type.list(type.string), {
      default: [],
      describe: 'Folders with files of patterns; a name in a later one replaces an earlier one.',
    }),
    patterns_files_glob: option(type.string, { default: '*', describe: 'Which files of `patterns_dir` are read.' }),
    pattern_definitions: option(type.hash(type.string), {
      default: new Map(),
      describe: 'Patterns of this filter alone; they come before all others.',
    }),
    break_on_match: option(type.boolean, {
      default: true,
      describe: 'Whether the first pattern that matches ends it.',
    }),
    named_captures_only: option(type.boolean, {
      default: true,
      describe: 'Whether `%{NAME}` without a field is left out; otherwise it goes to the field NAME.',
    }),
    keep_empty_captures: option(type.boolean, { default: false, describe: 'Whether empty captures become fields.' }),
    target: option(fieldReference, { describe: 'The field below which captures go; without it, the event itself.' }),
    overwrite: option(type.list(type.string), {
      default: [],
      describe: 'Fields whose old value a capture replaces; to others it is added, making a list.',
    }),
    tag_on_failure: option(type.list(type.string), {
      default: ['_grokparsefailure'],
      describe: 'Tags of events on which no pattern matched.',
    }),
    tag_on_timeout: option(type.string, { default: '_groktimeout', describe: 'Tag of events that took too long.' }),
    timeout_millis: option(type.number({ integer: true, min: 0 }), {
      default: 30_000,
      describe: 'How long a pattern may take, in milliseconds; 0 is without limit.',
    }),
    timeout_scope: option(type.oneOf('pattern', 'event'), {
      default: 'pattern',
      describe: 'Whether the time is for each pattern or for all patterns on an event.',
    }),
    ecs_compatibility: option(type.oneOf('disabled', 'v1', 'v8'), {
      describe: "Names of the shipped patterns' captures; the pipeline's setting by default.",
    }),
  },
  examples: [
    {
      title: 'several captures, typed',
      config: 'match => { "message" => "%{IP:client} %{WORD:verb} %{NUMBER:bytes:int} %{NUMBER:took:float}" }',
      in: { message: '55.3.244.1 GET 15824 0.043' },
      out: { message: '55.3.244.1 GET 15824 0.043', client: '55.3.244.1', verb: 'GET', bytes: 15824, took: 0.043 },
    },
    {
      title: 'the first pattern that matches',
      config: 'match => { "message" => ["Duration: %{NUMBER:duration}", "Speed: %{NUMBER:speed}"] }',
      in: { message: 'Speed: 3' },
      out: { message: 'Speed: 3', speed: '3' },
    },
    {
      title: 'all patterns',
      config: 'match => { "message" => ["a=%{INT:a}", "b=%{INT:b}"] } break_on_match => false',
      in: { message: 'a=1 b=2' },
      out: { message: 'a=1 b=2', a: '1', b: '2' },
    },
    {
      title: 'no match',
      config: 'match => { "message" => "%{IP:client}" }',
      in: { message: 'nobody' },
      out: { message: 'nobody', tags: ['_grokparsefailure'] },
    },
    {
      title: 'overwriting the text by a part of it',
      config: 'match => { "message" => "%{SYSLOGBASE} %{DATA:message}$" } overwrite => ["message"]',
      in: { message: 'May 29 16:37:11 sadness logger[3]: hello world' },
      out: { message: 'hello world', timestamp: 'May 29 16:37:11', logsource: 'sadness', program: 'logger', pid: '3' },
    },
    {
      title: 'an own pattern, a nested field, names of ECS',
      config:
        'match => { "message" => "%{QUEUE:[mail][queue]}: %{SYSLOGPROG}" } pattern_definitions => { "QUEUE" => "[0-9A-F]{10,11}" } ecs_compatibility => v8',
      in: { message: 'BEF25A72965: cron[7]' },
      out: {
        message: 'BEF25A72965: cron[7]',
        mail: { queue: 'BEF25A72965' },
        process: { name: 'cron', pid: 7 },
      },
    },
    {
      title: 'a capture on a field that is there makes a list',
      config: 'match => { "message" => "%{WORD:user} %{WORD:user}" }',
      in: { message: 'b c', user: 'a' },
      out: { message: 'b c', user: ['a', 'b', 'c'] },
    },
    {
      title: 'a list is matched element by element, into a target',
      config: 'match => { "lines" => "^k=%{INT:n:int}" } target => "found"',
      in: { lines: ['x', 'k=5'] },
      out: { lines: ['x', 'k=5'], found: { n: 5 } },
    },
    {
      title: 'empty captures kept, null where a part of the pattern took no part',
      config: 'match => { "message" => "a=%{DATA:a};(?:b=%{INT:b:int})?" } keep_empty_captures => true',
      in: { message: 'a=;' },
      out: { message: 'a=;', a: '', b: null },
    },
    {
      title: 'a pattern without end on this text',
      config: 'match => { "message" => "^(x+x+)+y" } timeout_millis => 50',
      in: { message: 'x'.repeat(60) },
      out: { message: 'x'.repeat(60), tags: ['_groktimeout'] },
    },
  ],
  create(options, context) {
    const patterns = new Map<string, string>()
    for (const folder of context.patternPaths) addPatterns(patterns, readPatternFolder(folder))
    const absent = (path: string): void => context.notice(`'patterns_dir' '${path}' does not exist`)
    for (const folder of options.patterns_dir)
      addPatterns(patterns, readPatternFolder(folder, options.patterns_files_glob, absent))
    addPatterns(patterns, options.pattern_definitions)
    const grok = createGrok({
      patterns,
      ecs: options.ecs_compatibility ?? context.ecs,
      namedCapturesOnly: options.named_captures_only,
    })
    const overwrite = new Set(options.overwrite)
    const rounds = options.match.map(([field, texts]) => ({
      field,
      patterns: texts.map((text) => {
        const pattern = grok.compile(text)
        return {
          pattern,
          setters: pattern.captures.map((capture) => captureSetter(capture, options.target, overwrite)),
        }
      }),
    }))
    const limits = { millis: options.timeout_millis, perEvent: options.timeout_scope === 'event' }
    return {
      filter(batch) {
        const states = new Uint8Array(batch.length)
        for (const { field, patterns } of rounds) {
          const open: Item[] = []
          for (let i = 0; i < batch.length; i++) {
            const state = states[i]!
            if (state === TIMED_OUT || (state === MATCHED && options.break_on_match)) continue
            open.push({ index: i, texts: textsOf(batch[i]!.get(field)), found: [], timedOut: false })
          }
          matchAll(open, patterns, options.break_on_match, limits)
          for (const { index, found, timedOut } of open) {
            if (timedOut) states[index] = TIMED_OUT
            const event = batch[index]!
            for (let attempt = 0; attempt < found.length; attempt++) {
              const match = found[attempt]
              if (match === null || match === undefined) continue
              if (!timedOut) states[index] = MATCHED
              for (const set of patterns[attempt % patterns.length]!.setters)
                set(event, match, options.keep_empty_captures)
            }
          }
        }
        for (let i = 0; i < batch.length; i++) {
          const event = batch[i]!
          if (states[i] === MATCHED) context.matched(event)
          else if (states[i] === TIMED_OUT) event.tag(options.tag_on_timeout)
          else for (const tag of options.tag_on_failure) event.tag(tag)
        }
        return batch
      },
      why(event) {
        const reasons: string[] = []
        for (const { field, patterns } of rounds)
          for (const text of textsOf(event.get(field)))
            for (const { pattern } of patterns) {
              const reason = mismatchReason(grok, pattern, text)
              if (reason === undefined) return undefined
              reasons.push(reason)
            }
        return reasons.length === 0 ? undefined : reasons.join('\n')
      },
    }
  },
})

function addPatterns(patterns: Map<string, string>, more: ReadonlyMap<string, string>): void {
  for (const [name, regex] of more) patterns.set(name, regex)
}

const MATCHED = 1
const TIMED_OUT = 2

interface Item {
  readonly index: number
  /** Several where the field is a list. */
  readonly texts: readonly string[]
  /** By attempt: text times number of patterns plus pattern. Written by place, so that writing twice is harmless. */
  readonly found: (RegExpExecArray | null)[]
  timedOut: boolean
}

/**
 * Tries every pattern on every item under one watchdog, which is wound up anew when it fires. Only what used up
 * a whole period by itself, a pattern or an event as `perEvent` says, is given up; it takes one to two periods.
 */
function matchAll(
  items: readonly Item[],
  patterns: readonly { readonly pattern: GrokPattern }[],
  breakOnMatch: boolean,
  limits: { readonly millis: number; readonly perEvent: boolean },
): void {
  const count = patterns.length
  if (count === 0) return
  let at = 0
  let attempt = 0
  const run = (): void => {
    for (; at < items.length; at++, attempt = 0) {
      const { texts, found } = items[at]!
      while (attempt < texts.length * count) {
        const match = patterns[attempt % count]!.pattern.exec(texts[Math.floor(attempt / count)]!)
        found[attempt] = match
        attempt = match !== null && breakOnMatch ? (Math.floor(attempt / count) + 1) * count : attempt + 1
      }
    }
  }
  while (at < items.length) {
    const startAt = at
    const startAttempt = attempt
    if (withWatchdog(limits.millis, run)) return
    if (at !== startAt || (!limits.perEvent && attempt !== startAttempt)) {
      if (limits.perEvent) attempt = 0
      continue
    }
    items[at]!.timedOut = true
    at++
    attempt = 0
  }
}

/** A field that is not there is matched as an empty text, as in Logstash. */
function textsOf(value: Value | undefined): readonly string[] {
  if (typeof value === 'string') return [value]
  if (value === undefined || value === null) return ['']
  if (Array.isArray(value)) return value.map((inner) => (inner === null ? '' : printValue(inner)))
  return [printValue(value)]
}

type CaptureSetter = (event: Event, match: RegExpExecArray, keepEmpty: boolean) => void

function captureSetter(
  capture: GrokCapture,
  target: FieldPath | undefined,
  overwrite: ReadonlySet<string>,
): CaptureSetter {
  const { index, type: kind } = capture
  const written = parseFieldPath(capture.field)
  if (written === undefined)
    throw fail('plugin.option_invalid', {
      option: 'match',
      expected: 'made of patterns whose captures are field references',
      value: capture.field,
    })
  const path = target === undefined ? written : below(target, written)
  const replace = overwrite.has(capture.field)
  const name = !path.metadata && path.keys.length === 1 ? path.keys[0]! : undefined
  return (event, match, keepEmpty) => {
    const text = match[index]
    if ((text === undefined || text === '') && !keepEmpty) return
    if (text === undefined) {
      if (!event.has(path)) event.set(path, null)
      return
    }
    const value = kind === 'string' ? text : coerceCapture(text, kind)
    const before = replace ? undefined : name === undefined ? event.get(path) : event.data[name]
    if (before === undefined || before === null) {
      if (name === undefined) event.set(path, value)
      else event.data[name] = value
    } else if (Array.isArray(before)) {
      before.push(value)
    } else if (typeof before === 'string') {
      event.set(path, [before, value])
    }
  }
}
