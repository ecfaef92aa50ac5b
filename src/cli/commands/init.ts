import type { Command } from 'commander'

export function registerInit(program: Command): void {
  program
    .command('init')
    .summary('make a folder with settings and pipelines of your own')
    .description(
      'Writes a settings file and pipelines for the usual sources (syslog, sshd, sudo, Windows, firewalls, Suricata, Zeek, AWS, ' +
        'web servers) into a folder, for you to change. Nothing that is there is overwritten.',
    )
    .argument('<folder>', 'where to')
    .action(async (folder: string) => {
      const { init } = await import('../actions/init.ts')
      for (const line of init(folder)) console.log(line)
    })
}
