import { readFileSync } from 'node:fs'
import { fail } from '../../../../diagnostic/index.ts'
import {
  compileSprintf,
  fieldPath,
  isObject,
  parseJson,
  type Event,
  type FieldPath,
  type Value,
  type ValueObject,
} from '../../../../event/index.ts'
import { defineFilter } from '../../define.ts'
import { below } from '../field-option.ts'
import { Outage } from '../outage.ts'
import { SearchClient, type Search } from './client.ts'
import { OPTIONS, type LookupOptions } from './options.ts'
import { clusterPeers } from '../../outputs/elasticsearch/reach.ts'

const TOTAL = fieldPath('[@metadata][total_hits]')

export const elasticsearch = defineFilter({
  name: 'elasticsearch',
  summary: 'Searches an Elasticsearch or OpenSearch, or Vedetta itself, for each event and copies what was found.',
  options: OPTIONS,
  examples: [
    {
      title: 'when the session began',
      needs: 'a cluster',
      config:
        'hosts => ["https://es:9200"] index => "sessions-*" query => "type:start AND session:%{[session][id]}" ' +
        'fields => { "@timestamp" => "started" "[user][name]" => "[user][name]" }',
      in: { session: { id: 7 } },
      out: { session: { id: 7 }, started: '2026-01-01T00:00:00.000Z', user: { name: 'ann' } },
    },
    {
      title: 'a whole search in a file, and its aggregation',
      needs: 'a cluster',
      config: 'query_template => "/etc/vedetta/seen.json" aggregation_fields => { "hosts" => "[seen][hosts]" }',
      in: { ip: '192.0.2.1' },
      out: { ip: '192.0.2.1', seen: { hosts: { value: 3 } } },
    },
  ],
  peers: clusterPeers,
  create(options, context) {
    const search = compileSearch(options)
    refuseBadAuthentication(options)
    const client = new SearchClient(options, context.clock)
    const outage = new Outage('elasticsearch', context.logger, context.clock)
    const place = (path: FieldPath): FieldPath => (options.target === undefined ? path : below(options.target, path))
    const fields = options.fields.map(({ from, to }) => ({ from, to: place(to) }))
    const docinfo = options.docinfo_fields.map(({ from, to }) => ({ from, to: place(to) }))
    const aggregations = [...options.aggregation_fields].map(([name, to]) => ({ name, to: place(to) }))

    function copy(event: Event, answer: ValueObject): boolean {
      const shards = answer['_shards']
      if (isObject(shards) && shards['failures'] !== undefined)
        throw new Error(`some shards failed: ${JSON.stringify(shards['failures']).slice(0, 300)}`)
      const hits = isObject(answer['hits']) ? answer['hits'] : undefined
      if (hits === undefined) throw new Error('the answer has no hits')
      const total = hits['total']
      event.set(TOTAL, (isObject(total) ? total['value'] : total) ?? null)
      const found = Array.isArray(hits['hits']) ? hits['hits'] : []
      if (found.length > 0) {
        for (const { from, to } of fields) event.set(to, collected(found, ['_source', ...from]))
        for (const { from, to } of docinfo) event.set(to, collected(found, from))
      }
      const results = answer['aggregations']
      const aggregated = isObject(results) && Object.keys(results).length > 0
      if (aggregated) for (const { name, to } of aggregations) event.set(to, results[name] ?? null)
      return found.length > 0 || aggregated
    }

    async function shape(event: Event): Promise<void> {
      let matched: boolean
      try {
        matched = copy(event, await client.search(search(event)))
      } catch (error) {
        for (const tag of options.tag_on_failure) event.tag(tag)
        outage.failed(error)
        return
      }
      outage.over()
      if (matched) context.matched(event)
    }

    return {
      async filter(batch) {
        await Promise.all(batch.map(shape))
        return batch
      },
      close: () => client.close(),
    }
  },
})

/** One document's value, or a list of every document's. */
function collected(documents: readonly Value[], from: readonly string[]): Value {
  const values = documents.map((document) => {
    let value: Value | undefined = document
    for (const part of from) value = isObject(value) ? value[part] : undefined
    return value ?? null
  })
  return values.length > 1 ? values : values[0]!
}

function compileSearch(options: LookupOptions): (event: Event) => Search {
  const { query, query_template: path } = options
  if (options.query_type === 'esql')
    throw fail('plugin.option_invalid', {
      option: 'query_type',
      expected: '"dsl": ES|QL is not part of this version',
      value: 'esql',
    })
  const index = compileSprintf(options.index)
  if (query !== undefined) {
    if (path !== undefined) throw fail('plugin.options_exclude', { option: 'query', other: 'query_template' })
    const text = compileSprintf(query)
    const fixed = {
      size: String(options.result_size),
      ...(options.enable_sort ? { sort: options.sort } : {}),
    }
    return (event) => ({ index: index(event), parameters: { q: text(event), ...fixed } })
  }
  if (path === undefined) throw fail('plugin.option_needs', { option: 'elasticsearch', needed: 'query' })
  let template: string
  try {
    template = readFileSync(path, 'utf8')
  } catch (error) {
    throw fail('plugin.file_unreadable', { option: 'query_template', path, reason: (error as Error).message })
  }
  const body = compileSprintf(template)
  return (event) => {
    const text = body(event)
    try {
      parseJson(text)
    } catch {
      throw new Error('the query_template, filled in, is no JSON')
    }
    return { index: index(event), parameters: {}, body: text }
  }
}

function refuseBadAuthentication({ api_key: key, user, ssl_enabled: tls, hosts }: LookupOptions): void {
  if (key === undefined) return
  if (user !== undefined) throw fail('plugin.options_exclude', { option: 'api_key', other: 'user' })
  if (tls !== true && !hosts.every((host) => /^https:/i.test(host)))
    throw fail('plugin.option_needs', { option: 'api_key', needed: 'ssl_enabled' })
}
