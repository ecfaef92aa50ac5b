import { join } from 'node:path'
import { DiagnosticError, type Diagnostic, type Source, type Span } from '../../diagnostic/index.ts'
import { parseConfiguration, type VariableLookup } from '../language/index.ts'
import type { Plugin, SectionKind, Statement } from '../language/ast.ts'
import { findSpec, type PluginKind } from '../plugins/registry.ts'
import { isFolder, readSources } from '../runtime/config-files.ts'
import { checkPipeline } from '../runtime/running.ts'
import type { PipelineServices } from '../runtime/services.ts'

/**
 * - `supported`: runs as it is written.
 * - `option refused`: the plugin is here; something that was written in it is not.
 * - `refused`: the plugin is not here.
 */
export type PluginState = 'supported' | 'option refused' | 'refused'

/** One use of a plugin in a configuration. */
export interface PluginUse {
  readonly kind: PluginKind
  readonly name: string
  /** Where its name stands. */
  readonly span: Span
  readonly state: PluginState
  readonly refusals: readonly Diagnostic[]
}

/** What of a team's configurations runs. */
export interface PluginReport {
  readonly files: number
  readonly uses: readonly PluginUse[]
  /** What is wrong outside plugins: syntax, conditions, files that cannot be read. */
  readonly others: readonly Diagnostic[]
  /** Uses of variables that have no value here, which says nothing against the files. */
  readonly variables: readonly Diagnostic[]
}

/**
 * Looks at every configuration of the paths by itself: files, globs, and folders with all `*.conf` below them.
 * @throws DiagnosticError where a path holds none
 */
export function reportPlugins(
  paths: readonly string[],
  services: PipelineServices,
  lookUp: VariableLookup,
): PluginReport {
  const sources = new Map<string, Source>()
  for (const path of paths)
    for (const source of readSources(isFolder(path) ? join(path, '**', '*.conf') : path, process.cwd()))
      sources.set(source.name, source)
  const uses: PluginUse[] = []
  const others: Diagnostic[] = []
  const variables: Diagnostic[] = []
  for (const source of sources.values()) {
    const problems = checkPipeline({ id: source.name, sources: [source] }, services, lookUp)
    variables.push(...problems.filter(({ code }) => code === UNDEFINED))
    const left = new Set(problems.filter(({ severity, code }) => severity === 'error' && code !== UNDEFINED))
    for (const { kind, plugin } of pluginsOf(source)) {
      const refusals = [...left].filter(({ span }) => span !== undefined && isInside(span, plugin, source))
      for (const refusal of refusals) left.delete(refusal)
      const state =
        refusals.length === 0 ? 'supported' : findSpec(kind, plugin.name) === undefined ? 'refused' : 'option refused'
      const span = { source, start: plugin.start, end: plugin.nameEnd }
      uses.push({ kind, name: plugin.name, span, state, refusals })
    }
    others.push(...left)
  }
  return { files: sources.size, uses, others, variables }
}

const UNDEFINED = 'pipeline.undefined_variable'

interface Written {
  readonly kind: PluginKind
  readonly plugin: Plugin
}

/** Codecs first: what is wrong inside one is theirs, not of the plugin around it. */
function pluginsOf(source: Source): Written[] {
  try {
    const { sections } = parseConfiguration(source)
    return sections.flatMap(({ kind, body }) => body.flatMap((statement) => within(kind, statement)))
  } catch (error) {
    // The check has said it.
    if (error instanceof DiagnosticError) return []
    throw error
  }
}

function within(kind: SectionKind, statement: Statement): Written[] {
  if (statement.node === 'branch') {
    const bodies = [...statement.cases.map(({ body }) => body), statement.otherwise ?? []]
    return bodies.flatMap((body) => body.flatMap((inner) => within(kind, inner)))
  }
  const codecs = statement.attributes.flatMap(({ value }): Written[] =>
    value.node === 'plugin' ? [{ kind: 'codec', plugin: value }] : [],
  )
  return [...codecs, { kind, plugin: statement }]
}

function isInside(span: Span, plugin: Plugin, source: Source): boolean {
  return span.source === source && span.start >= plugin.start && span.end <= plugin.end
}
