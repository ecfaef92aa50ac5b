import { readFileSync } from 'node:fs'
import { isMap, isSeq, LineCounter, parseDocument, type Document } from 'yaml'
import { parseFieldPath } from '../../event/index.ts'
import { diagnose, DiagnosticError, type Diagnostic, type Source } from '../../diagnostic/index.ts'

/** One case: lines go in, events must come out. */
export interface PipelineCase {
  readonly description?: string
  readonly input: readonly string[]
  readonly expected: readonly Readonly<Record<string, unknown>>[]
  /** Fields that each event of the case has; nested ones may be written `[a][b]`. */
  readonly fields: Readonly<Record<string, unknown>>
}

/** A file of cases, in the format of logstash-filter-verifier (JSON or YAML). */
export interface CaseFile {
  readonly path: string
  readonly source: Source
  readonly document: Document
  /** A codec as a configuration writes it: a name, or a name and its settings in braces. */
  readonly codec: string
  /** References of fields that are removed from what came out before it is compared. */
  readonly ignore: readonly string[]
  /** Whether `@metadata` is compared too. */
  readonly exportMetadata: boolean
  readonly cases: readonly PipelineCase[]
}

const KNOWN = ['codec', 'fields', 'ignore', 'testcases', 'input', 'expected', 'export_metadata', 'description']
const KNOWN_IN_CASE = ['input', 'expected', 'fields', 'description']

/**
 * Reads a file of cases. The oldest form, with `input` and `expected` at the top, is one case.
 * @throws DiagnosticError with every problem and its place.
 */
export function readCaseFile(path: string): CaseFile {
  const source: Source = { name: path, text: readFileSync(path, 'utf8') }
  const document = parseDocument(source.text, { lineCounter: new LineCounter(), uniqueKeys: true })
  const problems: Diagnostic[] = []
  const report = (reason: string, at: readonly (string | number)[] = []): void => {
    const node = at.length === 0 ? document.contents : (document.getIn(at, true) as { range?: number[] } | undefined)
    const start = (node as { range?: number[] } | null)?.range?.[0] ?? 0
    problems.push(diagnose('pipeline.invalid_cases', { reason }, { span: { source, start, end: start + 1 } }))
  }
  for (const error of document.errors)
    problems.push(
      diagnose(
        'pipeline.invalid_cases',
        { reason: error.message.split('\n')[0]! },
        { span: { source, start: error.pos[0], end: error.pos[1] } },
      ),
    )
  if (problems.length > 0) throw new DiagnosticError(problems)
  if (!isMap(document.contents)) {
    report('a file of cases must be an object')
    throw new DiagnosticError(problems)
  }
  const content = document.toJS({ maxAliasCount: 100 }) as Record<string, unknown>
  for (const key of Object.keys(content))
    if (!KNOWN.includes(key)) report(`'${key}' is not known; known are ${KNOWN.join(', ')}`, [key])

  const object = (value: unknown, at: readonly (string | number)[]): Record<string, unknown> => {
    if (value === undefined || value === null) return {}
    if (typeof value === 'object' && !Array.isArray(value)) return value as Record<string, unknown>
    report(`'${at.join('.')}' must be an object`, at)
    return {}
  }
  const strings = (value: unknown, at: readonly (string | number)[]): string[] => {
    if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value
    report(`'${at.join('.')}' must be a list of strings`, at)
    return []
  }
  const codec = content['codec'] ?? 'line'
  if (typeof codec !== 'string') report("'codec' must be a string", ['codec'])
  const references = (names: readonly string[], at: readonly (string | number)[]): void => {
    for (const name of names) if (parseFieldPath(name) === undefined) report(`'${name}' is no reference of a field`, at)
  }
  const fields = object(content['fields'], ['fields'])
  references(Object.keys(fields), ['fields'])

  const readCase = (given: Record<string, unknown>, at: readonly (string | number)[]): PipelineCase => {
    const expected = given['expected'] ?? []
    const listed = Array.isArray(expected) && expected.every((one) => typeof one === 'object' && one !== null)
    if (!listed) report(`'${[...at, 'expected'].join('.')}' must be a list of objects`, [...at, 'expected'])
    const own = object(given['fields'], [...at, 'fields'])
    references(Object.keys(own), [...at, 'fields'])
    return {
      ...(typeof given['description'] === 'string' ? { description: given['description'] } : {}),
      input: strings(given['input'] ?? [], [...at, 'input']),
      expected: listed ? (expected as Record<string, unknown>[]) : [],
      fields: { ...fields, ...own },
    }
  }
  const cases: PipelineCase[] = []
  const listed = content['testcases']
  if (listed !== undefined) {
    if (!isSeq(document.get('testcases', true))) report("'testcases' must be a list", ['testcases'])
    else
      for (const [i, one] of (listed as unknown[]).entries()) {
        const given = object(one, ['testcases', i])
        for (const key of Object.keys(given))
          if (!KNOWN_IN_CASE.includes(key)) report(`'${key}' is not known in a case`, ['testcases', i, key])
        cases.push(readCase(given, ['testcases', i]))
      }
  } else if (content['input'] === undefined) report("'testcases' is missing")
  else cases.push(readCase({ ...content, fields: undefined }, []))
  const ignore = content['ignore'] === undefined ? [] : strings(content['ignore'], ['ignore'])
  references(ignore, ['ignore'])
  if (problems.length > 0) throw new DiagnosticError(problems)
  return {
    path,
    source,
    document,
    codec: codec as string,
    ignore,
    exportMetadata: content['export_metadata'] === true,
    cases,
  }
}
