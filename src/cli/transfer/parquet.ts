import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects, type SchemaElement } from 'hyparquet'
import { fileWriter, ParquetWriter } from 'hyparquet-writer'
import { Double, isObject, parseJson, stringifyJson, type Value, type ValueObject } from '../../event/index.ts'
import { CommandError } from '../exit.ts'
import type { Document } from './documents.ts'

type ColumnType = 'STRING' | 'INT64' | 'DOUBLE' | 'BOOLEAN'

export interface Column {
  readonly path: string
  readonly type: ColumnType
}

const ROWS = 20_000
const TYPES: Readonly<Record<string, ColumnType>> = {
  long: 'INT64',
  integer: 'INT64',
  short: 'INT64',
  byte: 'INT64',
  double: 'DOUBLE',
  float: 'DOUBLE',
  half_float: 'DOUBLE',
  scaled_float: 'DOUBLE',
  boolean: 'BOOLEAN',
}

/** A column for every field of the mappings: `GET INDEX/_mapping`'s answer. Fields of several types are texts. */
export function columnsOf(mappings: ValueObject): Column[] {
  const columns = new Map<string, ColumnType>()
  const walk = (properties: Value | undefined, prefix: string): void => {
    for (const [name, field] of Object.entries(isObject(properties) ? properties : {})) {
      if (!isObject(field) || field['type'] === 'alias') continue
      const path = prefix + name
      // Objects in lists have no columns: `_source` has them.
      if (field['type'] === 'nested') continue
      if (isObject(field['properties'])) walk(field['properties'], `${path}.`)
      else {
        const type = TYPES[String(field['type'])] ?? 'STRING'
        columns.set(path, (columns.get(path) ?? type) === type ? type : 'STRING')
      }
    }
  }
  for (const index of Object.values(mappings))
    if (isObject(index) && isObject(index['mappings'])) walk(index['mappings']['properties'], '')
  return [...columns].map(([path, type]) => ({ path, type })).sort((a, b) => (a.path < b.path ? -1 : 1))
}

/**
 * Parquet with `_index`, `_id` and the document as JSON in `_source`, and beside them a column a field, for
 * analysis: a list is there as its JSON in a text column and absent from others.
 */
export async function writeParquet(
  file: string,
  columns: readonly Column[],
  pages: AsyncIterable<Document[]>,
): Promise<void> {
  const text = (name: string, needed: boolean): SchemaElement => ({
    name,
    type: 'BYTE_ARRAY',
    converted_type: 'UTF8',
    repetition_type: needed ? 'REQUIRED' : 'OPTIONAL',
  })
  const schema: SchemaElement[] = [
    { name: 'root', num_children: columns.length + 3 },
    text('_index', true),
    text('_id', true),
    text('_source', true),
    ...columns.map(({ path, type }): SchemaElement =>
      type === 'STRING' ? text(path, false) : { name: path, type, repetition_type: 'OPTIONAL' },
    ),
  ]
  const writer = new ParquetWriter({ writer: fileWriter(file), schema })
  let rows: Document[] = []
  const flush = (): void => {
    if (rows.length === 0) return
    const sources = rows.map(({ source }) => parseJson(source))
    void writer.write({
      rowGroupSize: rows.length,
      columnData: [
        { name: '_index', data: rows.map(({ index }) => index) },
        { name: '_id', data: rows.map(({ id }) => id) },
        { name: '_source', data: rows.map(({ source }) => source) },
        ...columns.map(({ path, type }) => ({ name: path, data: sources.map((source) => cell(source, path, type)) })),
      ],
    })
    rows = []
  }
  for await (const page of pages) {
    rows.push(...page)
    if (rows.length >= ROWS) flush()
  }
  flush()
  await writer.finish()
}

function cell(source: Value, path: string, type: ColumnType): unknown {
  const value = valueAt(source, path)
  if (value === undefined || value === null) return null
  const plain = value instanceof Double ? value.value : value
  switch (type) {
    case 'INT64':
      return typeof plain === 'bigint' || (typeof plain === 'number' && Number.isInteger(plain)) ? BigInt(plain) : null
    case 'DOUBLE':
      return typeof plain === 'number' ? plain : null
    case 'BOOLEAN':
      return typeof plain === 'boolean' ? plain : null
    case 'STRING':
      return typeof plain === 'string' ? plain : stringifyJson(value)
  }
}

/** A field may be written with dots in its name, as objects, or both. */
function valueAt(value: Value, path: string): Value | undefined {
  if (!isObject(value)) return undefined
  if (value[path] !== undefined) return value[path]
  for (let dot = path.indexOf('.'); dot >= 0; dot = path.indexOf('.', dot + 1)) {
    const inner = value[path.slice(0, dot)]
    const found = inner === undefined ? undefined : valueAt(inner, path.slice(dot + 1))
    if (found !== undefined) return found
  }
  return undefined
}

/** The documents of a file that `writeParquet` made. */
export async function* readParquet(file: string): AsyncGenerator<Document> {
  const buffer = await asyncBufferFromFile(file)
  let metadata: Awaited<ReturnType<typeof parquetMetadataAsync>>
  try {
    metadata = await parquetMetadataAsync(buffer)
  } catch (error) {
    throw new CommandError(`${file} is not a Parquet file: ${(error as Error).message}`)
  }
  const columns = ['_index', '_id', '_source']
  const names = metadata.schema.map(({ name }) => name)
  const missing = columns.find((column) => !names.includes(column))
  if (missing !== undefined) throw new CommandError(`${file} is no export: it has no column '${missing}'`)
  let rowStart = 0
  for (const { num_rows: count } of metadata.row_groups) {
    const rowEnd = rowStart + Number(count)
    for (const row of await parquetReadObjects({ file: buffer, metadata, columns, rowStart, rowEnd })) {
      const { _index, _id, _source } = row as Record<string, string>
      yield { index: _index!, id: _id!, source: _source! }
    }
    rowStart = rowEnd
  }
}
