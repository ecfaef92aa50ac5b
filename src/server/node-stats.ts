import { cpus, hostname, loadavg } from 'node:os'
import { toValue, type Value } from '../event/index.ts'
import type {
  DeadLetters,
  DeadLetterStats,
  PipelineDefinition,
  PipelineStatus,
  ReloadStats,
} from '../pipeline/index.ts'
import type { RestAnswer, Router } from '../search/index.ts'

export interface NodeStatsSources {
  readonly version: string
  /** Of this node, as `GET /` says it. */
  readonly uuid: string
  /** Milliseconds between looks for changed pipelines; undefined where nobody looks. */
  readonly reloadMillis: number | undefined
  /** `HOST:PORT` of the HTTP server. */
  address(): string
  definitions(): readonly PipelineDefinition[]
  pipelines(): readonly PipelineStatus[]
  reloads(): ReloadStats | undefined
  readonly deadLetters: DeadLetters
  now(): number
}

/**
 * `GET /_node` and `GET /_node/stats`, in the shape of Logstash's node info and node stats APIs, for the monitors that read those.
 * Figures of the Java machine are left out: there is none.
 */
export function registerNodeStats(router: Router, sources: NodeStatsSources): void {
  const started = sources.now()
  const route = (path: string, body: (params: Readonly<Record<string, string>>) => object | undefined): void =>
    router.route({
      method: 'GET',
      path,
      handle: ({ params }) => {
        const own = body(params)
        return own === undefined ? notFound(params['id']!) : { body: toValue({ ...base(sources), ...own }) }
      },
    })
  route('/_node', () => ({ pipelines: settingsOf(sources), os: osOf(), pid: process.pid }))
  route('/_node/pipelines', () => ({ pipelines: settingsOf(sources) }))
  route('/_node/os', () => ({ os: osOf() }))
  route('/_node/stats', () => ({
    process: processOf(sources.now() - started),
    events: eventsOf(sources.pipelines()),
    pipelines: statsOf(sources),
    reloads: reloadsOf(sources.reloads()),
    os: { cpu: { load_average: loadOf() } },
    queue: { events_count: sources.pipelines().reduce((sum, { queued }) => sum + queued, 0) },
  }))
  route('/_node/stats/process', () => ({ process: processOf(sources.now() - started) }))
  route('/_node/stats/events', () => ({ events: eventsOf(sources.pipelines()) }))
  route('/_node/stats/reloads', () => ({ reloads: reloadsOf(sources.reloads()) }))
  route('/_node/stats/os', () => ({ os: { cpu: { load_average: loadOf() } } }))
  route('/_node/stats/pipelines', () => ({ pipelines: statsOf(sources) }))
  route('/_node/stats/pipelines/:id', ({ id }) => {
    const stats = statsOf(sources)[id!]
    return stats === undefined ? undefined : { pipelines: { [id!]: stats } }
  })
}

function base({ version, uuid, address, pipelines }: NodeStatsSources): object {
  const failed = pipelines().some(({ state }) => state === 'failed')
  const host = hostname()
  return {
    host,
    version,
    http_address: address(),
    id: uuid,
    name: host,
    ephemeral_id: uuid,
    status: failed ? 'red' : 'green',
    snapshot: false,
  }
}

function lettersOf({ bytes, limits, dropped, expired }: DeadLetterStats): object {
  return {
    queue_size_in_bytes: bytes,
    max_queue_size_in_bytes: limits.maxBytes,
    storage_policy: limits.policy,
    dropped_events: dropped,
    expired_events: expired,
  }
}

function notFound(id: string): RestAnswer {
  const body = { path: `/_node/stats/pipelines/${id}`, status: 404, error: { message: 'Not Found' } }
  return { status: 404, body: toValue(body) }
}

function settingsOf({ definitions, reloadMillis }: NodeStatsSources): Record<string, object> {
  return Object.fromEntries(
    definitions().map(({ id, batchSize, queue }) => [
      id,
      {
        ephemeral_id: id,
        hash: id,
        workers: 1,
        batch_size: batchSize ?? 500,
        batch_delay: 0,
        config_reload_automatic: reloadMillis !== undefined,
        ...(reloadMillis === undefined ? {} : { config_reload_interval: reloadMillis * 1e6 }),
        dead_letter_queue_enabled: true,
        queue: { type: queue === undefined ? 'memory' : 'persisted' },
      },
    ]),
  )
}

function statsOf({ definitions, pipelines, reloads, deadLetters, now }: NodeStatsSources): Record<string, object> {
  const queues = new Map(definitions().map(({ id, queue }) => [id, queue]))
  return Object.fromEntries(
    pipelines().map((status) => {
      const { id, inputs, filters, outputs, queued, queueBytes } = status
      const persisted = queues.get(id)
      return [
        id,
        {
          events: eventsOf([status]),
          plugins: {
            inputs: inputs.map((input) => ({
              ...named(input),
              events: { out: input.out, queue_push_duration_in_millis: Math.round(input.millis) },
            })),
            codecs: [],
            filters: filters.map((filter) => ({ ...named(filter), events: worked(filter), failures: filter.failures })),
            outputs: outputs.map((output) => ({
              ...named(output),
              events: worked(output),
              documents: {
                successes: output.out - output.failures,
                ...(output.failures === 0 ? {} : { non_retryable_failures: output.failures }),
              },
            })),
          },
          reloads: reloadsOf(reloads()),
          queue: {
            type: persisted === undefined ? 'memory' : 'persisted',
            events_count: queued,
            queue_size_in_bytes: queueBytes ?? 0,
            max_queue_size_in_bytes: persisted?.maxBytes ?? 0,
          },
          dead_letter_queue: lettersOf(deadLetters.stats(id, now())),
          ...(status.failure === undefined ? {} : { failure: status.failure }),
        },
      ]
    }),
  )
}

type Counts = PipelineStatus['inputs'][number]

function named({ id, name, place }: Counts): object {
  return { id, name, place }
}

function worked({ in: given, out, millis }: Counts): object {
  return { in: given, out, duration_in_millis: Math.round(millis) }
}

function eventsOf(pipelines: readonly PipelineStatus[]): object {
  const sum = (of: (status: PipelineStatus) => number): number => pipelines.reduce((total, one) => total + of(one), 0)
  const millis = (counts: readonly Counts[]): number => counts.reduce((total, one) => total + one.millis, 0)
  return {
    in: sum((status) => status.in),
    filtered: sum((status) => status.filtered),
    out: sum((status) => status.out),
    duration_in_millis: Math.round(sum(({ filters, outputs }) => millis(filters) + millis(outputs))),
    queue_push_duration_in_millis: Math.round(sum(({ inputs }) => millis(inputs))),
  }
}

function reloadsOf(stats: ReloadStats = { successes: 0, failures: 0 }): object {
  const time = (millis: number | undefined): Value => (millis === undefined ? null : new Date(millis).toISOString())
  return {
    successes: stats.successes,
    failures: stats.failures,
    last_success_timestamp: time(stats.lastSuccess),
    last_failure_timestamp: time(stats.lastFailure),
    last_error: stats.lastError === undefined ? null : { message: stats.lastError },
  }
}

function osOf(): object {
  return { name: process.platform, arch: process.arch, available_processors: cpus().length }
}

function processOf(uptime: number): object {
  const { user, system } = process.cpuUsage()
  const { rss, heapUsed } = process.memoryUsage()
  return {
    uptime_in_millis: uptime,
    cpu: { total_in_millis: Math.round((user + system) / 1000), load_average: loadOf() },
    mem: { resident_in_bytes: rss, heap_used_in_bytes: heapUsed },
  }
}

function loadOf(): object {
  const [one = 0, five = 0, fifteen = 0] = loadavg()
  return { '1m': one, '5m': five, '15m': fifteen }
}
