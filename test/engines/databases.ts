import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { freePort } from '../free-port.ts'
import { EngineUnavailable } from './artifacts.ts'
import { findProgram, librariesOf, unpackDebian } from './debian.ts'
import { engineUser, giveToEngineUser } from './process.ts'

/** A database server with one user, `vedetta`, whose password is `secret`, and one database of the same name. */
export interface DatabaseServer extends AsyncDisposable {
  readonly port: number
  readonly connectionString: string
  readonly driverClass: string
  stop(): Promise<void>
  start(): Promise<void>
}

export const DATABASE_USER = { user: 'vedetta', password: 'secret' } as const

interface Launch {
  readonly folder: string
  readonly port: number
  readonly command: string
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
  /** Whom it runs as, where that is not the tests' user. */
  readonly user?: { readonly uid?: number; readonly gid?: number }
}

class Running implements DatabaseServer {
  readonly port: number
  readonly connectionString: string
  readonly driverClass: string
  private readonly launch: Launch
  private child: ChildProcess | undefined

  constructor(kind: string, driverClass: string, launch: Launch) {
    this.launch = launch
    this.port = launch.port
    this.connectionString = `jdbc:${kind}://127.0.0.1:${launch.port}/vedetta`
    this.driverClass = driverClass
  }

  async start(): Promise<void> {
    const { command, args, env, folder, port, user } = this.launch
    this.child = spawn(command, args, { cwd: folder, env, stdio: 'ignore', ...user })
    for (let i = 0; i < 400; i++) {
      if (this.child.exitCode !== null) throw new EngineUnavailable(`${command} does not start: ${this.logTail()}`)
      if (await answers(port)) return
      await wait(50)
    }
    throw new EngineUnavailable(`${command} does not answer: ${this.logTail()}`)
  }

  async stop(): Promise<void> {
    const { child } = this
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGQUIT')
    const ended = await Promise.race([once(child, 'exit'), wait(5_000)])
    if (ended === undefined) {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
    rmSync(this.launch.folder, { recursive: true, force: true })
  }

  private logTail(): string {
    const log = join(this.launch.folder, 'server.log')
    return existsSync(log) ? readFileSync(log, 'utf8').slice(-500) : ''
  }
}

/** @throws EngineUnavailable where PostgreSQL is not installed. */
export async function startPostgres(): Promise<DatabaseServer> {
  const initdb = findProgram('initdb')
  const postgres = findProgram('postgres')
  if (initdb === undefined || postgres === undefined) throw new EngineUnavailable('PostgreSQL is not installed')
  const folder = mkdtempSync(join(tmpdir(), 'vedetta-postgres-'))
  const data = join(folder, 'data')
  const password = join(folder, 'password')
  writeFileSync(password, DATABASE_USER.password)
  giveToEngineUser(folder)
  const env = { ...process.env, LC_ALL: 'C', HOME: folder }
  const made = spawnSync(
    initdb,
    ['-D', data, '-U', DATABASE_USER.user, `--pwfile=${password}`, '-A', 'scram-sha-256', '-E', 'UTF8', '--no-sync'],
    { encoding: 'utf8', env, cwd: folder, ...engineUser() },
  )
  if (made.status !== 0) throw new EngineUnavailable(`initdb: ${made.stderr.slice(-500)}`)
  writeFileSync(join(data, 'postgresql.auto.conf'), 'fsync = off\n')
  const port = await freePort()
  const args = ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', folder]
  const server = new Running('postgresql', 'org.postgresql.Driver', {
    folder,
    port,
    command: postgres,
    args,
    env,
    user: engineUser(),
  })
  await server.start()
  const single = spawnSync(
    findProgram('createdb')!,
    ['-h', '127.0.0.1', '-p', String(port), '-U', DATABASE_USER.user, 'vedetta'],
    { env: { ...env, PGPASSWORD: DATABASE_USER.password }, encoding: 'utf8' },
  )
  if (single.status !== 0) throw new EngineUnavailable(`createdb: ${single.stderr}`)
  return server
}

const SYSTEM_TABLES = ['mysql_system_tables.sql', 'mysql_performance_tables.sql', 'mysql_system_tables_data.sql']

/** @throws EngineUnavailable where MariaDB is neither installed nor to be had. */
export async function startMariadb(): Promise<DatabaseServer> {
  const installed = findProgram('mariadbd')
  const unpacked =
    installed === undefined
      ? await unpackDebian('mariadb', ['mariadb-server-core', 'libaio1', 'liburing2', 'libnuma1'])
      : ''
  const base = installed === undefined ? join(unpacked, 'usr') : '/usr'
  const command = installed ?? join(base, 'sbin/mariadbd')
  const folder = mkdtempSync(join(tmpdir(), 'vedetta-mariadb-'))
  const data = join(folder, 'data')
  mkdirSync(data)
  const port = await freePort()
  const env = { ...process.env, HOME: folder, LD_LIBRARY_PATH: unpacked === '' ? '' : librariesOf(unpacked) }
  const common = [
    '--no-defaults',
    // What was unpacked lies in the home of the tests' user, where another may not look.
    ...(process.getuid?.() === 0 ? ['--user=root'] : []),
    `--basedir=${base}`,
    `--datadir=${data}`,
    `--log-error=${join(folder, 'server.log')}`,
    `--socket=${join(folder, 's')}`,
    `--pid-file=${join(folder, 'pid')}`,
    '--innodb-flush-log-at-trx-commit=0',
    '--innodb-buffer-pool-size=16M',
    '--innodb-log-file-size=8M',
  ]
  const tables = SYSTEM_TABLES.map((file) => readFileSync(join(base, 'share/mysql', file), 'utf8')).join('\n')
  const user = `'${DATABASE_USER.user}'@'127.0.0.1'`
  const sql = [
    'CREATE DATABASE mysql;',
    'USE mysql;',
    'SET @auth_root_socket=NULL;',
    tables,
    'FLUSH PRIVILEGES;',
    'CREATE DATABASE vedetta;',
    `CREATE USER ${user} IDENTIFIED BY '${DATABASE_USER.password}';`,
    `GRANT ALL ON vedetta.* TO ${user};`,
    '',
  ].join('\n')
  const made = spawnSync(command, [...common, '--bootstrap'], {
    input: sql,
    encoding: 'utf8',
    env,
    cwd: folder,
  })
  const server = new Running('mariadb', 'org.mariadb.jdbc.Driver', {
    folder,
    port,
    command,
    args: [...common, `--port=${port}`, '--bind-address=127.0.0.1', '--skip-name-resolve'],
    env,
  })
  if (made.status !== 0) {
    const log = existsSync(join(folder, 'server.log')) ? readFileSync(join(folder, 'server.log'), 'utf8') : made.stderr
    rmSync(folder, { recursive: true, force: true })
    throw new EngineUnavailable(`MariaDB cannot be made: ${log.slice(-800)}`)
  }
  await server.start()
  return server
}

/** Whether a server greets or takes a connection there and keeps it. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const done = (yes: boolean): void => {
      socket.destroy()
      resolve(yes)
    }
    socket.on('error', () => done(false))
    // PostgreSQL waits for the client; a server that is still starting says so and closes.
    socket.on('connect', () => socket.write(Buffer.from([0, 0, 0, 8, 4, 210, 22, 47])))
    socket.on('data', () => done(true))
    socket.on('close', () => resolve(false))
  })
}
