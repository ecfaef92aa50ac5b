import { readFileSync } from 'node:fs'
import { fail } from '../../../../diagnostic/index.ts'
import { cloneValue, isDynamic, stringifyJson, type Event, type Value } from '../../../../event/index.ts'
import { option, RawHash, type, type OptionType, type Raw } from '../../../../settings/index.ts'
import { defineFilter } from '../../define.ts'
import { rawValue } from '../../raw-value.ts'
import { ExpiringCache } from '../../../../enrich/index.ts'
import { fieldReference } from '../field-option.ts'
import { Outage } from '../outage.ts'
import { openDatabase, type Row } from './database.ts'
import { CONNECTION_OPTIONS, connectionOf } from './options.ts'
import { compileParameter } from './parameter.ts'
import { parseNamed, parsePositional } from './statement.ts'
import { parseConnectionString } from './connection-string.ts'

/** Of Sequel's options those that mean something here. */
const sequelOptions: OptionType<number | undefined> = {
  name: 'hash',
  read(raw) {
    const hash = type.hash(type.string).read(raw)
    if (!hash.ok) return hash
    for (const name of hash.value.keys())
      if (name !== 'max_connections' && name !== 'pool_timeout')
        return type.no(`a hash of max_connections and pool_timeout, without '${name}'`)
    const most = hash.value.get('max_connections')
    if (most === undefined) return type.ok(undefined)
    const read = type.number({ integer: true, min: 1, max: 100 }).read(most)
    return read.ok ? type.ok(read.value) : type.no('a hash whose max_connections is an integer from 1 to 100')
  },
}

/** What a lookup gave: no rows where the database has none, or failed. */
interface Answer {
  readonly rows: readonly Row[]
  readonly failed: boolean
}

export const jdbcStreaming = defineFilter({
  name: 'jdbc_streaming',
  summary: 'Asks a PostgreSQL, MySQL or MariaDB for each event, and keeps the answers for a while.',
  options: {
    ...CONNECTION_OPTIONS,
    statement: option(type.string, { describe: 'The SQL; `:name` stands for a parameter.' }),
    statement_path: option(type.string, { describe: 'A file with the SQL, in place of `statement`.' }),
    parameters: option(type.hash<Raw>(type.raw), {
      default: new Map<string, Raw>(),
      describe: 'Fields, or texts with references, by the names of parameters.',
    }),
    target: option(fieldReference, { required: true, describe: 'The field that gets the rows, as a list of hashes.' }),
    default_hash: option(type.hash<Raw>(type.raw), {
      default: new Map<string, Raw>(),
      describe: 'The row where there is none.',
    }),
    use_cache: option(type.boolean, { default: true, describe: 'Whether answers are kept.' }),
    cache_expiration: option(type.number({ min: 0 }), {
      default: 5,
      describe: 'For how many seconds; failures are kept as long.',
    }),
    cache_size: option(type.number({ integer: true, min: 1 }), { default: 500, describe: 'How many are kept.' }),
    use_prepared_statements: option(type.boolean, {
      default: false,
      describe: 'Whether `?` stands for a parameter and the server keeps the statement.',
    }),
    prepared_statement_name: option(type.string, { default: '', describe: 'The name under which it does.' }),
    prepared_statement_bind_values: option(type.list<Raw>(type.raw), {
      default: [],
      describe: 'For each `?` a field as `[name]`, a text with references, or a constant.',
    }),
    prepared_statement_warn_on_constant_usage: option(type.boolean, {
      default: true,
      describe: 'Whether a constant that may be meant as a field is pointed out.',
    }),
    sequel_opts: option(sequelOptions, {
      describe: 'A hash; only `max_connections` (4) and `pool_timeout`, which has no effect, are known.',
    }),
    jdbc_validate_connection: option(type.boolean, {
      describe: 'Whether connections are tried before use.',
      ignored: 'a broken connection is noticed and replaced',
    }),
    jdbc_validation_timeout: option(type.number(), {
      describe: 'How often connections are tried.',
      ignored: 'a broken connection is noticed and replaced',
    }),
    tag_on_failure: option(type.list(type.string), {
      default: ['_jdbcstreamingfailure'],
      describe: 'Tags of events for which the database gave an error or could not be reached.',
    }),
    tag_on_default_use: option(type.list(type.string), {
      default: ['_jdbcstreamingdefaultsused'],
      describe: 'Tags of events that got `default_hash`.',
    }),
  },
  examples: [
    {
      title: 'who has an address',
      needs: 'a database',
      config:
        'jdbc_driver_class => "org.postgresql.Driver" jdbc_connection_string => "jdbc:postgresql://db:5432/cmdb" ' +
        'jdbc_user => "vedetta" jdbc_password => "${DB_PASSWORD}" ' +
        'statement => "SELECT name, owner FROM hosts WHERE ip = :ip" parameters => { "ip" => "[source][ip]" } target => "host_info"',
      in: { source: { ip: '192.0.2.7' } },
      out: { source: { ip: '192.0.2.7' }, host_info: [{ name: 'web-1', owner: 'ann' }] },
    },
  ],
  peers: ({ jdbc_connection_string: text }) => [parseConnectionString(text)].map(({ host, port }) => ({ host, port })),
  create(options, context) {
    const { clock, logger } = context
    const connection = connectionOf(options, context)
    const sql = statementOf(options)
    const { statement, parameters } = options.use_prepared_statements
      ? prepared(sql, options, (constants) =>
          context.notice(
            `jdbc_streaming: ${constants.join(', ')} in prepared_statement_bind_values are constants; a field is written as [name]`,
          ),
        )
      : named(sql, options.parameters)
    const name = options.use_prepared_statements ? options.prepared_statement_name : undefined
    const database = openDatabase(connection, clock, options.sequel_opts)
    const outage = new Outage(`the database ${connection.host}:${connection.port}`, logger, clock)
    const cache = new ExpiringCache<Answer>(
      options.use_cache ? options.cache_size : 0,
      clock,
      options.cache_expiration * 1000,
    )
    const underWay = new Map<string, Promise<Answer>>()
    const fallback = rawValue(pairs(options.default_hash))

    async function ask(values: ReadonlyMap<string, Value>): Promise<Answer> {
      try {
        const rows = await database.query(statement, values, name)
        outage.over()
        return { rows, failed: false }
      } catch (error) {
        outage.failed(error)
        return { rows: [], failed: true }
      }
    }

    async function look(values: ReadonlyMap<string, Value>): Promise<Answer> {
      if (!options.use_cache) return ask(values)
      const key = stringifyJson([...values.values()])
      const known = cache.get(key)
      if (known !== undefined) return known
      let answer = underWay.get(key)
      if (answer === undefined) {
        answer = ask(values).finally(() => underWay.delete(key))
        underWay.set(key, answer)
      }
      const given = await answer
      cache.set(key, given)
      return given
    }

    async function shape(event: Event): Promise<void> {
      const values = new Map<string, Value>()
      for (const [parameter, take] of parameters) values.set(parameter, take(event) ?? null)
      const { rows, failed } = await look(values)
      if (failed) for (const tag of options.tag_on_failure) event.tag(tag)
      if (rows.length === 0) for (const tag of options.tag_on_default_use) event.tag(tag)
      event.set(options.target, rows.length === 0 ? [cloneValue(fallback)] : rows.map(cloneValue))
      context.matched(event)
    }

    return {
      async filter(batch) {
        await Promise.all(batch.map(shape))
        return batch
      },
      close: () => database.close(),
    }
  },
})

type Taken = readonly (readonly [name: string, take: (event: Event) => Value | undefined])[]

interface Compiled {
  readonly statement: ReturnType<typeof parseNamed>
  readonly parameters: Taken
}

/** A reference that an event has not stays as it is written, as everywhere. */
function filled(text: string): (event: Event) => Value | undefined {
  const take = compileParameter(text)
  return isDynamic(text) ? (event) => take(event) ?? text : take
}

function named(sql: string, given: ReadonlyMap<string, Raw>): Compiled {
  const parameters: Taken = [...given].map(([name, raw]) => [name, filled(String(raw))] as const)
  return { statement: parseNamed(sql, [...given.keys()]), parameters }
}

interface PreparedOptions {
  readonly prepared_statement_name: string
  readonly prepared_statement_bind_values: readonly Raw[]
  readonly prepared_statement_warn_on_constant_usage: boolean
}

function prepared(sql: string, options: PreparedOptions, warn: (constants: string[]) => void): Compiled {
  const bound = options.prepared_statement_bind_values
  if (options.prepared_statement_name === '')
    throw fail('plugin.option_needs', { option: 'use_prepared_statements', needed: 'prepared_statement_name' })
  const statement = parsePositional(sql)
  if (statement.names.length !== bound.length)
    throw fail('plugin.option_invalid', {
      option: 'prepared_statement_bind_values',
      expected: `a list of as many values as the statement has '?', which is ${statement.names.length}`,
      value: String(bound.length),
    })
  const constants: string[] = []
  const parameters = bound.map((raw, index) => {
    const isField = typeof raw === 'string' && /^\s*(?:\[[^\]]+\])+\s*$/.test(raw)
    if (typeof raw === 'string' && (isField || isDynamic(raw))) return [String(index), filled(raw.trim())] as const
    if (typeof raw === 'string') constants.push(raw)
    const constant = rawValue(raw)
    return [String(index), () => constant] as const
  })
  if (constants.length > 0 && options.prepared_statement_warn_on_constant_usage) warn(constants)
  return { statement, parameters }
}

function statementOf({
  statement,
  statement_path: path,
}: {
  statement: string | undefined
  statement_path: string | undefined
}): string {
  if (statement !== undefined) {
    if (path !== undefined) throw fail('plugin.options_exclude', { option: 'statement', other: 'statement_path' })
    return statement
  }
  if (path === undefined) throw fail('plugin.option_needs', { option: 'jdbc_streaming', needed: 'statement' })
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw fail('plugin.file_unreadable', { option: 'statement_path', path, reason: (error as Error).message })
  }
}

function pairs(hash: ReadonlyMap<string, Raw>): RawHash {
  return new RawHash([...hash])
}
