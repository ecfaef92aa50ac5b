import { Option, type Command } from 'commander'
import { collect } from '../options.ts'

interface ExplainArguments {
  readonly line: readonly string[]
  readonly pipelineId?: string
  readonly rules?: string
  readonly failures?: boolean
  readonly expect?: string
  readonly config?: string
  readonly output: 'human' | 'json'
}

export function registerExplain(program: Command): void {
  program
    .command('explain')
    .summary('what each filter of a pipeline does to lines, and which rules see something in them')
    .description(
      'Takes lines (--line, files, or standard input) through the filters of a pipeline and shows, filter by filter, what changed, what ' +
        'was kept from it by a condition, and why a pattern did not match. Nothing is stored and no output is reached.',
    )
    .argument('<pipeline>', 'the pipeline: a file, a glob or a folder')
    .argument('[file...]', 'files of lines; without them and --line standard input is read')
    .option('-l, --line <text>', 'a line; may be given several times', collect, [])
    .option('--pipeline-id <id>', 'which pipeline, where a pipelines.yml names several')
    .option('--rules <path>', 'Sigma rules to ask too: a file or a folder; path.rules unless given')
    .option('--failures', 'only lines that a filter tagged with a failure')
    .option('--expect <rule>', 'end with status 1 unless this rule (id or title) matches a line')
    .option('--config <file>', 'settings file')
    .addOption(new Option('-o, --output <form>', 'how it is written').choices(['human', 'json']).default('human'))
    .action(async (pipeline: string, files: string[], options: ExplainArguments) => {
      const { explain } = await import('../actions/explain.ts')
      const overrides = program.opts<{ E: string[] }>().E
      process.exitCode = await explain(pipeline, files, { ...options, overrides })
    })
}
