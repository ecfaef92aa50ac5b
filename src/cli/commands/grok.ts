import { Option, type Command } from 'commander'
import { CommandError, EXIT } from '../exit.ts'
import { collect } from '../options.ts'

interface GrokOptions {
  readonly ecs: 'disabled' | 'v1' | 'v8'
  readonly patternsDir: readonly string[]
  readonly timeout: string
  readonly explain?: boolean
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
    .option(
      '--explain',
      'for each line that does not match say on standard error which part of the pattern stopped it, and where',
    )
    .option('--timeout <millis>', 'how long a line may take; 0 is without limit', '30000')
    .action(async (text: string, options: GrokOptions) => {
      const millis = Number(options.timeout)
      if (!Number.isInteger(millis) || millis < 0)
        throw new CommandError(`'--timeout' must be a number of milliseconds, got '${options.timeout}'`, EXIT.usage)
      const { answerLines, compilePattern, explainLine } = await import('../actions/grok.ts')
      const own = { ecs: options.ecs, patternsDirs: options.patternsDir }
      const pattern = compilePattern(text, own)
      await answerLines(pattern, millis, process, options.explain === true ? explainLine(own, pattern) : undefined)
    })
}
