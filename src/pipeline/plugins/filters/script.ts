import { readFileSync } from 'node:fs'
import { fail } from '../../../diagnostic/index.ts'
import {
  cloneValue,
  isObject,
  newObject,
  parseIsoTimestamp,
  Timestamp,
  type Event,
  type ValueObject,
} from '../../../event/index.ts'
import { compileScript } from '../../../script/index.ts'
import { option, type } from '../../../settings/index.ts'
import { defineFilter } from '../define.ts'
import { rawValue } from '../raw-value.ts'

export const script = defineFilter({
  name: 'script',
  summary: 'Runs a Painless script over the event, as an ingest script: `ctx` holds its fields and `@metadata`.',
  options: {
    source: option(type.string, { describe: 'The script.' }),
    file: option(type.string, { describe: 'A file with the script, in place of `source`.' }),
    params: option(type.raw, { describe: 'Values that the script reads as `params`: a hash.' }),
    tag_on_failure: option(type.list(type.string), {
      default: ['_scriptfailure'],
      describe: 'Tags of events at which the script failed; they are otherwise left as they were.',
    }),
  },
  examples: [
    {
      title: 'a field computed from others',
      config: 'source => "ctx.total = ctx.sent + ctx.received"',
      in: { sent: 2, received: 3 },
      out: { sent: 2, received: 3, total: 5 },
    },
    {
      title: 'parameters, a field removed, metadata written and read',
      config:
        "params => { 'limit' => 10 } source => \"ctx['@metadata'].big = ctx.size > params.limit; ctx.level = ctx['@metadata'].big ? 'high' : 'low'; ctx.remove('size')\"",
      in: { size: 11 },
      out: { level: 'high' },
    },
    {
      title: 'a time',
      config: "source => \"ctx['@timestamp'] = '2020-01-02T03:04:05.678Z'\"",
      in: { a: 1 },
      out: { a: 1, '@timestamp': '2020-01-02T03:04:05.678Z' },
    },
    {
      title: 'a failure leaves the event as it was',
      config: 'source => "ctx.b = 1; ctx.c = ctx.a.missing.length()"',
      in: { a: {} },
      out: { a: {}, tags: ['_scriptfailure'] },
    },
  ],
  create(options, context) {
    if (options.source !== undefined && options.file !== undefined)
      throw fail('plugin.options_exclude', { option: 'source', other: 'file' })
    const source = options.source ?? (options.file === undefined ? undefined : readScript(options.file))
    if (source === undefined) throw fail('option.missing', { owner: 'filter "script"', name: 'source' })
    const params = options.params === undefined ? newObject() : rawValue(options.params)
    if (!isObject(params))
      throw fail('plugin.option_invalid', { option: 'params', expected: 'a hash', value: 'a list' })
    const compiled = compileScript(
      { source, lang: 'painless', params, name: options.file ?? 'script' },
      { context: 'ingest', now: () => context.clock.now() },
    )
    let told = false
    return {
      filter(batch) {
        for (const event of batch) {
          const ctx = newObject()
          // Copies: what a script changed before it failed must not stay.
          for (const name in event.data) ctx[name] = cloneValue(event.data[name]!)
          ctx['@metadata'] = cloneValue(event.metadata)
          try {
            compiled.run({ ctx })
          } catch (error) {
            for (const tag of options.tag_on_failure) event.tag(tag)
            // Once: a script that fails at every event must not fill the log.
            if (!told)
              context.logger.warn({}, `the script failed: ${(error as Error).message}; later failures are not logged`)
            told = true
            continue
          }
          takeOver(event, ctx)
          context.matched(event)
        }
        return batch
      },
    }
  },
})

function readScript(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw fail('plugin.file_unreadable', { option: 'file', path, reason: (error as Error).message })
  }
}

/** The event becomes what the script left in `ctx`; a field, `@timestamp` too, that it removed is gone. */
function takeOver(event: Event, ctx: ValueObject): void {
  const metadata = ctx['@metadata']
  delete ctx['@metadata']
  const before = event.timestamp
  for (const name in event.metadata) delete event.metadata[name]
  if (isObject(metadata)) Object.assign(event.metadata, metadata)
  for (const name in event.data) delete event.data[name]
  Object.assign(event.data, ctx)
  const time = event.data['@timestamp']
  if (time === undefined || time instanceof Timestamp) return
  const read = typeof time === 'string' ? parseIsoTimestamp(time) : undefined
  if (read !== undefined) {
    event.data['@timestamp'] = read
    return
  }
  // As in Logstash, nothing but a time stands there.
  if (before === undefined) delete event.data['@timestamp']
  else event.data['@timestamp'] = before
  event.tag('_timestampparsefailure')
}
