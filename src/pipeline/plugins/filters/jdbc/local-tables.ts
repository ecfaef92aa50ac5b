import type { Database as Sqlite, SqlJsStatic, SqlValue, Statement as Prepared } from 'sql.js'
import {
  Double,
  isObject,
  newObject,
  printValue,
  stringifyJson,
  Timestamp,
  type Value,
} from '../../../../event/index.ts'
import type { Row } from './database.ts'

export interface LocalTable {
  readonly name: string
  readonly columns: readonly (readonly [name: string, type: string])[]
  readonly index_columns: readonly string[]
}

let engine: Promise<SqlJsStatic> | undefined

/**
 * Tables in memory, in SQLite, where Logstash has Apache Derby: names are folded and LIKE minds case as there, and Derby's
 * own words for the first rows are understood.
 */
export class LocalTables {
  private readonly sqlite: Sqlite
  private readonly prepared = new Map<string, Prepared>()
  private readonly booleans: ReadonlySet<string>

  private constructor(sqlite: Sqlite, tables: readonly LocalTable[]) {
    this.sqlite = sqlite
    this.booleans = new Set(
      tables.flatMap(({ columns }) =>
        columns.filter(([, type]) => /^bool/i.test(type)).map(([name]) => name.toLowerCase()),
      ),
    )
  }

  /** Makes and fills the tables; `rows` are in the order of the columns. @throws Error where they do not fit. */
  static async open(tables: readonly LocalTable[], rowsOf: ReadonlyMap<string, readonly Row[]>): Promise<LocalTables> {
    engine ??= import('sql.js').then(({ default: initSqlJs }) => initSqlJs())
    const { Database } = await engine
    const sqlite = new Database()
    try {
      sqlite.run('PRAGMA case_sensitive_like = ON')
      sqlite.create_function('ucase', (text: SqlValue) => (text === null ? null : String(text).toUpperCase()))
      sqlite.create_function('lcase', (text: SqlValue) => (text === null ? null : String(text).toLowerCase()))
      for (const table of tables) build(sqlite, table, rowsOf.get(table.name) ?? [])
      return new LocalTables(sqlite, tables)
    } catch (error) {
      sqlite.close()
      throw error
    }
  }

  /** @throws Error for SQL that is wrong. */
  lookUp(sql: string, values: readonly Value[]): Row[] {
    let statement = this.prepared.get(sql)
    if (statement === undefined) {
      statement = this.sqlite.prepare(translate(sql))
      this.prepared.set(sql, statement)
    }
    const rows: Row[] = []
    try {
      statement.bind(values.map(stored))
      const names = statement.getColumnNames().map((name) => name.toLowerCase())
      while (statement.step()) {
        const row = newObject()
        exactValues(statement).forEach((value, index) => {
          const name = names[index]!
          row[name] = this.fieldOf(name, value)
        })
        rows.push(row)
      }
    } finally {
      statement.reset()
    }
    return rows
  }

  close(): void {
    for (const statement of this.prepared.values()) statement.free()
    this.sqlite.close()
  }

  private fieldOf(name: string, value: unknown): Value {
    if (typeof value === 'bigint') {
      if (this.booleans.has(name)) return value !== 0n
      return Number.isSafeInteger(Number(value)) ? Number(value) : value
    }
    if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8')
    return typeof value === 'number' && Number.isInteger(value) ? new Double(value) : (value as Value)
  }
}

/** With integers as bigint, which the types of the library leave out. */
function exactValues(statement: Prepared): unknown[] {
  return (statement as unknown as { get(from: null, how: { useBigInt: true }): unknown[] }).get(null, {
    useBigInt: true,
  })
}

function build(sqlite: Sqlite, { name, columns, index_columns: indexed }: LocalTable, rows: readonly Row[]): void {
  const definition = columns.map(([column, type]) => `${quoted(column)} ${type}`).join(', ')
  sqlite.run(`CREATE TABLE ${quoted(name)} (${definition})`)
  const insert = sqlite.prepare(`INSERT INTO ${quoted(name)} VALUES (${columns.map(() => '?').join(', ')})`)
  sqlite.run('BEGIN')
  for (const row of rows) {
    const values = Object.values(row)
    if (values.length !== columns.length)
      throw new Error(`the loader of ${name} gives ${values.length} columns where the table has ${columns.length}`)
    insert.run(values.map(stored))
  }
  sqlite.run('COMMIT')
  insert.free()
  if (indexed.length > 0)
    sqlite.run(`CREATE INDEX ${quoted(`${name} index`)} ON ${quoted(name)} (${indexed.map(quoted).join(', ')})`)
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** Derby's `OFFSET n ROWS FETCH FIRST m ROWS ONLY` in SQLite's words. */
function translate(sql: string): string {
  return sql
    .trim()
    .replace(/;$/, '')
    .replace(
      /(?:\bOFFSET\s+(\d+)\s+ROWS?\s+)?\bFETCH\s+(?:FIRST|NEXT)\s+(?:(\d+)\s+)?ROWS?\s+ONLY\b/i,
      (_, offset: string | undefined, count: string | undefined) =>
        `LIMIT ${count ?? '1'}${offset === undefined ? '' : ` OFFSET ${offset}`}`,
    )
}

function stored(value: Value): SqlValue {
  if (typeof value === 'boolean') return value ? 1 : 0
  if (value instanceof Double) return Number(value)
  if (value instanceof Timestamp) return printValue(value)
  if (typeof value === 'bigint') return value as unknown as SqlValue
  return Array.isArray(value) || isObject(value) ? stringifyJson(value) : value
}
