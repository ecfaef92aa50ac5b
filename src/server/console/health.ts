import type { DeadLetters, ListeningInput, PipelineStatus } from '../../pipeline/index.ts'
import type { Router, Store } from '../../search/index.ts'

const SAMPLES = 5

export interface HealthSources {
  readonly deadLetters: DeadLetters
  readonly store: Store
  /** Empty until the pipelines run. */
  inputs(): readonly ListeningInput[]
  pipelines(): readonly PipelineStatus[]
  now(): number
}

/** `GET /_vedetta/health`: what each pipeline and filter took in and gave, what waits, what was refused for good, and the store. */
export function registerHealthRoutes(router: Router, sources: HealthSources): void {
  router.route({
    method: 'GET',
    path: '/_vedetta/health',
    async handle() {
      const { deadLetters, store, inputs, pipelines, now } = sources
      return {
        body: {
          time: now(),
          pipelines: pipelines(),
          inputs: inputs(),
          deadLetters: await deadLetters.summaries(SAMPLES),
          store: await store.health(),
        },
      }
    },
  })
}
