import type { ResultSetHeader, RowDataPacket } from 'mysql2/promise'
import type { Clock } from '../../../../clock/index.ts'
import { mysql, pg } from '../../drivers.ts'
import {
  double,
  Double,
  isObject,
  newObject,
  stringifyJson,
  Timestamp,
  toValue,
  type Value,
  type ValueObject,
} from '../../../../event/index.ts'
import type { Connection } from './connection-string.ts'
import { render, type Statement } from './statement.ts'

/** As many as Sequel opens. */
const CONNECTIONS = 4
const CONNECT_MILLIS = 5_000
const QUERY_MILLIS = 30_000
/** How long a database that cannot be reached is left alone, so that batches do not wait for it in turn. */
const DOWN_MILLIS = 1_000

export type Row = ValueObject

/** A database of the user's, asked by prepared statements only: what an event holds never becomes SQL. */
export interface Database {
  /** `name` is of a statement that the server keeps. @throws Error that says why there is no answer. */
  query(statement: Statement, values: ReadonlyMap<string, Value>, name?: string): Promise<Row[]>
  close(): Promise<void>
}

/** Connects when it is asked first. */
export function openDatabase(connection: Connection, clock: Clock, connections = CONNECTIONS): Database {
  const database = connection.kind === 'postgresql' ? postgres(connection, connections) : maria(connection, connections)
  let downUntil = -Infinity
  let reason = ''
  return {
    async query(statement, values, name) {
      if (clock.monotonic() < downUntil) throw new Error(reason)
      try {
        return await database.query(statement, values, name)
      } catch (error) {
        reason = messageOf(error as SqlError)
        if (isOutage(error as SqlError)) downUntil = clock.monotonic() + DOWN_MILLIS
        throw new Error(reason, { cause: error })
      }
    },
    close: () => database.close(),
  }
}

interface SqlError extends Error {
  readonly code?: string
  /** PostgreSQL's; absent where it did not answer. */
  readonly severity?: string
  /** MySQL's; absent where it did not answer. */
  readonly sqlState?: string
  readonly fatal?: boolean
}

function isOutage(error: SqlError): boolean {
  if (error.severity !== undefined) return error.severity === 'FATAL'
  return error.sqlState === undefined || error.fatal === true
}

/** Some errors of connections have a code and no message. */
function messageOf(error: SqlError): string {
  return error.message === '' ? (error.code ?? error.name) : error.message
}

function postgres(connection: Connection, max: number): Database {
  const { host, port, database, user, password, tls, schema, applicationName } = connection
  const { Pool } = pg()
  const pool = new Pool({
    host,
    port,
    database,
    user,
    password,
    max,
    ssl:
      tls === undefined ? false : { rejectUnauthorized: tls.verify, ...(tls.ca === undefined ? {} : { ca: tls.ca }) },
    connectionTimeoutMillis: CONNECT_MILLIS,
    query_timeout: QUERY_MILLIS,
    keepAlive: true,
    allowExitOnIdle: true,
    application_name: applicationName ?? 'vedetta',
    ...(schema === undefined ? {} : { options: `-c search_path=${schema.replace(/[\\ ]/g, '\\$&')}` }),
    types: { getTypeParser: parserOf },
  })
  // A connection that breaks while nobody uses it is replaced by the pool.
  pool.on('error', () => {})
  return {
    async query(statement, given, name) {
      const { text, values } = render(statement, given, (position) => `$${position}`)
      const { rows } = await pool.query<Record<string, unknown>>({
        text,
        values: values.map(sent),
        ...(name === undefined ? {} : { name }),
      })
      return rows.map(rowOf)
    },
    close: () => pool.end(),
  }
}

/** Numbers by the number model; JSON as its text; everything else as the driver has it. */
function parserOf(type: number, format?: string): (text: string) => unknown {
  const { builtins, getTypeParser } = pg().types
  switch (type) {
    case builtins.INT8:
      return integerOf
    case builtins.NUMERIC:
    case builtins.FLOAT4:
    case builtins.FLOAT8:
      return (text) => double(Number(text))
    case builtins.JSON:
    case builtins.JSONB:
    case builtins.INTERVAL:
      return (text) => text
    default:
      return getTypeParser(type, format as 'text') as (text: string) => unknown
  }
}

function maria(connection: Connection, connectionLimit: number): Database {
  const { host, port, database, user, password, tls } = connection
  const pool = mysql().createPool({
    host,
    port,
    database,
    user: user ?? '',
    password: password ?? '',
    connectionLimit,
    connectTimeout: CONNECT_MILLIS,
    enableKeepAlive: true,
    supportBigNumbers: true,
    bigNumberStrings: true,
    typeCast: (field, next) => castField(field, next),
    ...(tls === undefined
      ? {}
      : { ssl: { rejectUnauthorized: tls.verify, ...(tls.ca === undefined ? {} : { ca: tls.ca }) } }),
  })
  return {
    async query(statement, given) {
      const { text, values } = render(statement, given, () => '?')
      const [rows] = await pool.execute<ResultSetHeader | RowDataPacket[]>({
        sql: text,
        values: values.map(sent),
        timeout: QUERY_MILLIS,
      })
      return Array.isArray(rows) ? rows.map(rowOf) : []
    },
    close: () => pool.end(),
  }
}

interface Field {
  readonly type: string
  readonly length: number
  string(): string | null
}

/** As MySQL's own driver for Java has it: a TINYINT(1) is a boolean; JSON is its text. */
function castField(field: Field, next: () => unknown): unknown {
  if (field.type === 'JSON') return field.string()
  const value = next()
  if (value === null || value === undefined) return null
  switch (field.type) {
    case 'TINY':
      return field.length === 1 ? Number(value) !== 0 : value
    case 'LONGLONG':
      return integerOf(String(value))
    case 'DECIMAL':
    case 'NEWDECIMAL':
    case 'FLOAT':
    case 'DOUBLE':
      return double(Number(value))
    default:
      return value
  }
}

function integerOf(text: string): number | bigint {
  const value = Number(text)
  return Number.isSafeInteger(value) ? value : BigInt(text)
}

function rowOf(row: Record<string, unknown>): Row {
  const fields = newObject()
  for (const [name, value] of Object.entries(row)) fields[name] = fieldOf(value)
  return fields
}

function fieldOf(value: unknown): Value {
  if (Buffer.isBuffer(value)) return value.toString('utf8')
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : Timestamp.fromMillis(value.getTime())
  return toValue(value)
}

/** A value as a driver takes it. */
function sent(value: Value): string | number | boolean | Date | null {
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Double) return Number(value)
  if (value instanceof Timestamp) return new Date(value.millis)
  return Array.isArray(value) || isObject(value) ? stringifyJson(value) : value
}
