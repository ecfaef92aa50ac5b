import { hostname } from 'node:os'
import type { Command } from 'commander'
import { systemClock } from '../../clock/index.ts'
import { CommandError, EXIT } from '../exit.ts'

interface CertOptions {
  readonly out: string
  readonly days: string
  readonly force?: boolean
}

export function registerCert(program: Command): void {
  const cert = program
    .command('cert')
    .summary('make certificates for https')
    .description('Makes an authority of your own and certificates by it, for http.ssl and for inputs with TLS.')
  cert
    .command('create')
    .description(
      'make ca.crt, server.crt and their keys; an authority that is in the folder signs further certificates, so clients ' +
        'need its file once',
    )
    .argument('[name...]', 'host names and addresses the server is reached by; without any this machine and localhost')
    .option('--out <folder>', 'where the files go', 'certs')
    .option('--days <number>', 'how long the certificate of the server is valid', '397')
    .option('--force', 'replace a certificate of the server that is there; the authority stays')
    .action(async (given: string[], { out, days, force }: CertOptions) => {
      const valid = Number(days)
      if (!Number.isInteger(valid) || valid < 1 || valid > 3650)
        throw new CommandError(`'--days' must be a whole number from 1 to 3650, got '${days}'`, EXIT.usage)
      const { createCertificate } = await import('../actions/cert.ts')
      const names = given.length > 0 ? given : [...new Set(['localhost', hostname(), '127.0.0.1', '::1'])]
      const files = await createCertificate({
        names,
        folder: out,
        days: valid,
        force: force === true,
        now: systemClock.now(),
      })
      console.error(
        `for ${names.join(', ')}, by ${files.knownAuthority ? 'the authority that was there' : 'a new authority'}`,
      )
      console.log(
        [
          'http.ssl.enabled: true',
          `http.ssl.certificate: ${files.certificate}`,
          `http.ssl.key: ${files.key}`,
          `# clients trust: ${files.ca}`,
        ].join('\n'),
      )
    })
}
