import type { Command } from 'commander'
import type { Keystore } from '../../settings/index.ts'
import { CommandError } from '../exit.ts'
import { readSecret } from '../read-secret.ts'

export function registerKeystore(program: Command): void {
  const keystore = program
    .command('keystore')
    .summary('keep secrets that settings and pipelines use as ${NAME}')
    .description(
      'Keeps secrets in one encrypted file beside vedetta.yml. Settings and pipelines use them as ${NAME}. ' +
        'The password is taken from VEDETTA_KEYSTORE_PASS; without one the mode of the file protects it.',
    )
    .option('--config <file>', 'the settings file beside which the keystore lies')
  const config = (): string | undefined => keystore.opts<{ config?: string }>().config

  keystore
    .command('create')
    .description('make an empty keystore')
    .action(async () => {
      const [settings, { keystorePassword, keystorePath }] = await modules()
      const path = keystorePath(config())
      settings.Keystore.create(path, keystorePassword())
      console.error(`made ${path}`)
    })
  keystore
    .command('add')
    .description('add or replace a secret, asked for or read from standard input')
    .argument('<name>')
    .option('--stdin', 'read the secret from standard input without asking')
    .action(async (name: string, options: { stdin?: boolean }) => {
      const store = await open(config())
      const secret = await readSecret(options.stdin === true ? undefined : `${name}: `)
      if (secret === '') throw new CommandError('the secret is empty; nothing was changed')
      store.set(name, secret)
    })
  keystore
    .command('list')
    .description('show the names, never the values')
    .action(async () => {
      for (const name of [...(await open(config())).values.keys()].sort()) console.log(name)
    })
  keystore
    .command('remove')
    .description('remove a secret')
    .argument('<name>')
    .action(async (name: string) => {
      if (!(await open(config())).remove(name)) throw new CommandError(`there is no secret '${name}'`)
    })
}

// Loaded when a command runs, so that --help is quick.
function modules(): Promise<[typeof import('../../settings/index.ts'), typeof import('../load-settings.ts')]> {
  return Promise.all([import('../../settings/index.ts'), import('../load-settings.ts')])
}

async function open(config: string | undefined): Promise<Keystore> {
  const [settings, { keystorePassword, keystorePath }] = await modules()
  return settings.Keystore.open(keystorePath(config), keystorePassword())
}
