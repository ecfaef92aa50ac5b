import { Option, type Command } from 'commander'
import { CommandError, EXIT } from '../exit.ts'
import { collect } from '../options.ts'

interface GrokOptions {
  readonly ecs: 'disabled' | 'v1' | 'v8'
  readonly patternsDir: readonly string[]
  readonly timeout: string
}

export function registerGrok(program: Command): void {
  program
    .command('grok')
    .summary('try a grok pattern on lines')
    .description(
      'Reads lines from standard input and writes one line of JSON for each: the captured fields, or null where ' +
        'the pattern does not match.',
    )
    .argument('<pattern>', "a grok pattern, such as '%{IP:client} %{WORD:verb}'")
    .addOption(
      new Option('--ecs <names>', "whose names the shipped patterns' captures have")
        .choices(['disabled', 'v1', 'v8'])
        .default('disabled'),
    )
    .option('--patterns-dir <folder>', 'folder with files of patterns; may be given several times', collect, [])
    .option('--timeout <millis>', 'how long a line may take; 0 is without limit', '30000')
    .action(async (text: string, options: GrokOptions) => {
      const millis = Number(options.timeout)
      if (!Number.isInteger(millis) || millis < 0)
        throw new CommandError(`'--timeout' must be a number of milliseconds, got '${options.timeout}'`, EXIT.usage)
      const { answerLines, compilePattern } = await import('../actions/grok.ts')
      const pattern = compilePattern(text, { ecs: options.ecs, patternsDirs: options.patternsDir })
      await answerLines(pattern, millis, process)
    })
}
