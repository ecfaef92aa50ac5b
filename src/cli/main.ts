#!/usr/bin/env node
import { createRequire } from 'node:module'
import { Command, CommanderError } from 'commander'
import { registerAlarm } from './commands/alarm.ts'
import { registerCapture } from './commands/capture.ts'
import { registerCheck } from './commands/check.ts'
import { registerGrok } from './commands/grok.ts'
import { registerKeystore } from './commands/keystore.ts'
import { registerRun } from './commands/run.ts'
import { registerStart } from './commands/start.ts'
import { registerUser } from './commands/user.ts'
import { registerWatch } from './commands/watch.ts'
import { EXIT, reportError } from './exit.ts'

const { version } = createRequire(import.meta.url)('../../package.json') as { version: string }

const program = new Command('vedetta')
  .description('A sentinel for a network: logs and packets in, searchable, and an alarm that names every culprit.')
  .version(version)
  .option('-E <key=value>', 'override a setting; may be given several times', collect, [])
  .configureHelp({ sortSubcommands: false, showGlobalOptions: true })
  .addHelpText(
    'after',
    `
Exit status:
  0  done
  1  the check failed, or what was to be run cannot run
  2  wrong usage
  3  server or store not reachable
  130  interrupted`,
  )

registerStart(program, version)
registerRun(program)
registerCheck(program)
registerGrok(program)
registerWatch(program)
registerAlarm(program)
registerCapture(program)
registerUser(program)
registerKeystore(program)

// A reader that goes away (| head) is no error.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(process.exitCode ?? EXIT.done)
    throw error
  })
}

for (const command of withDescendants(program)) command.exitOverride()

try {
  await program.parseAsync()
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.usage
  else process.exitCode = reportError(error)
}

function collect(value: string, before: string[]): string[] {
  return [...before, value]
}

function withDescendants(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withDescendants)]
}
