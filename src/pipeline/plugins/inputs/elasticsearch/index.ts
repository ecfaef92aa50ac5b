import type { Timer } from '../../../../clock/index.ts'
import { fail } from '../../../../diagnostic/index.ts'
import {
  Event,
  fieldPath,
  isObject,
  parseJson,
  stringifyJson,
  type FieldPath,
  type Value,
  type ValueObject,
} from '../../../../event/index.ts'
import { eventFromFields } from '../../codecs/json-events.ts'
import { defineInput, type Batch, type Input, type InputContext } from '../../define.ts'
import { SearchClient } from '../../filters/elasticsearch/client.ts'
import { follow } from '../../cron-line.ts'
import { OPTIONS, type SearchOptions } from './options.ts'
import { clusterPeers } from '../../outputs/elasticsearch/reach.ts'

export const elasticsearch = defineInput({
  name: 'elasticsearch',
  summary:
    'Documents that a search finds in an Elasticsearch or OpenSearch, or in Vedetta itself, once or on a schedule.',
  defaultCodec: 'json',
  options: OPTIONS,
  examples: [
    'elasticsearch { hosts => ["https://es:9200"] index => "audit-*" docinfo => true }',
    `elasticsearch { hosts => "localhost:9200" index => "logins" query => '{ "query": { "range": { "@timestamp": { "gte": "now-1m" } } } }' schedule => "* * * * *" }`,
  ],
  peers: clusterPeers,
  create: (options, context) => new SearchInput(options, context),
})

/** Events that go to the pipeline at once. */
const PIECE = 500

class SearchInput implements Input {
  readonly ended: Promise<void>
  private readonly options: SearchOptions
  private readonly context: InputContext
  private readonly client: SearchClient
  private readonly docinfo: readonly { readonly name: string; readonly path: FieldPath }[]
  private timer: Timer | undefined
  private work: Promise<void> = Promise.resolve()
  private stopping = false
  private finish!: () => void

  constructor(options: SearchOptions, context: InputContext) {
    this.options = options
    this.context = context
    if (options.query_type === 'esql')
      throw fail('plugin.option_invalid', {
        option: 'query_type',
        expected: '"dsl": ES|QL is not part of this version',
        value: 'esql',
      })
    if (options.api_key !== undefined && options.user !== undefined)
      throw fail('plugin.options_exclude', { option: 'api_key', other: 'user' })
    this.client = new SearchClient({ ...options, retry_on_failure: 0, retry_on_status: [] }, context.clock, {
      connect: options.connect_timeout_seconds * 1000,
      request: options.request_timeout_seconds * 1000,
    })
    const target =
      options.docinfo_target?.text ?? (context.ecs === 'disabled' ? '@metadata' : '[@metadata][input][elasticsearch]')
    const root = target.startsWith('[') ? target : `[${target}]`
    this.docinfo = options.docinfo
      ? options.docinfo_fields.map((name) => ({ name, path: fieldPath(`${root}[${name}]`) }))
      : []
    this.ended = new Promise((resolve) => {
      this.finish = resolve
    })
  }

  async start(emit: (batch: Batch) => Promise<void>): Promise<void> {
    const { schedule } = this.options
    if (schedule === undefined) this.work = this.run(emit).then(() => this.finish())
    else this.timer = follow(schedule, this.context.clock, () => (this.work = this.run(emit)))
  }

  async stop(): Promise<void> {
    this.stopping = true
    this.timer?.cancel()
    this.client.close()
    await this.work
  }

  private async run(emit: (batch: Batch) => Promise<void>): Promise<void> {
    const { retries, response_type, slices } = this.options
    for (let attempt = 0; attempt <= retries && !this.stopping; attempt++) {
      try {
        if (response_type === 'aggregations') await this.aggregate(emit)
        else if (slices === undefined || slices < 2) await this.scroll(emit, {})
        else
          await Promise.all(
            Array.from({ length: slices }, (_one, id) => this.scroll(emit, { slice: { id, max: slices } })),
          )
        return
      } catch (error) {
        if (this.stopping) return
        this.context.logger.error(
          { plugin: 'elasticsearch', index: this.options.index },
          `elasticsearch input: the search of ${this.options.index} failed: ${(error as Error).message}${
            attempt < retries ? '; it is begun again' : ''
          }`,
        )
      }
    }
  }

  private async aggregate(emit: (batch: Batch) => Promise<void>): Promise<void> {
    const { index } = this.options
    const answer = await this.client.search({ index, parameters: { size: '0' }, body: this.body({}) })
    const results = answer['aggregations']
    if (isObject(results)) await emit({ events: [this.event(results)] })
  }

  private async scroll(emit: (batch: Batch) => Promise<void>, more: Record<string, Value>): Promise<void> {
    const { index, scroll, size } = this.options
    let answer = await this.client.search({ index, parameters: { scroll, size: String(size) }, body: this.body(more) })
    let id = answer['_scroll_id']
    try {
      for (let hits = hitsOf(answer); hits.length > 0 && !this.stopping; hits = hitsOf(answer)) {
        for (let at = 0; at < hits.length && !this.stopping; at += PIECE)
          await emit({ events: hits.slice(at, at + PIECE).map((hit) => this.hitEvent(hit)) })
        if (typeof id !== 'string') return
        const body = stringifyJson({ scroll, scroll_id: id })
        answer = await this.client.search({ index: '', parameters: {}, path: '/_search/scroll', body })
        id = answer['_scroll_id'] ?? id
      }
    } finally {
      await this.forget(id)
    }
  }

  /** The cluster would forget the search by itself, later. */
  private async forget(id: Value | undefined): Promise<void> {
    if (typeof id !== 'string' || this.stopping) return
    try {
      const body = stringifyJson({ scroll_id: id })
      await this.client.search({ index: '', parameters: {}, path: '/_search/scroll', method: 'DELETE', body })
    } catch (error) {
      this.context.logger.debug({ plugin: 'elasticsearch' }, (error as Error).message)
    }
  }

  private body(more: Record<string, Value>): string {
    return stringifyJson({ ...(parseJson(this.options.query) as ValueObject), ...more })
  }

  private hitEvent(hit: ValueObject): Event {
    const source = hit['_source']
    const event = this.event(isObject(source) ? source : (Object.create(null) as ValueObject), false)
    for (const { name, path } of this.docinfo) if (hit[name] !== undefined) event.set(path, hit[name])
    this.context.decorate(event)
    return event
  }

  private event(fields: ValueObject, decorate = true): Event {
    const micros = Math.floor(this.context.clock.now() * 1000)
    const { target } = this.options
    const event = target === undefined ? eventFromFields(fields, micros) : Event.at(micros)
    if (target !== undefined) event.set(target, fields)
    if (decorate) this.context.decorate(event)
    return event
  }
}

function hitsOf(answer: ValueObject): ValueObject[] {
  const { _shards: shards, hits } = answer
  if (isObject(shards) && Number(shards['failed'] ?? 0) > 0)
    throw new Error(`some shards failed: ${stringifyJson(shards['failures'] ?? null).slice(0, 300)}`)
  const found = hits !== undefined && isObject(hits) ? hits['hits'] : undefined
  return Array.isArray(found) ? found.filter(isObject) : []
}
