import type { Command } from 'commander'

export function registerTest(program: Command): void {
  program
    .command('test')
    .summary('run the test cases of pipelines')
    .description(
      'Runs cases (lines in, events expected) in the format of logstash-filter-verifier, JSON or YAML, over the filters of ' +
        'a pipeline, prints what differs, and ends with status 1 where a case fails. Times without a zone are read as UTC.',
    )
    .argument('<path...>', 'files of cases, or folders that hold them, at any depth')
    .option('--pipeline <path>', 'the pipeline: a file, a glob or a folder; without it the folder that is given')
    .option('--pipeline-id <id>', 'which pipeline, where a pipelines.yml names several')
    .option('--update', 'write what came out into the files as what is expected')
    .option('--config <file>', 'settings file to run with')
    .action(
      async (
        paths: string[],
        options: { pipeline?: string; pipelineId?: string; update?: boolean; config?: string },
      ) => {
        const { testPipelines } = await import('../actions/test.ts')
        process.exitCode = await testPipelines(paths, { ...options, overrides: program.opts<{ E: string[] }>().E })
      },
    )
}
