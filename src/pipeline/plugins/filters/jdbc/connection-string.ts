import { readFileSync } from 'node:fs'
import { fail } from '../../../../diagnostic/index.ts'

export interface Connection {
  readonly kind: 'mysql' | 'postgresql'
  readonly host: string
  readonly port: number
  readonly database: string
  readonly user: string | undefined
  readonly password: string | undefined
  /** PEM of the authority is given where the server's certificate is to be checked against it. */
  readonly tls: { readonly verify: boolean; readonly ca?: string } | undefined
  readonly applicationName: string | undefined
  /** PostgreSQL's search path. */
  readonly schema: string | undefined
  /** Properties in the string that mean nothing here. */
  readonly ignored: readonly string[]
}

const KINDS = { postgresql: 'postgresql', postgres: 'postgresql', mysql: 'mysql', mariadb: 'mysql' } as const
const PORTS = { postgresql: 5432, mysql: 3306 } as const
const DRIVERS: Readonly<Record<Connection['kind'], readonly string[]>> = {
  postgresql: ['org.postgresql.Driver'],
  mysql: ['com.mysql.jdbc.Driver', 'com.mysql.cj.jdbc.Driver', 'org.mariadb.jdbc.Driver'],
}
/** Whether `sslmode` (PostgreSQL) and `sslMode` (MySQL, MariaDB) ask for TLS, and for a certificate that is checked. */
const TLS_MODES: Readonly<Record<string, { readonly verify: boolean } | undefined>> = {
  require: { verify: false },
  required: { verify: false },
  trust: { verify: false },
  'verify-ca': { verify: true },
  'verify-full': { verify: true },
  verify_ca: { verify: true },
  verify_identity: { verify: true },
}
const NO_TLS = ['disable', 'disabled', 'allow', 'prefer', 'preferred']
const KNOWN = [
  'user',
  'password',
  'ssl',
  'sslmode',
  'sslrootcert',
  'servsslcert',
  'usessl',
  'requiressl',
  'verifyservercertificate',
  'trustservercertificate',
  'applicationname',
  'currentschema',
]

/**
 * Reads a JDBC connection string of PostgreSQL, MySQL or MariaDB; any other database is refused.
 * @throws DiagnosticError
 */
export function parseConnectionString(text: string): Connection {
  const match = /^jdbc:([a-z0-9]+):\/\/(?:\[([^\]]+)\]|([^:/?,]+))?(?::(\d+))?(?:\/([^?]*))?(?:\?(.*))?$/i.exec(text)
  const kind = KINDS[(match?.[1]?.toLowerCase() ?? '') as keyof typeof KINDS]
  if (match === null || kind === undefined)
    throw fail('plugin.option_invalid', {
      option: 'jdbc_connection_string',
      expected: 'jdbc:postgresql://HOST:PORT/DATABASE, or the same with mysql or mariadb',
      value: text.replace(/password=[^&]*/gi, 'password=...').replace(/\/\/[^@/]*@/, '//'),
    })
  const given = new Map<string, string>()
  const names: string[] = []
  for (const [name, value] of new URLSearchParams(match[6] ?? '')) {
    given.set(name.toLowerCase(), value)
    if (!KNOWN.includes(name.toLowerCase())) names.push(name)
  }
  return {
    kind,
    host: match[2] ?? match[3] ?? 'localhost',
    port: match[4] === undefined ? PORTS[kind] : Number(match[4]),
    database: decodeURIComponent(match[5] ?? ''),
    user: given.get('user'),
    password: given.get('password'),
    tls: tlsOf(given),
    applicationName: given.get('applicationname'),
    schema: given.get('currentschema'),
    ignored: names,
  }
}

function tlsOf(given: ReadonlyMap<string, string>): Connection['tls'] {
  const mode = given.get('sslmode')?.toLowerCase()
  const file = given.get('sslrootcert') ?? given.get('servsslcert')
  const asked = [given.get('ssl'), given.get('usessl'), given.get('requiressl')].includes('true')
  let tls: { verify: boolean } | undefined
  if (mode !== undefined) {
    tls = TLS_MODES[mode]
    if (tls === undefined && !NO_TLS.includes(mode))
      throw fail('plugin.option_invalid', {
        option: 'jdbc_connection_string',
        expected: 'a connection string with a known sslmode',
        value: mode,
      })
  } else if (asked) {
    const trusts = given.get('trustservercertificate') === 'true' || given.get('verifyservercertificate') === 'false'
    tls = { verify: !trusts }
  }
  if (tls === undefined || file === undefined) return tls
  try {
    return { ...tls, ca: readFileSync(file, 'utf8') }
  } catch (error) {
    const reason = (error as Error).message
    throw fail('plugin.file_unreadable', { option: 'jdbc_connection_string', path: file, reason })
  }
}

/** @throws DiagnosticError where the driver is not the one for the string, or for a database that is not spoken here. */
export function checkDriver(driver: string, { kind }: Connection): void {
  const name = driver.replace(/^Java::/, '')
  if (DRIVERS[kind].includes(name)) return
  const known = Object.values(DRIVERS).flat()
  throw fail('plugin.option_invalid', {
    option: 'jdbc_driver_class',
    expected: known.includes(name) ? `a driver for ${kind}` : `one of ${known.join(', ')}`,
    value: driver,
  })
}
