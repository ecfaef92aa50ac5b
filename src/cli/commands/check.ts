import { statSync } from 'node:fs'
import type { Command } from 'commander'
import { diagnose, DiagnosticError, formatDiagnostic, type Diagnostic } from '../../diagnostic/index.ts'
import { checkPipelines, loadPipelines } from '../../pipeline/index.ts'
import { loadSettings } from '../../settings/index.ts'
import { EXIT } from '../exit.ts'
import { loadCommandSettings } from '../load-settings.ts'
import { createLogger } from '../logger.ts'
import { servicesWithoutStore } from '../pipeline-services.ts'

export function registerCheck(program: Command): void {
  program
    .command('check')
    .summary('check pipelines and settings without running them')
    .description(
      'Names every problem on standard error as FILE:LINE:COL: message, and ends with status 1 where there is an error.',
    )
    .argument('<file...>', 'pipelines (*.conf, folders, globs) and settings (*.yml)')
    .option('--config <file>', 'settings file to check with')
    .option('--deny-warnings', 'warnings fail too')
    .action((files: string[], options: { config?: string; denyWarnings?: boolean }) => {
      const problems = files.flatMap((file) => checkFile(file, options.config, program.opts<{ E: string[] }>().E))
      for (const problem of problems) console.error(formatDiagnostic(problem))
      const failing = problems.some(
        ({ severity }) => severity === 'error' || (severity === 'warning' && options.denyWarnings === true),
      )
      if (!failing) console.log('Configuration OK')
      process.exitCode = failing ? EXIT.failed : EXIT.done
    })
}

function checkFile(file: string, config: string | undefined, overrides: readonly string[]): Diagnostic[] {
  try {
    if (/\.ya?ml$/.test(file) && !file.endsWith('pipelines.yml')) {
      loadSettings({ config: file })
      return []
    }
    const lookUp = (name: string): string | undefined => process.env[name]
    const notices: Diagnostic[] = []
    const settings = loadCommandSettings(config, overrides)
    const services = {
      ...servicesWithoutStore(settings, createLogger('error', 'plain')),
      // Nothing is written by a check; that there is a store lets outputs that mean it pass.
      store: { bulk: () => Promise.resolve([]), putTemplate: () => Promise.resolve() },
      notice: (message: string) => void notices.push(diagnose('pipeline.notice', { message }, { severity: 'warning' })),
    }
    const target =
      file.endsWith('pipelines.yml') && statSync(file, { throwIfNoEntry: false })?.isFile() === true
        ? file.slice(0, -'pipelines.yml'.length) || '.'
        : file
    return [...checkPipelines(loadPipelines(target, lookUp), services, lookUp), ...notices]
  } catch (error) {
    if (error instanceof DiagnosticError) return [...error.diagnostics]
    throw error
  }
}
