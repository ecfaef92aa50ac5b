import { formatDiagnostic, position, type Diagnostic, type Span } from '../../diagnostic/index.ts'
import { reportPlugins, type PluginReport, type PluginUse } from '../../pipeline/index.ts'
import { EXIT } from '../exit.ts'
import { loadCommandSettings } from '../load-settings.ts'
import { printable } from '../printable.ts'
import { table } from '../table.ts'
import { checkServices } from './check.ts'

export interface ReportOptions {
  readonly config?: string
  readonly overrides: readonly string[]
  readonly output: 'text' | 'json'
}

/** Prints which plugins of pipelines run here; answers the exit status, that of failure where something is refused. */
export function reportPipelines(paths: readonly string[], { config, overrides, output }: ReportOptions): number {
  const settings = loadCommandSettings(config, overrides)
  const report = reportPlugins(
    paths,
    checkServices(settings, () => {}),
    settings.variable,
  )
  const lines = output === 'json' ? [JSON.stringify(inJson(report), null, 2)] : inText(report).map(printable)
  for (const line of lines) console.log(line)
  const refused = report.uses.some(({ state }) => state !== 'supported') || report.others.length > 0
  return refused ? EXIT.failed : EXIT.done
}

interface Row {
  readonly kind: string
  readonly name: string
  readonly uses: readonly PluginUse[]
}

function inText(report: PluginReport): string[] {
  const { files, uses, others, variables } = report
  const rows = rowsOf(uses)
  const cells = rows.map(({ kind, name, uses: of }) => {
    const running = of.filter(({ state }) => state === 'supported').length
    return [kind, name, String(of.length), String(running), stateOf(of)]
  })
  const refused = rows.filter(({ uses: of }) => stateOf(of) !== 'supported')
  const running = uses.filter(({ state }) => state === 'supported').length
  const share = uses.length === 0 ? 100 : Math.floor((running / uses.length) * 100)
  return [
    ...table(['kind', 'plugin', 'used', 'run', 'state'], cells),
    ...refused.flatMap(({ kind, name, uses: of }) => [
      '',
      `${kind} ${name}:`,
      ...of.flatMap(({ refusals }) => refusals.map((refusal) => `  ${formatDiagnostic(refusal)}`)),
    ]),
    ...section('outside plugins:', others),
    ...section('variables without a value here:', variables),
    '',
    `${files} files, ${uses.length} uses of ${rows.length} plugins: ${running} run as they are (${share} %)`,
  ]
}

function section(title: string, diagnostics: readonly Diagnostic[]): string[] {
  return diagnostics.length === 0
    ? []
    : ['', title, ...diagnostics.map((diagnostic) => `  ${formatDiagnostic(diagnostic)}`)]
}

/** The most used first. */
function rowsOf(uses: readonly PluginUse[]): Row[] {
  const rows = new Map<string, PluginUse[]>()
  for (const use of uses) {
    const key = `${use.kind} ${use.name}`
    const known = rows.get(key)
    if (known === undefined) rows.set(key, [use])
    else known.push(use)
  }
  const order = ['input', 'codec', 'filter', 'output']
  return [...rows.values()]
    .map((of) => ({ kind: of[0]!.kind, name: of[0]!.name, uses: of }))
    .sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind) || b.uses.length - a.uses.length)
}

function stateOf(uses: readonly PluginUse[]): string {
  return ['refused', 'option refused'].find((state) => uses.some((use) => use.state === state)) ?? 'supported'
}

function inJson({ files, uses, others, variables }: PluginReport): unknown {
  return {
    files,
    plugins: rowsOf(uses).map(({ kind, name, uses: of }) => ({
      kind,
      plugin: name,
      used: of.length,
      state: stateOf(of),
      places: of.map(({ span, state, refusals }) => ({
        ...placeOf(span),
        state,
        ...(refusals.length === 0 ? {} : { refusals: refusals.map(problemOf) }),
      })),
    })),
    others: others.map(problemOf),
    variables: variables.map(problemOf),
  }
}

function problemOf({ span, message, hint }: Diagnostic): unknown {
  return { ...(span === undefined ? {} : placeOf(span)), message, ...(hint === undefined ? {} : { hint }) }
}

function placeOf({ source, start }: Span): { file: string; line: number; column: number } {
  return { file: source.name, ...position(source, start) }
}
