import type { ListeningInput } from '../pipeline/index.ts'
import type { Router } from '../search/index.ts'
import type { Alarms } from './alarms.ts'

export interface OwnRoutesOptions {
  readonly version: string
  readonly alarms: Alarms
  /** Empty until the pipelines run. */
  inputs(): readonly ListeningInput[]
}

/** What Elasticsearch has no address for: `alarm` and other commands ask the running server. */
export function registerOwnRoutes(router: Router, { version, alarms, inputs }: OwnRoutesOptions): void {
  router.route({
    method: 'GET',
    path: '/_vedetta/status',
    handle: () => ({
      body: { version, inputs: inputs(), lastAlarm: alarms.last, throttledRuns: alarms.throttledRuns },
    }),
  })
  router.route({
    method: 'GET',
    path: '/_vedetta/alarms',
    parameters: ['after'],
    handle: ({ query }) => ({
      body: { alarms: alarms.after(Number(query.get('after') ?? 0)), throttledRuns: alarms.throttledRuns },
    }),
  })
}
