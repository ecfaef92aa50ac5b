import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client'
import type { DetectorStatus } from '../detect/index.ts'
import type { PipelineStatus, ReloadStats } from '../pipeline/index.ts'
import type { Router, Store } from '../search/index.ts'

export interface MetricsSources {
  readonly version: string
  readonly store: Store
  pipelines(): readonly PipelineStatus[]
  reloads(): ReloadStats | undefined
  detectors(): readonly DetectorStatus[]
}

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number]

/** `GET /_vedetta/metrics`: what Prometheus collects, in its text format. Each figure is read when it is asked for. */
export function registerMetrics(router: Router, sources: MetricsSources): void {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const gauge = (
    name: string,
    help: string,
    labelNames: string[],
    read: () => readonly Sample[] | Promise<readonly Sample[]>,
  ): void => {
    void new Gauge({
      name,
      help,
      labelNames,
      registers: [registry],
      async collect() {
        this.reset()
        for (const [labels, value] of await read()) this.set(labels, value)
      },
    })
  }
  const counter = (name: string, help: string, labelNames: string[], read: () => readonly Sample[]): void => {
    void new Counter({
      name,
      help,
      labelNames,
      registers: [registry],
      collect() {
        this.reset()
        for (const [labels, value] of read()) this.inc(labels, value)
      },
    })
  }
  gauge('vedetta_info', 'The version that runs.', ['version'], () => [[{ version: sources.version }, 1]])
  registerPipelines(sources, gauge, counter)
  const detectors = (of: (status: DetectorStatus) => number): Sample[] =>
    sources.detectors().map((status) => [{ detector: status.name }, of(status)])
  counter('vedetta_detector_events_total', 'Events a detector has judged.', ['detector'], () =>
    detectors(({ events }) => events),
  )
  counter('vedetta_detector_findings_total', 'What a detector has found.', ['detector'], () =>
    detectors(({ findings }) => findings),
  )
  counter('vedetta_detector_errors_total', 'Batches a detector failed on.', ['detector'], () =>
    detectors(({ errors }) => errors),
  )
  counter('vedetta_detector_seconds_total', 'Time of a core a detector has used.', ['detector'], () =>
    detectors(({ millis }) => millis / 1000),
  )
  gauge('vedetta_index_documents', 'Documents of an index.', ['index'], () =>
    indices(sources.store, ({ documents }) => documents),
  )
  gauge('vedetta_index_bytes', 'Size of an index.', ['index'], () => indices(sources.store, ({ bytes }) => bytes))
  router.route({
    method: 'GET',
    path: '/_vedetta/metrics',
    handle: async () => ({ body: await registry.metrics(), contentType: registry.contentType }),
  })
}

type Register = (name: string, help: string, labelNames: string[], read: () => readonly Sample[]) => void

function registerPipelines({ pipelines, reloads }: MetricsSources, gauge: Register, counter: Register): void {
  const each = (of: (status: PipelineStatus) => number): Sample[] =>
    pipelines().map((status) => [{ pipeline: status.id }, of(status)])
  const plugins = (of: (counts: PipelineStatus['inputs'][number]) => number): Sample[] =>
    pipelines().flatMap(({ id, inputs, filters, outputs }) =>
      Object.entries({ input: inputs, filter: filters, output: outputs }).flatMap(([kind, all]) =>
        all.map((counts): Sample => [{ pipeline: id, kind, plugin: counts.id }, of(counts)]),
      ),
    )
  const labels = ['pipeline', 'kind', 'plugin']
  gauge('vedetta_pipeline_up', 'Whether a pipeline runs.', ['pipeline'], () =>
    each(({ state }) => (state === 'running' ? 1 : 0)),
  )
  counter('vedetta_pipeline_events_in_total', 'Events taken in.', ['pipeline'], () => each((status) => status.in))
  counter('vedetta_pipeline_events_filtered_total', 'Events out of the filters.', ['pipeline'], () =>
    each(({ filtered }) => filtered),
  )
  counter('vedetta_pipeline_events_out_total', 'Events written.', ['pipeline'], () => each(({ out }) => out))
  gauge('vedetta_pipeline_queue_events', 'Events that wait in memory.', ['pipeline'], () =>
    each(({ queued }) => queued),
  )
  gauge('vedetta_pipeline_queue_bytes', 'Size of the queue on disk.', ['pipeline'], () =>
    each(({ queueBytes }) => queueBytes ?? 0),
  )
  counter('vedetta_plugin_events_in_total', 'Events given to a plugin.', labels, () => plugins((one) => one.in))
  counter('vedetta_plugin_events_out_total', 'Events a plugin gave on.', labels, () => plugins(({ out }) => out))
  counter('vedetta_plugin_failures_total', 'Events a plugin failed on.', labels, () =>
    plugins(({ failures }) => failures),
  )
  counter('vedetta_plugin_seconds_total', 'Time a plugin took, waiting included.', labels, () =>
    plugins(({ millis }) => millis / 1000),
  )
  counter('vedetta_reloads_total', 'Pipelines taken up by reloads, and reloads that failed.', ['outcome'], () => [
    [{ outcome: 'success' }, reloads()?.successes ?? 0],
    [{ outcome: 'failure' }, reloads()?.failures ?? 0],
  ])
}

async function indices(store: Store, of: (index: { documents: number; bytes: number }) => number): Promise<Sample[]> {
  const all = await store.describeIndices({ expressions: ['*'], allowNoIndices: true })
  return all.map((index) => [{ index: index.name }, of(index)])
}
