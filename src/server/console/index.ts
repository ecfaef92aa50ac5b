import type { Clock } from '../../clock/index.ts'
import type { SigmaRules } from '../../detect/index.ts'
import type { DeadLetters, ListeningInput, PipelineDefinition, PipelineStatus } from '../../pipeline/index.ts'
import type { Router, Store } from '../../search/index.ts'
import type { Settings } from '../../settings/index.ts'
import { resolve } from 'node:path'
import type { Watcher } from '../../watch/index.ts'
import { registerExplainRoutes } from './explain.ts'
import { registerHealthRoutes } from './health.ts'
import { registerPreviewRoutes } from './preview.ts'
import { registerSavedRoutes } from './saved.ts'
import { registerStorageRoutes } from './storage.ts'
import { registerWatchRoutes } from './watches.ts'

export interface ConsoleOptions {
  readonly settings: Settings
  readonly store: Store
  readonly watcher: Watcher
  readonly clock: Clock
  readonly deadLetters: DeadLetters
  /** Absent where nothing is judged. */
  readonly rules: SigmaRules | undefined
  /** What runs; empty until the pipelines do. */
  readonly pipelines: {
    readonly definitions: readonly PipelineDefinition[]
    readonly inputs: readonly ListeningInput[]
    status(): readonly PipelineStatus[]
  }
}

/** What the console's screens ask for beside Elasticsearch's API and the alerts. */
export function registerConsoleRoutes(router: Router, options: ConsoleOptions): void {
  const { settings, store, watcher, clock, deadLetters, pipelines, rules } = options
  const { values, folder } = settings
  const now = (): number => clock.now()
  registerWatchRoutes(router, watcher, store, now)
  registerHealthRoutes(router, {
    deadLetters,
    store,
    now,
    inputs: () => pipelines.inputs,
    pipelines: () => pipelines.status(),
  })
  registerStorageRoutes(router, store, settings)
  if (rules !== undefined) registerPreviewRoutes(router, rules, store, now)
  registerSavedRoutes(router, store, now)
  registerExplainRoutes(router, {
    clock,
    patternPaths: values['path.patterns'].map((path) => resolve(folder, path)),
    ecs: values['pipeline.ecs_compatibility'],
    rules: () => rules?.enabled ?? [],
    definitions: () => pipelines.definitions,
    variable: settings.variable,
  })
}
