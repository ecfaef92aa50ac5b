import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseJson, stringifyJson, toValue, type Value, type ValueObject } from '../event/index.ts'
import { startWatchSystem } from '../../test/fixtures/watch-system.ts'

/**
 * Watches of the kinds that Elastic published as examples of Watcher: for each its documents (offsets in seconds from
 * now), its stored scripts and what its logging action must say. They are written anew.
 */
interface Sample {
  readonly name: string
  readonly index: string
  readonly properties: object
  readonly documents: readonly (readonly [offsetSeconds: number, fields: object])[]
  readonly scripts?: Readonly<Record<string, string>>
  readonly watch: object
  readonly says: string
}

const keyword = { type: 'keyword' }
const times = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i))
const keys = (path: string): string => `${path}.stream().map(b -> b.key).collect(Collectors.toList())`

const SCAN_TEST =
  "p.stats.std_deviation > 0 && p.series.buckets[p.series.buckets.length - 1].ports.value > factor * p.stats.std_deviation + p.median.values['50.0']" // prettier-ignore

const SAMPLES: readonly Sample[] = [
  {
    name: 'a port scan stands out of the ports of half an hour',
    index: 'connections',
    properties: { pair: keyword, port: { type: 'integer' } },
    documents: [
      ...times(29, (i) => [-1790 + i * 60, { pair: 'a_b', port: 80 }] as const),
      ...times(29, (i) => [-1790 + i * 60, { pair: 'a_b', port: 443 }] as const),
      ...times(20, (i) => [-20, { pair: 'a_b', port: 5000 + i }] as const),
      ...times(29, (i) => [-1790 + i * 60, { pair: 'c_d', port: 80 }] as const),
    ],
    scripts: {
      met: `def factor = ctx.metadata.factor; return ctx.payload.aggregations.pairs.buckets.stream().anyMatch(p -> ${SCAN_TEST})`, // prettier-ignore
      names: `def factor = ctx.metadata.factor; return ctx.payload.aggregations.pairs.buckets.stream().filter(p -> ${SCAN_TEST}).map(p -> p.key.replace('_', ' to ')).collect(Collectors.toList())`, // prettier-ignore
    },
    watch: {
      metadata: { factor: 2.0, window: '30m', period: '1m' },
      input: {
        search: {
          request: {
            indices: 'connections',
            body: {
              size: 0,
              query: { range: { '@timestamp': { gte: 'now-{{ctx.metadata.window}}' } } },
              aggs: {
                pairs: {
                  terms: { field: 'pair', size: 100, order: { all: 'desc' } },
                  aggs: {
                    series: {
                      date_histogram: { field: '@timestamp', fixed_interval: '{{ctx.metadata.period}}' },
                      aggs: { ports: { cardinality: { field: 'port' } } },
                    },
                    stats: { extended_stats_bucket: { buckets_path: 'series>ports' } },
                    median: { percentiles_bucket: { buckets_path: 'series>ports', percents: [50.0] } },
                    all: { cardinality: { field: 'port' } },
                  },
                },
              },
            },
          },
        },
      },
      condition: { script: { id: 'met' } },
      actions: {
        log: {
          transform: { script: { id: 'names' } },
          logging: { text: 'Scan:{{#ctx.payload._value}}{{.}}:{{/ctx.payload._value}}' },
        },
      },
    },
    says: 'Scan:a to b:',
  },
  {
    name: 'a first logon to a server, its time of day made by stored scripts with parameters',
    index: 'logons',
    properties: { pair: keyword, clock: { type: 'date', format: 'HH:mm:ssXXX||HH:mm:ss' } },
    documents: [
      [-86_400, { pair: 'ann_web', clock: '11:55:00Z' }],
      [-10, { pair: 'ann_web', clock: '11:59:50Z' }],
      [-10, { pair: 'bob_db', clock: '11:59:50Z' }],
    ],
    scripts: {
      low: "return LocalDateTime.parse(params.at.substring(0, 19)).minusMinutes(30).format(DateTimeFormatter.ofPattern('HH:mm:ss')) + 'Z'", // prettier-ignore
      fresh: `def known = ${keys('ctx.payload.before.aggregations.pairs.buckets')}; return ['at': ctx.payload.clock.hits.hits[0].fields.low[0], 'new': ctx.payload.now.aggregations.pairs.buckets.stream().map(b -> b.key).filter(k -> !known.contains(k)).map(k -> k.replace('_', ' on ')).collect(Collectors.toList())]`, // prettier-ignore
    },
    watch: {
      input: {
        chain: {
          inputs: [
            {
              clock: {
                search: {
                  request: {
                    indices: ['logons'],
                    body: {
                      size: 1,
                      script_fields: {
                        low: { script: { id: 'low', params: { at: '{{ctx.trigger.triggered_time}}' } } },
                      },
                    },
                  },
                },
              },
            },
            {
              now: {
                search: {
                  request: {
                    indices: ['logons'],
                    body: {
                      size: 0,
                      query: { range: { '@timestamp': { gte: 'now-30s' } } },
                      aggs: { pairs: { terms: { field: 'pair', size: 1000 } } },
                    },
                  },
                },
              },
            },
            {
              before: {
                search: {
                  request: {
                    indices: ['logons'],
                    body: {
                      size: 0,
                      query: {
                        bool: {
                          filter: [
                            { range: { clock: { gte: '{{ctx.payload.clock.hits.hits.0.fields.low.0}}' } } },
                            {
                              terms: {
                                pair: [
                                  '{{#ctx.payload.now.aggregations.pairs.buckets}}{{key}}',
                                  '{{/ctx.payload.now.aggregations.pairs.buckets}}',
                                ],
                              },
                            },
                            { range: { '@timestamp': { lt: 'now/d' } } },
                          ],
                        },
                      },
                      aggs: { pairs: { terms: { field: 'pair', size: 1000 } } },
                    },
                  },
                },
              },
            },
          ],
        },
      },
      condition: {
        script:
          'return ctx.payload.now.aggregations.pairs.buckets.size() != ctx.payload.before.aggregations.pairs.buckets.size()',
      },
      transform: { script: { id: 'fresh' } },
      actions: {
        log: { logging: { text: 'since {{ctx.payload.at}}: {{#ctx.payload.new}}{{.}}:{{/ctx.payload.new}}' } },
      },
    },
    says: 'since 11:30:00Z: bob on db:',
  },
  {
    name: 'a trend: the last bucket over the 90th percentile and three deviations',
    index: 'posts',
    properties: { text: { type: 'text' } },
    documents: [
      ...times(90, (i) => [-28_000 + i * 300, { text: 'about elasticsearch' }] as const),
      ...times(60, () => [-10, { text: 'elasticsearch is out' }] as const),
    ],
    watch: {
      metadata: { term: 'elasticsearch' },
      input: {
        search: {
          request: {
            indices: 'posts*',
            body: {
              size: 0,
              query: {
                bool: {
                  must: [{ query_string: { query: 'text: {{ctx.metadata.term}}', analyze_wildcard: true } }],
                  filter: { range: { '@timestamp': { gte: 'now-8h' } } },
                },
              },
              aggs: {
                dates: { date_histogram: { field: '@timestamp', interval: '5m', min_doc_count: 0 } },
                high: { percentiles_bucket: { buckets_path: 'dates._count', percents: [90.0] } },
                stats: { extended_stats_bucket: { buckets_path: 'dates._count' } },
              },
            },
          },
        },
      },
      condition: {
        script: {
          lang: 'painless',
          source:
            "return ctx.payload.aggregations.dates.buckets[ctx.payload.aggregations.dates.buckets.length - 1].doc_count > ctx.payload.aggregations.high.values['90.0'] + ctx.payload.aggregations.stats.std_deviation * 3", // prettier-ignore
        },
      },
      actions: { log: { logging: { text: '{{ctx.metadata.term}} is talked of' } } },
    },
    says: 'elasticsearch is talked of',
  },
  {
    name: 'users added and removed within minutes, by named filters',
    index: 'accounts',
    properties: { user: keyword, event: keyword },
    documents: [
      [-100, { user: 'ann', event: 'add' }],
      [-90, { user: 'bob', event: 'add' }],
      [-50, { user: 'ann', event: 'remove' }],
    ],
    watch: {
      input: {
        search: {
          request: {
            indices: 'accounts',
            body: {
              size: 0,
              query: { bool: { must: [{ range: { '@timestamp': { gte: 'now-5m' } } }] } },
              aggs: {
                events: {
                  filters: {
                    filters: {
                      add: { term: { event: { value: 'add' } } },
                      remove: { term: { event: { value: 'remove' } } },
                    },
                  },
                  aggs: { users: { terms: { field: 'user', size: 1000 } } },
                },
              },
            },
          },
        },
      },
      actions: {
        log: {
          transform: {
            script: `def gone = ${keys('ctx.payload.aggregations.events.buckets.remove.users.buckets')}; return ctx.payload.aggregations.events.buckets.add.users.buckets.stream().map(b -> b.key).filter(u -> gone.contains(u)).toArray()`, // prettier-ignore
          },
          logging: { text: 'both:{{#ctx.payload._value}}{{.}}:{{/ctx.payload._value}}' },
        },
      },
    },
    says: 'both:ann:',
  },
  {
    name: 'waiting for disks that grew, by a derivative',
    index: 'metrics-1',
    properties: { host: keyword, cpu: { properties: { wait: { type: 'float' }, idle: { type: 'float' } } } },
    documents: [
      [-200, { host: 'h1', cpu: { wait: 1, idle: 99 } }],
      [-20, { host: 'h1', cpu: { wait: 50, idle: 50 } }],
      [-200, { host: 'h2', cpu: { wait: 1, idle: 99 } }],
      [-20, { host: 'h2', cpu: { wait: 1, idle: 99 } }],
    ],
    watch: {
      metadata: { threshold: 5 },
      input: {
        search: {
          request: {
            search_type: 'query_then_fetch',
            indices: ['metrics-*'],
            body: {
              size: 0,
              aggs: {
                hosts: {
                  terms: { field: 'host', size: 10 },
                  aggs: {
                    minutes: {
                      date_histogram: { field: '@timestamp', interval: '2m' },
                      aggs: {
                        share: { max: { field: 'cpu.wait' } },
                        growth: { derivative: { buckets_path: 'share' } },
                      },
                    },
                  },
                },
              },
              query: { bool: { filter: { range: { '@timestamp': { lte: 'now', gte: 'now-4m' } } } } },
            },
          },
        },
      },
      actions: {
        log: {
          transform: {
            script:
              "def limit = ctx.metadata.threshold; return ctx.payload.aggregations.hosts.buckets.stream().filter(h -> h.minutes.buckets[h.minutes.buckets.length - 1].growth.value > limit).map(h -> ['key': h.key, 'value': Math.round(h.minutes.buckets[h.minutes.buckets.length - 1].growth.value)]).collect(Collectors.toList())", // prettier-ignore
          },
          logging: { text: '{{#ctx.payload._value}}{{key}}:{{value}}%:{{/ctx.payload._value}}' },
        },
      },
    },
    says: 'h1:49%:',
  },
  {
    name: 'clusters that are not green, by the latest document of each',
    index: 'monitoring',
    properties: { cluster: keyword, state: { properties: { status: keyword } } },
    documents: [
      ...times(6, (i) => [-55 + i * 10, { cluster: 'c1', state: { status: i < 3 ? 'yellow' : 'red' } }] as const),
      ...times(6, (i) => [-55 + i * 10, { cluster: 'c2', state: { status: 'green' } }] as const),
    ],
    watch: {
      metadata: { seconds: 60, step: 10 },
      input: {
        search: {
          request: {
            indices: 'monitoring',
            body: {
              size: 0,
              query: {
                bool: {
                  filter: { bool: { must: [{ range: { '@timestamp': { gte: 'now-{{ctx.metadata.seconds}}s' } } }] } },
                },
              },
              aggs: {
                clusters: {
                  terms: { field: 'cluster', size: 100 },
                  aggs: {
                    bad: {
                      filters: {
                        filters: {
                          yellow: { term: { 'state.status': 'yellow' } },
                          red: { term: { 'state.status': 'red' } },
                        },
                      },
                    },
                    latest: { top_hits: { size: 1, sort: [{ '@timestamp': { order: 'desc' } }] } },
                  },
                },
              },
            },
          },
        },
      },
      transform: {
        script: {
          source:
            "def needed = (ctx.metadata.seconds - ctx.metadata.step) / ctx.metadata.step; return ctx.payload.aggregations.clusters.buckets.stream().filter(c -> c.latest.hits.hits[0]._source.state.status == 'yellow' || c.latest.hits.hits[0]._source.state.status == 'red').filter(c -> c.bad.buckets.red.doc_count + c.bad.buckets.yellow.doc_count >= needed).map(c -> ['id': c.key, 'state': c.latest.hits.hits[0]._source.state.status]).collect(Collectors.toList())", // prettier-ignore
        },
      },
      actions: { log: { logging: { text: '{{#ctx.payload._value}}{{id}}-{{state}}{{/ctx.payload._value}}:' } } },
    },
    says: 'c1-red:',
  },
  {
    name: 'sets kept in ctx.vars by the condition, for the actions',
    index: 'masters',
    properties: { cluster: keyword, master: keyword },
    documents: [
      [-30, { cluster: 'c1', master: 'n1' }],
      [-20, { cluster: 'c1', master: 'n2' }],
      [-10, { cluster: 'c2', master: 'n3' }],
    ],
    watch: {
      metadata: { most: 1 },
      input: {
        search: {
          request: {
            indices: 'masters',
            body: {
              size: 0,
              aggs: { clusters: { terms: { field: 'cluster' }, aggs: { masters: { terms: { field: 'master' } } } } },
            },
          },
        },
      },
      condition: {
        script:
          'def found = new HashMap(); ctx.vars.over = new HashMap(); for (c in ctx.payload.aggregations.clusters.buckets) { if (!found.containsKey(c.key)) { found.put(c.key, new HashSet()); } for (m in c.masters.buckets) { found[c.key].add(m.key) } if (found[c.key].size() > ctx.metadata.most) { ctx.vars.over.put(c.key, found[c.key]); } } if (ctx.vars.over.size() > 0) { return true; } return false;', // prettier-ignore
      },
      actions: { log: { logging: { text: 'over: {{ctx.vars.over.c1.0}}, {{ctx.vars.over.c1.1}}' } } },
    },
    says: 'over: n1, n2',
  },
  {
    name: 'a disk fuller than allowed, in order, and a bucket_script over two maxima',
    index: 'disks',
    properties: { host: keyword, used: { type: 'long' }, total: { type: 'long' } },
    documents: [
      [-30, { host: 'a', used: 95, total: 100 }],
      [-30, { host: 'b', used: 10, total: 100 }],
    ],
    watch: {
      metadata: { limit: 0.9 },
      input: {
        search: {
          request: {
            indices: 'disks',
            body: {
              size: 0,
              query: {
                bool: { filter: [{ range: { '@timestamp': { gte: '{{ctx.trigger.scheduled_time}}||-5m' } } }] },
              },
              aggs: {
                hosts: {
                  terms: { field: 'host', order: { used: 'desc' } },
                  aggs: {
                    used: { max: { field: 'used' } },
                    total: { max: { field: 'total' } },
                    ratio: {
                      bucket_script: { buckets_path: { u: 'used', t: 'total' }, script: 'params.u / params.t' },
                    },
                  },
                },
              },
            },
          },
        },
      },
      transform: {
        script:
          "return ['hosts': ctx.payload.aggregations.hosts.buckets.stream().filter(h -> h.ratio.value > ctx.metadata.limit).collect(Collectors.toList()), 'limit': ctx.metadata.limit * 100]", // prettier-ignore
      },
      actions: {
        log: {
          logging: {
            text: {
              source:
                'over {{ctx.payload.limit}}%:{{#ctx.payload.hosts}}{{ratio.value}}-{{key}}:{{/ctx.payload.hosts}}',
            },
          },
        },
      },
    },
    says: 'over 90.0%:0.95-a:',
  },
]

test.each(SAMPLES.map((sample) => [sample.name, sample] as const))('%s', async (_name, sample) => {
  await using system = await startWatchSystem()
  const { store, watcher, clock } = system
  const properties = { '@timestamp': { type: 'date' }, ...sample.properties }
  await store.createIndex(sample.index, toValue({ mappings: { properties } }) as ValueObject)
  await system.index(
    sample.index,
    ...sample.documents.map(([offset, fields]) => ({
      '@timestamp': new Date(clock.now() + offset * 1000).toISOString(),
      ...fields,
    })),
  )
  for (const [id, source] of Object.entries(sample.scripts ?? {}))
    await store.putResource('script', id, toValue({ lang: 'painless', source }) as ValueObject)
  // Numbers such as 2.0 keep their kind.
  const definition = parseJson(JSON.stringify({ trigger: { schedule: { interval: '1m' } }, ...sample.watch })) as Value
  await watcher.put('sample', definition)
  const { record } = await watcher.execute('sample', {})
  const shown = JSON.parse(stringifyJson(record)) as { result: { actions: { logging?: { logged_text: string } }[] } }
  expect(shown).toMatchObject({ state: 'executed', result: { condition: { met: true, status: 'success' } } })
  expect(shown.result.actions[0]?.logging?.logged_text).toBe(sample.says)
})

test('a file may have comments, and texts between three quotes as the console writes them', async () => {
  await using system = await startWatchSystem()
  const folder = system.folder
  writeFileSync(
    join(folder, 'commented.json'),
    `{
  // how often
  "trigger": { "schedule": { "interval": "1h" } }, /* no input */
  "transform": { "script": { "lang": "painless", "source": """
    def text = "a\\\\b";
    return ['text': "x" + 1];
  """ } },
  "actions": { "log": { "logging": { "text": "{{ctx.payload.text}}" } } }
}`,
  )
  expect((await system.watcher.loadFiles(folder)).filter(({ severity }) => severity === 'error')).toEqual([])
  const { record } = await system.watcher.execute('commented', {})
  expect(stringifyJson(record)).toContain('"logged_text":"x1"')
})
