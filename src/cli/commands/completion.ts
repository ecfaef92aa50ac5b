import { Argument, type Command } from 'commander'

const SHELLS = ['bash', 'zsh', 'fish', 'powershell']

/** `createProgram` makes the whole program without these two commands, which are then those of the library. */
export function registerCompletion(program: Command, createProgram: () => Command): void {
  const act = async (): Promise<void> => {
    const { default: tab } = await import('@bomb.sh/tab/commander')
    const whole = createProgram()
    tab(whole, { completionCommandName: 'completion' })
    await whole.parseAsync(process.argv)
  }
  program
    .command('completion')
    .summary('print what makes a shell complete commands')
    .description('Prints a script for a shell; `source <(vedetta completion bash)` takes it up.')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .action(act)
  program
    .command('complete', { hidden: true })
    .description('what the scripts of completion call')
    .argument('[words...]', 'the words so far')
    .action(act)
}
