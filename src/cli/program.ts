import { createRequire } from 'node:module'
import { Command } from 'commander'
import { registerAlarm } from './commands/alarm.ts'
import { registerAlerts } from './commands/alerts.ts'
import { registerCapture } from './commands/capture.ts'
import { registerCase } from './commands/case.ts'
import { registerCert } from './commands/cert.ts'
import { registerCheck } from './commands/check.ts'
import { registerDemo } from './commands/demo.ts'
import { registerCompletion } from './commands/completion.ts'
import { registerConfig } from './commands/config.ts'
import { registerExplain } from './commands/explain.ts'
import { registerExport } from './commands/export.ts'
import { registerGraph } from './commands/graph.ts'
import { registerGrok } from './commands/grok.ts'
import { registerImport } from './commands/import.ts'
import { registerInit } from './commands/init.ts'
import { registerKeystore } from './commands/keystore.ts'
import { registerNotify } from './commands/notify.ts'
import { registerReplay } from './commands/replay.ts'
import { registerRule } from './commands/rule.ts'
import { registerRun } from './commands/run.ts'
import { registerSilence } from './commands/silence.ts'
import { registerStart } from './commands/start.ts'
import { registerSupportDump } from './commands/support-dump.ts'
import { registerTail } from './commands/tail.ts'
import { registerTest } from './commands/test.ts'
import { registerTop } from './commands/top.ts'
import { registerUser } from './commands/user.ts'
import { registerWatch } from './commands/watch.ts'
import { collect } from './options.ts'

const { version } = createRequire(import.meta.url)('../../package.json') as { version: string }

/** The command line with all its verbs; nothing runs until it is parsed. */
export function createProgram(): Command {
  const program = createPlainProgram()
  registerCompletion(program, createPlainProgram)
  return program
}

function createPlainProgram(): Command {
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
  registerInit(program)
  registerRun(program)
  registerCheck(program)
  registerTest(program)
  registerExplain(program)
  registerGrok(program)
  registerGraph(program)
  registerRule(program)
  registerWatch(program)
  registerAlarm(program)
  registerAlerts(program)
  registerSilence(program)
  registerCase(program)
  registerNotify(program)
  registerCapture(program)
  registerExport(program)
  registerImport(program)
  registerReplay(program)
  registerDemo(program)
  registerTail(program)
  registerTop(program)
  registerConfig(program)
  registerUser(program)
  registerKeystore(program)
  registerSupportDump(program)
  registerCert(program)
  return program
}
