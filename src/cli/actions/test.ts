import { readdirSync, statSync, writeFileSync } from 'node:fs'
import { basename, join, relative, resolve } from 'node:path'
import { DiagnosticError, formatDiagnostic } from '../../diagnostic/index.ts'
import {
  loadPipelines,
  readCaseFile,
  runCases,
  type CaseFile,
  type CaseOutcome,
  type PipelineDefinition,
} from '../../pipeline/index.ts'
import { CommandError, EXIT } from '../exit.ts'
import { loadCommandSettings } from '../load-settings.ts'

export interface TestOptions {
  readonly pipeline?: string
  readonly pipelineId?: string
  readonly update?: boolean
  readonly config?: string
  readonly overrides: readonly string[]
}

// Settings and pipelines lie beside cases, and are none.
const NO_CASES = /^(?:pipelines|vedetta|notify|logstash)\.ya?ml$/

/** Runs the cases of files and folders; answers the exit status. */
export async function testPipelines(paths: readonly string[], options: TestOptions): Promise<number> {
  process.env['TZ'] = 'UTC'
  const settings = loadCommandSettings(options.config, options.overrides)
  const files = paths.flatMap(caseFilesOf)
  if (files.length === 0) throw new CommandError(`no file of cases in '${paths.join("', '")}'`, EXIT.usage)
  const definition = pipelineOf(paths, options, settings.variable)
  let passed = 0
  let failed = 0
  for (const path of files) {
    try {
      const file = readCaseFile(path)
      const outcomes = await runCases(file, definition, {
        ecs: settings.values['pipeline.ecs_compatibility'],
        patternPaths: settings.values['path.patterns'].map((one) => resolve(settings.folder, one)),
        lookUp: settings.variable,
      })
      if (options.update === true && outcomes.some((outcome) => !outcome.passed)) {
        update(file, outcomes)
        console.log(`${path}: what is expected was written anew`)
        passed += outcomes.length
        continue
      }
      for (const [i, outcome] of outcomes.entries()) {
        const title = outcome.case.description ?? `case ${i + 1}`
        console.log(`${outcome.passed ? 'ok' : 'FAILED'}  ${path}: ${title}`)
        if (!outcome.passed) console.log(outcome.difference.split('\n').slice(3).join('\n'))
        if (outcome.passed) passed++
        else failed++
      }
    } catch (error) {
      if (!(error instanceof DiagnosticError)) throw error
      for (const diagnostic of error.diagnostics) console.error(formatDiagnostic(diagnostic))
      failed++
    }
  }
  console.log(`${passed} passed, ${failed} failed`)
  return failed === 0 ? EXIT.done : EXIT.failed
}

function caseFilesOf(path: string): string[] {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return [path]
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(?:json|ya?ml)$/.test(entry.name) && !NO_CASES.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter(
      (file) =>
        !relative(path, file)
          .split('/')
          .some((part) => part.startsWith('.') || part === 'node_modules'),
    )
    .sort()
}

function pipelineOf(
  paths: readonly string[],
  { pipeline, pipelineId }: TestOptions,
  lookUp: (name: string) => string | undefined,
): PipelineDefinition {
  const folder = paths.find((path) => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true)
  const path = pipeline ?? folder
  if (path === undefined) throw new CommandError("'--pipeline' must name the pipeline of the cases", EXIT.usage)
  const definitions = loadPipelines(path, lookUp)
  const found = pipelineId === undefined ? definitions : definitions.filter(({ id }) => id === pipelineId)
  if (found.length === 1) return found[0]!
  const ids = definitions.map(({ id }) => id).join(', ')
  throw new CommandError(
    found.length === 0
      ? `'--pipeline-id' must be one of ${ids}, got '${pipelineId}'`
      : `'${basename(path)}' holds several pipelines; name one by '--pipeline-id': ${ids}`,
    EXIT.usage,
  )
}

/** Comments and order of the file stay; only `expected` is replaced. */
function update(file: CaseFile, outcomes: readonly CaseOutcome[]): void {
  const { document } = file
  const listed = document.has('testcases')
  for (const [i, outcome] of outcomes.entries())
    if (!outcome.passed)
      document.setIn(listed ? ['testcases', i, 'expected'] : ['expected'], document.createNode(outcome.actual))
  const text = file.path.endsWith('.json')
    ? `${JSON.stringify(document.toJS(), undefined, 2)}\n`
    : document.toString({ lineWidth: 0 })
  writeFileSync(file.path, text)
}
