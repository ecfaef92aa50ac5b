import type { Command } from 'commander'

/** `vedetta notify ...`: try where alerts go, without one. */
export function registerNotify(program: Command): void {
  const notify = program
    .command('notify')
    .summary('try routes and mail accounts: route, test')
    .description('Says where an alert would go, and sends a test mail.')

  notify
    .command('route')
    .description('say which receivers an alert goes to, by notify.yml; nothing is sent')
    .argument('<alert>', 'an alert as JSON, as `vedetta alerts show -o json` prints it; `-` reads standard input')
    .option('--config <file>', 'settings file')
    .option('--routes <file>', 'file of routes, instead of that of the settings')
    .action(async (alert: string, options: { config?: string; routes?: string }) => {
      const { showRoute } = await import('../actions/notify.ts')
      showRoute(alert, options, overridesOf(program))
    })

  notify
    .command('test')
    .description('send a mail through an account, now')
    .argument('<account>', 'NAME of xpack.notification.email.account.NAME')
    .option('--config <file>', 'settings file')
    .option('--to <address>', 'the recipient, where the account has no default')
    .action(async (account: string, options: { config?: string; to?: string }) => {
      const { sendTest } = await import('../actions/notify.ts')
      process.exitCode = await sendTest(account, options, overridesOf(program))
    })
}

function overridesOf(program: Command): readonly string[] {
  return program.opts<{ E: string[] }>().E
}
