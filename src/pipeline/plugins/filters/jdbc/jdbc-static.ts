import type { Timer } from '../../../../clock/index.ts'
import { fail } from '../../../../diagnostic/index.ts'
import { cloneValue, isObject, type Event, type FieldPath, type Value } from '../../../../event/index.ts'
import { option, RawHash, type, type OptionType, type Raw } from '../../../../settings/index.ts'
import { defineFilter, type FilterContext } from '../../define.ts'
import { rawValue } from '../../raw-value.ts'
import { fieldReference } from '../field-option.ts'
import { Outage } from '../outage.ts'
import type { Connection } from './connection-string.ts'
import { openDatabase, type Row } from './database.ts'
import { LocalTables, type LocalTable } from './local-tables.ts'
import { CONNECTION_OPTIONS, connectionOf } from './options.ts'
import { compileParameter, type Parameter } from './parameter.ts'
import { record } from './record-option.ts'
import { cronLine, follow } from '../../cron-line.ts'
import { namesIn, parseNamed, parsePositional, render } from './statement.ts'
import { parseConnectionString } from './connection-string.ts'

/** After a load that failed, where there are no tables yet. */
const RETRY_MILLIS = 5_000
const MOST_ROWS = 1_000_000

const column: OptionType<readonly [string, string]> = {
  name: 'pair of a name and a type',
  read(raw) {
    const pair = Array.isArray(raw) ? (raw as readonly Raw[]) : []
    return pair.length === 2 && pair.every((one) => typeof one === 'string')
      ? type.ok([pair[0] as string, pair[1] as string] as const)
      : type.no('a list of a name and a type, both strings')
  },
}

const loader = record({
  id: option(type.string, { describe: 'Its name in log lines.' }),
  local_table: option(type.string, { required: true, describe: 'The table that it fills.', aliases: ['table'] }),
  query: option(type.string, { required: true, describe: 'The SQL for the database.' }),
  max_rows: option(type.number({ integer: true, min: 1 }), { default: MOST_ROWS, describe: 'More are not taken.' }),
  jdbc_connection_string: option(type.string, { describe: 'In place of the filter’s.', secret: true }),
  jdbc_driver_class: option(type.string, { describe: 'In place of the filter’s.' }),
  jdbc_driver_library: option(type.string, { describe: 'Without effect, as the filter’s own.' }),
  jdbc_user: option(type.string, { describe: 'In place of the filter’s.' }),
  jdbc_password: option(type.string, { describe: 'In place of the filter’s.', secret: true }),
})

const table = record({
  name: option(type.string, { required: true, describe: 'Its name in lookups.' }),
  columns: option(type.list(column), { required: true, describe: 'Names and types, in the order of the loader’s.' }),
  index_columns: option(type.list(type.string), { default: [], describe: 'Columns that lookups search.' }),
  preserve_existing: option(type.boolean, { describe: 'Without effect: tables are made anew at each start.' }),
})

const lookup = record({
  id: option(type.string, { describe: 'Its name in log lines; the target unless given.' }),
  query: option(type.string, { required: true, describe: 'The SQL for the local tables.' }),
  parameters: option(type.hash(type.string), { describe: 'Fields, or texts with references, for each `:name`.' }),
  prepared_parameters: option(type.list(type.string), { describe: 'The same for each `?`, in their order.' }),
  target: option(fieldReference, { describe: 'The field that gets the rows, as a list of hashes.' }),
  default_hash: option(type.hash<Raw>(type.raw), { describe: 'The row where there is none.' }),
  tag_on_failure: option(type.list(type.string), { describe: 'In place of the filter’s.' }),
  tag_on_default_use: option(type.list(type.string), { describe: 'In place of the filter’s.' }),
})

type LookupOptions = Extract<ReturnType<typeof lookup.read>, { ok: true }>['value']

export const jdbcStatic = defineFilter({
  name: 'jdbc_static',
  summary: 'Loads tables of a PostgreSQL, MySQL or MariaDB into memory and looks events up in them.',
  options: {
    ...CONNECTION_OPTIONS,
    loaders: option(type.list(loader), {
      default: [],
      describe:
        'Hashes with `local_table` and `query`; `id`, `max_rows` (1,000,000) and connection options of its own are optional.',
    }),
    local_db_objects: option(type.list(table), {
      default: [],
      describe: 'Hashes with `name` and `columns` as pairs of name and type; `index_columns` are optional.',
    }),
    local_lookups: option(type.list(lookup), {
      required: true,
      describe:
        'Hashes with `query`, and `parameters` or `prepared_parameters`; `id`, `target`, `default_hash` and tags are optional.',
    }),
    loader_schedule: option(cronLine, { describe: 'When the loaders run again; once unless given.' }),
    staging_directory: option(type.string, {
      describe: 'Where Logstash puts rows on their way.',
      ignored: 'rows go from the database into memory',
    }),
    tag_on_failure: option(type.list(type.string), {
      default: ['_jdbcstaticfailure'],
      describe: 'Tags of events for which a lookup failed, lacked a field, or had no tables yet.',
    }),
    tag_on_default_use: option(type.list(type.string), {
      default: ['_jdbcstaticdefaultsused'],
      describe: 'Tags of events that got a `default_hash`.',
    }),
  },
  examples: [
    {
      title: 'the server that has an address',
      needs: 'a database',
      config:
        'jdbc_driver_class => "org.postgresql.Driver" jdbc_connection_string => "jdbc:postgresql://db:5432/cmdb" ' +
        'loaders => [{ query => "select ip, descr from local_ips" local_table => "servers" }] ' +
        'local_db_objects => [{ name => "servers" index_columns => ["ip"] columns => [["ip", "varchar(15)"], ["descr", "varchar(255)"]] }] ' +
        'local_lookups => [{ query => "select descr as description from servers WHERE ip = :ip" parameters => { "ip" => "[from_ip]" } target => "server" }] ' +
        'loader_schedule => "*/30 * * * *"',
      in: { from_ip: '10.2.3.40' },
      out: { from_ip: '10.2.3.40', server: [{ description: 'Payroll Server' }] },
    },
  ],
  peers: ({ jdbc_connection_string: text }) => [parseConnectionString(text)].map(({ host, port }) => ({ host, port })),
  create(options, context) {
    const { clock, logger } = context
    const sources = options.loaders.map((one) => ({
      id: one.id ?? one.local_table,
      table: one.local_table,
      query: one.query,
      maxRows: one.max_rows,
      connection: connectionOf(
        {
          jdbc_connection_string: one.jdbc_connection_string ?? options.jdbc_connection_string,
          jdbc_driver_class: one.jdbc_driver_class ?? options.jdbc_driver_class,
          jdbc_user: one.jdbc_user ?? options.jdbc_user,
          jdbc_password: one.jdbc_password ?? options.jdbc_password,
        },
        context,
      ),
    }))
    if (options.local_db_objects.some((one) => one.preserve_existing !== undefined))
      context.notice("jdbc_static: 'preserve_existing' has no effect: tables are in memory and made anew at each start")
    checkTables(options.local_db_objects, sources)
    const lookups = compileLookups(options.local_lookups, options.tag_on_failure, options.tag_on_default_use).map(
      (one) => ({ ...one, outage: new Outage(`jdbc_static: lookup '${one.id}'`, logger, clock) }),
    )
    const outage = new Outage('jdbc_static', logger, clock)
    let tables: LocalTables | undefined
    let schedule: Timer | undefined
    let retryAt = -Infinity
    let closed = false

    async function load(): Promise<void> {
      try {
        const rows = new Map<string, readonly Row[]>()
        for (const source of sources) rows.set(source.table, await fetchRows(source, context))
        const fresh = await LocalTables.open(options.local_db_objects, rows)
        if (closed) return fresh.close()
        tables?.close()
        tables = fresh
        outage.over()
      } catch (error) {
        // What was loaded before stays.
        outage.failed(error)
        retryAt = clock.monotonic() + RETRY_MILLIS
      }
    }

    function shape(event: Event, local: LocalTables): void {
      let all = true
      for (const one of lookups) {
        const values = one.take(event)
        let rows: Row[] | undefined
        try {
          if (values !== undefined) {
            rows = local.lookUp(one.sql, values)
            one.outage.over()
          }
        } catch (error) {
          one.outage.failed(error)
        }
        if (rows === undefined) {
          for (const tag of one.tagOnFailure) event.tag(tag)
          all = false
        } else if (rows.length === 0 && one.fallback !== undefined) {
          for (const tag of one.tagOnDefault) event.tag(tag)
          event.set(one.target, [cloneValue(one.fallback)])
        } else event.set(one.target, rows)
      }
      if (all) context.matched(event)
    }

    return {
      async filter(batch) {
        if (tables === undefined && clock.monotonic() >= retryAt) await load()
        if (options.loader_schedule !== undefined) schedule ??= follow(options.loader_schedule, clock, load)
        for (const event of batch) {
          if (tables !== undefined) shape(event, tables)
          else for (const one of lookups) for (const tag of one.tagOnFailure) event.tag(tag)
        }
        return batch
      },
      close() {
        closed = true
        schedule?.cancel()
        tables?.close()
      },
    }
  },
})

interface Source {
  readonly id: string
  readonly table: string
  readonly query: string
  readonly maxRows: number
  readonly connection: Connection
}

/** The rows of a loader; none where there are more than it may take, as in Logstash. */
async function fetchRows(
  { id, query, maxRows, connection }: Source,
  { clock, logger }: FilterContext,
): Promise<readonly Row[]> {
  const sql = query.trim().replace(/;$/, '')
  const database = openDatabase(connection, clock, 1)
  try {
    const [counted] = await database.query(parseNamed(`SELECT COUNT(*) AS n FROM (${sql}) AS counted`, []), new Map())
    const count = Number(counted?.['n'])
    if (count > maxRows) {
      logger.warn(
        { loader: id },
        `jdbc_static: loader '${id}' finds ${count} rows, more than its max_rows of ${maxRows}; it takes none`,
      )
      return []
    }
    if (count === 0) logger.warn({ loader: id }, `jdbc_static: loader '${id}' finds no rows`)
    return count === 0 ? [] : await database.query(parseNamed(sql, []), new Map())
  } catch (error) {
    throw new Error(`loader '${id}': ${(error as Error).message}`, { cause: error })
  } finally {
    await database.close()
  }
}

function checkTables(tables: readonly LocalTable[], sources: readonly Source[]): void {
  for (const { name, columns, index_columns: indexed } of tables) {
    const missing = indexed.find((one) => !columns.some(([known]) => known === one))
    if (missing !== undefined)
      throw fail('plugin.option_invalid', {
        option: 'index_columns',
        expected: `columns of the table '${name}'`,
        value: missing,
      })
  }
  for (const { table: name } of sources) {
    if (!tables.some((one) => one.name === name))
      throw fail('plugin.option_invalid', {
        option: 'local_table',
        expected: 'a table of local_db_objects',
        value: name,
      })
  }
}

interface Lookup {
  readonly id: string
  readonly sql: string
  readonly target: FieldPath
  readonly fallback: Value | undefined
  readonly tagOnFailure: readonly string[]
  readonly tagOnDefault: readonly string[]
  /** The values of the statement; undefined where the event lacks one. */
  take(event: Event): Value[] | undefined
}

function compileLookups(
  given: readonly LookupOptions[],
  tagOnFailure: readonly string[],
  tagOnDefault: readonly string[],
): Lookup[] {
  const lookups = given.map((one, index): Lookup => {
    const id = one.id ?? `lookup-${index + 1}`
    const own = one.target ?? asField(id)
    return {
      id,
      ...compileQuery(one, id),
      target: own,
      fallback:
        one.default_hash === undefined || one.default_hash.size === 0
          ? undefined
          : rawValue(new RawHash([...one.default_hash])),
      tagOnFailure: one.tag_on_failure ?? tagOnFailure,
      tagOnDefault: one.tag_on_default_use ?? tagOnDefault,
    }
  })
  unique(
    'id',
    lookups.map(({ id }) => id),
  )
  unique(
    'target',
    lookups.map(({ target }) => target.text),
  )
  return lookups
}

function asField(id: string): FieldPath {
  const read = fieldReference.read(id)
  if (read.ok) return read.value
  throw fail('plugin.option_needs', { option: `id => "${id}"`, needed: 'target' })
}

function unique(what: string, values: readonly string[]): void {
  const twice = values.find((value, index) => values.indexOf(value) !== index)
  if (twice === undefined) return
  throw fail('plugin.option_invalid', {
    option: 'local_lookups',
    expected: `a list in which each has a '${what}' of its own`,
    value: twice,
  })
}

function compileQuery(one: LookupOptions, id: string): Pick<Lookup, 'sql' | 'take'> {
  const { query, parameters, prepared_parameters: bound } = one
  if (parameters !== undefined && bound !== undefined)
    throw fail('plugin.options_exclude', { option: 'parameters', other: 'prepared_parameters' })
  const statement = bound === undefined ? parseNamed(query, [...(parameters?.keys() ?? [])]) : parsePositional(query)
  if (bound !== undefined && bound.length !== statement.names.length)
    throw fail('plugin.option_invalid', {
      option: 'prepared_parameters',
      expected: `a list of as many values as the query of '${id}' has '?', which is ${statement.names.length}`,
      value: String(bound.length),
    })
  const unknown = bound === undefined ? namesIn(query).find((name) => parameters?.has(name) !== true) : undefined
  if (unknown !== undefined)
    throw fail('plugin.option_invalid', {
      option: 'parameters',
      expected: `a hash with every name in the query of '${id}'`,
      value: `:${unknown}`,
    })
  const takes = new Map<string, Parameter>(
    bound === undefined
      ? [...(parameters ?? [])].map(([name, text]) => [name, compileParameter(text)])
      : bound.map((text, index) => [String(index), compileParameter(text)]),
  )
  const { text } = render(statement, new Map(), () => '?')
  return {
    sql: text,
    take(event) {
      const values = new Map<string, Value>()
      for (const [name, take] of takes) {
        const value = take(event)
        if (value === undefined || value === null || isCompound(value)) return undefined
        values.set(name, value)
      }
      return statement.names.map((name) => values.get(name)!)
    },
  }
}

function isCompound(value: Value): boolean {
  return Array.isArray(value) || isObject(value)
}
