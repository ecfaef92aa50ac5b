import { readFileSync } from 'node:fs'
import { extname } from 'node:path'
import { parse as parseYaml } from 'yaml'
import { isObject, parseJson, printValue, toValue, type Value } from '../../../../event/index.ts'
import { parseCsvRow } from '../csv-row.ts'

export type Dictionary = Map<string, Value>

/**
 * Reads a dictionary by its file's ending: `.yml` and `.yaml` (a mapping), `.json` (an object), `.csv` (two columns).
 * @throws Error that says what is wrong with the file.
 */
export function readDictionary(path: string): Dictionary {
  const text = readFileSync(path, 'utf8')
  switch (extname(path).toLowerCase()) {
    case '.yml':
    case '.yaml':
      return entriesOf(toValue(plainOf(parseYaml(text))))
    case '.json':
      return entriesOf(text.trim() === '' ? null : parseJson(text))
    case '.csv':
      return rowsOf(text)
    default:
      throw new Error('its name must end in .yml, .yaml, .json or .csv')
  }
}

/** An ordered map (`!!omap`) is a Map. */
function plainOf(document: unknown): unknown {
  return document instanceof Map ? Object.fromEntries(document) : document
}

function entriesOf(value: Value): Dictionary {
  if (value === null) return new Map()
  if (!isObject(value)) throw new Error('it must be a mapping of names to values')
  return new Map(Object.keys(value).map((name) => [name, value[name]!]))
}

function rowsOf(text: string): Dictionary {
  const dictionary: Dictionary = new Map()
  text.split(/\r?\n/).forEach((line, index) => {
    if (line === '') return
    const row = parseCsvRow(line, ',', '"')
    if (row === undefined) throw new Error(`line ${index + 1} is not well formed`)
    dictionary.set(printValue(row[0] ?? ''), row[1] ?? null)
  })
  return dictionary
}
