import { join, resolve } from 'node:path'
import { DiagnosticError, type Diagnostic, type Source } from '../../diagnostic/index.ts'
import {
  parseConfiguration,
  resolveConfiguration,
  type ResolvedConfiguration,
  type VariableLookup,
} from '../language/index.ts'
import type { EcsCompatibility } from '../plugins/define.ts'
import { exists, isFolder, readSources } from './config-files.ts'
import { MEMORY, queueOf, type LetterLimits, type QueueOptions, type QueueSettings } from './queue-settings.ts'
import { readPipelinesYml } from './pipelines-yml.ts'

/** One pipeline as it was found: its configuration texts in order, and its own settings. */
export interface PipelineDefinition {
  readonly id: string
  readonly sources: readonly Source[]
  readonly ecs?: EcsCompatibility
  readonly supportEscapes?: boolean
  /** Events a batch holds at most; 500 unless given, which is also the most. */
  readonly batchSize?: number
  /** Absent where events wait in memory only. */
  readonly queue?: QueueOptions
  /** As the settings say where it is absent. */
  readonly letters?: LetterLimits
  /** False where it is to run on as it was started. */
  readonly reloadable?: boolean
  /** What is to be said about its settings. */
  readonly notices?: readonly Diagnostic[]
}

/**
 * Finds the pipelines of a path: a file, a glob, or a folder. A folder is ONE pipeline, its `*.conf` in the order of their
 * names, unless a `pipelines.yml` in it names several. Several paths are one pipeline, as the files of Logstash's `-f` are.
 * `queue` is for those that have no settings of their own.
 * @throws DiagnosticError where nothing is found or a file cannot be read.
 */
export function loadPipelines(
  path: string | readonly string[],
  lookUp: VariableLookup = (name) => process.env[name],
  queue: QueueSettings = MEMORY,
): PipelineDefinition[] {
  const sources: Source[] = []
  const several: PipelineDefinition[] = []
  for (const one of typeof path === 'string' ? [path] : path) {
    const listing = join(one, 'pipelines.yml')
    if (isFolder(one) && exists(listing)) several.push(...readPipelinesYml(listing, resolve(one), lookUp, queue))
    else sources.push(...readSources(one, process.cwd()))
  }
  return sources.length === 0 ? several : [{ id: 'main', sources, ...queueOf(queue) }, ...several]
}

/** Parses and resolves a definition; problems of every file are gathered. */
export function resolvePipeline(
  definition: PipelineDefinition,
  lookUp: VariableLookup,
  problems: Diagnostic[],
): ResolvedConfiguration {
  problems.push(...(definition.notices ?? []))
  const parts = definition.sources.flatMap((source) => {
    try {
      return [
        { source, configuration: parseConfiguration(source, { supportEscapes: definition.supportEscapes === true }) },
      ]
    } catch (error) {
      if (!(error instanceof DiagnosticError)) throw error
      problems.push(...error.diagnostics)
      return []
    }
  })
  return resolveConfiguration(parts, lookUp, problems)
}
