import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CommandError } from '../exit.ts'

const PACKS = fileURLToPath(new URL('../../content/packs', import.meta.url))

const SETTINGS = `# Every setting is in docs/reference/settings.md; \`vedetta config show --config vedetta.yml\` shows what is in force.
path.data: data
path.pipelines: pipelines
path.watches: watches

# Take up changes of pipelines while they run.
config.reload.automatic: true

# Inputs listen on this machine alone. To take logs of other machines:
# inputs.host: 0.0.0.0

# What outlives a crash or a slow store, at some cost of the disk:
# queue.type: persisted

# Mails are written to data/outbox until an account is here; see docs/how-to/mail.md.
# xpack.notification.email.account.work:
#   profile: standard
#   smtp: { host: mail.example.com, port: 587, starttls.enable: true }
`

/**
 * Makes a folder of settings and pipelines; answers what to do next.
 * @throws CommandError where a file of one of these names is there already
 */
export function init(folder: string): string[] {
  const files = new Map<string, string>([['vedetta.yml', SETTINGS]])
  for (const name of readdirSync(PACKS)
    .filter((one) => /\.(?:conf|yml)$/.test(one))
    .sort())
    files.set(join('pipelines', name), readFileSync(join(PACKS, name), 'utf8'))
  const watches = fileURLToPath(new URL('../../content/watches', import.meta.url))
  const taken = [...files.keys(), 'watches'].filter((name) => existsSync(join(folder, name)))
  if (taken.length > 0) throw new CommandError(`'${folder}' has ${taken.join(', ')} already; nothing was written`)
  mkdirSync(join(folder, 'pipelines'), { recursive: true })
  for (const [name, text] of files) writeFileSync(join(folder, name), text)
  cpSync(watches, join(folder, 'watches'), { recursive: true, filter: (path) => !path.endsWith('.ts') })
  const settings = join(relative('.', folder) || '.', 'vedetta.yml')
  return [
    `${files.size} files are in ${folder}`,
    '',
    'Look at what they say, and start:',
    `  vedetta check ${settings} ${join(relative('.', folder) || '.', 'pipelines')}`,
    `  vedetta start --config ${settings}`,
    '',
    'Send a first line:',
    `  logger -n 127.0.0.1 -P 5514 -T -t sshd 'Failed password for root from 192.0.2.7 port 40122 ssh2'`,
  ]
}
