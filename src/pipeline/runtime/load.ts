import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { parse as parseYaml } from 'yaml'
import { diagnose, DiagnosticError, didYouMean, type Diagnostic, type Source } from '../../diagnostic/index.ts'
import {
  parseConfiguration,
  resolveConfiguration,
  type ResolvedConfiguration,
  type VariableLookup,
} from '../language/index.ts'
import type { EcsCompatibility } from '../plugins/define.ts'

/** One pipeline as it was found: its configuration texts in order, and its own settings. */
export interface PipelineDefinition {
  readonly id: string
  readonly sources: readonly Source[]
  readonly ecs?: EcsCompatibility
  readonly supportEscapes?: boolean
  /** Events a batch holds at most; 500 unless given, which is also the most. */
  readonly batchSize?: number
}

/** Settings of pipelines.yml that mean something here, and those of Logstash that tune what works otherwise here. */
const PIPELINE_KEYS = [
  'pipeline.id',
  'path.config',
  'config.string',
  'pipeline.ecs_compatibility',
  'config.support_escapes',
]
const IGNORED_KEYS = [
  'pipeline.workers',
  'pipeline.batch.size',
  'pipeline.batch.delay',
  'pipeline.ordered',
  'queue.type',
]

/**
 * Finds the pipelines of a path: a file, a glob, or a folder. A folder is ONE pipeline, its `*.conf` in the order of their
 * names, unless a `pipelines.yml` in it names several.
 * @throws DiagnosticError where nothing is found or a file cannot be read.
 */
export function loadPipelines(path: string): PipelineDefinition[] {
  if (!isFolder(path)) return [{ id: 'main', sources: readSources(path) }]
  const listing = join(path, 'pipelines.yml')
  if (!exists(listing)) return [{ id: 'main', sources: readSources(join(path, '*.conf')) }]
  return readPipelinesYml(listing, path)
}

function readPipelinesYml(path: string, folder: string): PipelineDefinition[] {
  const text = readText(path)
  const source: Source = { name: path, text }
  const span = { source, start: 0, end: 1 }
  const invalid = (reason: string): DiagnosticError =>
    new DiagnosticError(diagnose('pipeline.invalid_pipelines_yml', { reason }, { span }))
  let entries: unknown
  try {
    entries = parseYaml(text)
  } catch (error) {
    throw invalid((error as Error).message.split('\n')[0]!)
  }
  if (!Array.isArray(entries) || entries.length === 0) throw invalid('it must be a list of pipelines')
  const ids = new Set<string>()
  return entries.map((entry: unknown) => {
    if (typeof entry !== 'object' || entry === null)
      throw invalid('each entry must be a pipeline with pipeline.id and path.config')
    const settings = entry as Record<string, unknown>
    for (const key of Object.keys(settings)) {
      if (PIPELINE_KEYS.includes(key) || IGNORED_KEYS.includes(key)) continue
      const near = didYouMean(key, PIPELINE_KEYS)
      throw invalid(`there is no setting '${key}'${near === undefined ? '' : `; did you mean "${near}"?`}`)
    }
    const id = String(settings['pipeline.id'] ?? 'main')
    if (ids.has(id)) throw invalid(`pipeline.id '${id}' is given twice`)
    ids.add(id)
    const config = settings['config.string']
    const files = settings['path.config']
    if ((config === undefined) === (files === undefined))
      throw invalid(`pipeline '${id}' must have either path.config or config.string`)
    const ecs = settings['pipeline.ecs_compatibility']
    if (ecs !== undefined && ecs !== 'disabled' && ecs !== 'v1' && ecs !== 'v8')
      throw invalid(`'pipeline.ecs_compatibility' must be one of "disabled", "v1", "v8", got "${String(ecs)}"`)
    return {
      id,
      sources:
        config === undefined
          ? readSources(resolve(folder, String(files)))
          : [{ name: `${path}#${id}`, text: String(config) }],
      ...(ecs === undefined ? {} : { ecs }),
      supportEscapes: settings['config.support_escapes'] === true,
    }
  })
}

function readSources(pattern: string): Source[] {
  const files = expand(pattern)
  if (files.length === 0) throw new DiagnosticError(diagnose('pipeline.no_files', { path: pattern }))
  return files.map((file) => ({ name: file, text: readText(file) }))
}

/** Files of a path whose last part may hold `*`, `?` and `{a,b}`, in the order of their names, as Logstash reads them. */
function expand(pattern: string): string[] {
  if (exists(pattern)) return isFolder(pattern) ? expand(join(pattern, '*.conf')) : [pattern]
  const folder = resolve(pattern, '..')
  if (!isFolder(folder)) return []
  const expression = basename(pattern)
    .replace(/[.+^$()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
    .replace(/\{([^}]*)\}/g, (_, names: string) => `(?:${names.replaceAll(',', '|')})`)
  const matches = new RegExp(`^${expression}$`)
  return readdirSync(folder)
    .filter((name) => matches.test(name) && !name.endsWith('~'))
    .sort()
    .map((name) => join(folder, name))
    .filter((path) => !isFolder(path))
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new DiagnosticError(diagnose('pipeline.unreadable', { path, reason: (error as Error).message }))
  }
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}

/** Parses and resolves a definition; problems of every file are gathered. */
export function resolvePipeline(
  definition: PipelineDefinition,
  lookUp: VariableLookup,
  problems: Diagnostic[],
): ResolvedConfiguration {
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
