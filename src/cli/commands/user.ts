import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { systemClock } from '../../clock/index.ts'
import type { Users } from '../../server/index.ts'
import { CommandError } from '../exit.ts'
import { readSecret } from '../read-secret.ts'

/** `vedetta user ...` and `vedetta token ...`: who may use the HTTP server. A running server sees a change at once. */
export function registerUser(program: Command, askPassword: (prompt: string) => Promise<string> = readSecret): void {
  const user = program
    .command('user')
    .summary('say who may use the HTTP server')
    .description(
      'Keeps the users of the HTTP server in path.data/users.json. Once there is a user or a token, every request needs one. ' +
        'A running server sees the change at once.',
    )
    .option('--config <file>', 'the settings file')
  const users = (command: Command): Promise<Users> => openUsers(program, command)

  user
    .command('add')
    .description('add a user, or give one another password; asked for, or read from standard input')
    .alias('passwd')
    .argument('<name>')
    .option('--role <role>', 'viewer, analyst, administrator or shipper; a new user is an administrator without it')
    .action(async (name: string, { role }: { role?: string }) => {
      const store = await users(user)
      const { readRole } = await import('../../server/index.ts')
      const given = role === undefined ? undefined : readRole(role)
      await store.put(name, await askPassword(`password of ${name}: `), now(), given)
    })
  user
    .command('role')
    .description('give a user another role: viewer, analyst, administrator or shipper')
    .argument('<name>')
    .argument('<role>')
    .action(async (name: string, role: string) => {
      const { readRole } = await import('../../server/index.ts')
      if (!(await users(user)).setRole(name, readRole(role))) throw new CommandError(`there is no user '${name}'`)
    })
  user
    .command('list')
    .description('show the users')
    .action(async () => {
      for (const { name } of (await users(user)).list()) console.log(name)
    })
  user
    .command('delete')
    .alias('remove')
    .description('delete a user')
    .argument('<name>')
    .action(async (name: string) => {
      if (!(await users(user)).delete(name)) throw new CommandError(`there is no user '${name}'`)
    })

  const token = program
    .command('token')
    .summary('make tokens for programs that use the HTTP server')
    .description(
      'Keeps tokens for programs, sent as Authorization: Bearer TOKEN. A token is shown once, when it is made.',
    )
    .option('--config <file>', 'the settings file')
  token
    .command('add')
    .alias('create')
    .description('make a token and print it')
    .argument('<name>', 'what it is for')
    .option('--role <role>', 'viewer, analyst, administrator or shipper, which only writes events')
    .action(async (name: string, { role }: { role?: string }) => {
      const { readRole } = await import('../../server/index.ts')
      const made = (await users(token)).createToken(name, now(), readRole(role))
      console.error(`token ${made.id} for ${name}; it is not shown again:`)
      console.log(made.token)
    })
  token
    .command('list')
    .description('show the ids and names, never the tokens')
    .action(async () => {
      for (const { id, name, created } of (await users(token)).listTokens()) console.log(`${id}  ${created}  ${name}`)
    })
  token
    .command('delete')
    .alias('revoke')
    .description('delete a token')
    .argument('<id>')
    .action(async (id: string) => {
      if (!(await users(token)).deleteToken(id)) throw new CommandError(`there is no token '${id}'`)
    })
}

async function openUsers(program: Command, command: Command): Promise<Users> {
  const [{ loadCommandSettings }, { Users }] = await Promise.all([
    import('../load-settings.ts'),
    import('../../server/index.ts'),
  ])
  const { config } = command.opts<{ config?: string }>()
  const overrides = program.opts<{ E?: string[] }>().E ?? []
  const settings = loadCommandSettings(config, overrides)
  return new Users(usersPath(resolve(settings.folder, settings.values['path.data'])))
}

/** Where the users of a data folder are kept. */
export function usersPath(data: string): string {
  return join(data, 'users.json')
}

function now(): Date {
  return new Date(systemClock.now())
}

/** One line of standard input; on a terminal it is asked for, and what is typed is not shown. */
