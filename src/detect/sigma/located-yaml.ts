import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseAllDocuments,
  type Document,
  type Node,
  type YAMLMap,
} from 'yaml'
import { diagnose, fail, type Diagnostic, type Source, type Span } from '../../diagnostic/index.ts'

/** A node of YAML with its place; `data` is plain data without aliases. */
export interface Located {
  readonly data: unknown
  readonly span: Span
  /** Set where it is a map; a duplicate key is an error of the parser. */
  readonly entries?: readonly Entry[]
  /** Set where it is a list. */
  readonly items?: readonly Located[]
}

interface Entry {
  readonly key: string
  readonly keySpan: Span
  readonly value: Located
}

const NODES_LIMIT = 100_000
const SIZE_LIMIT = 4 * 1024 * 1024
const DEPTH_LIMIT = 60

/** The documents of a YAML text; problems of a document are given instead of it. */
export function readYaml(source: Source): { documents: Located[]; problems: Diagnostic[] } {
  const whole = { source, start: 0, end: Math.min(source.text.length, 1) }
  if (source.text.length > SIZE_LIMIT)
    return {
      documents: [],
      problems: [diagnose('sigma.syntax', { reason: `longer than ${SIZE_LIMIT} characters` }, { span: whole })],
    }
  const documents: Located[] = []
  const problems: Diagnostic[] = []
  const parsed = parseAllDocuments(source.text, {
    lineCounter: new LineCounter(),
    prettyErrors: false,
    version: '1.2',
    uniqueKeys: false,
  })
  if (!Array.isArray(parsed)) return { documents, problems }
  for (const document of parsed as Document.Parsed[]) {
    const [error] = document.errors
    if (error !== undefined) {
      const [start, end] = error.pos
      const reason = error.message.split('\n')[0]!.replace(/\.$/, '')
      problems.push(diagnose('sigma.syntax', { reason }, { span: { source, start, end: Math.max(end, start + 1) } }))
      continue
    }
    // Between two `---`, or after the last, there may be nothing.
    if (document.contents === null || (isScalar(document.contents) && document.contents.value === null)) continue
    try {
      documents.push(new Locator(source, document).locate(document.contents as Node, 0))
    } catch (problem) {
      if (!(problem instanceof RangeError)) throw problem
      const span = problem instanceof Misplaced ? problem.span : whole
      problems.push(diagnose('sigma.syntax', { reason: problem.message }, { span }))
    }
  }
  return { documents, problems }
}

/** A problem of YAML at a place. */
class Misplaced extends RangeError {
  readonly span: Span
  constructor(message: string, span: Span) {
    super(message)
    this.span = span
  }
}

class Locator {
  private readonly source: Source
  private readonly document: Document.Parsed
  private nodes = 0

  constructor(source: Source, document: Document.Parsed) {
    this.source = source
    this.document = document
  }

  /** @throws RangeError for what is nested too deep, or grows without bound through aliases */
  locate(node: Node, depth: number): Located {
    if (depth > DEPTH_LIMIT) throw new RangeError(`nested deeper than ${DEPTH_LIMIT} levels`)
    if (++this.nodes > NODES_LIMIT)
      throw new RangeError(`more than ${NODES_LIMIT} values, aliases counted as what they stand for`)
    const span = spanOf(node, this.source)
    if (isAlias(node)) {
      const target = node.resolve(this.document)
      if (target === undefined) throw new RangeError(`the alias '*${node.source}' stands for nothing`)
      return { ...this.locate(target, depth + 1), span }
    }
    if (isMap(node)) return this.map(node, span, depth)
    if (isSeq(node)) {
      const items = node.items.map((item) =>
        item === null ? { data: null, span } : this.locate(item as Node, depth + 1),
      )
      return { data: items.map(({ data }) => data), span, items }
    }
    return { data: isScalar(node) ? node.value : null, span }
  }

  private map(node: YAMLMap, span: Span, depth: number): Located {
    const entries: Entry[] = []
    const names = new Set<string>()
    const merged: Entry[] = []
    for (const { key, value } of node.items) {
      const keyNode = key as Node
      const name = isScalar(keyNode) ? String(keyNode.value) : ''
      const keySpan = spanOf(keyNode, this.source)
      const located = value === null ? { data: null, span: keySpan } : this.locate(value as Node, depth + 1)
      if (name === '<<') for (const map of located.items ?? [located]) merged.push(...(map.entries ?? []))
      else entries.push({ key: name, keySpan, value: located })
      // The parser compares every key with every other.
      if (names.has(name)) throw new Misplaced('Map keys must be unique', keySpan)
      names.add(name)
    }
    // Of what is merged in, a map's own keys stand before, and the first map before those after it.
    for (const entry of merged) {
      if (names.has(entry.key)) continue
      names.add(entry.key)
      entries.push(entry)
    }
    const data = Object.create(null) as Record<string, unknown>
    for (const { key, value } of entries) data[key] = value.data
    return { data, span, entries }
  }
}

function spanOf(node: Node, source: Source): Span {
  const [start, end] = node.range ?? [0, 1]
  return { source, start, end: Math.max(end, start + 1) }
}

export function child(map: Located, key: string): Located | undefined {
  return map.entries?.find((entry) => entry.key === key)?.value
}

/** How a value is named in `got ...`. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a map'
  return `'${String(value).slice(0, 60)}'`
}

export function invalid(path: string, expected: string, at: Located): Error {
  return fail('sigma.invalid', { path, expected, got: describe(at.data) }, { span: at.span })
}

export function invalidDiagnostic(path: string, expected: string, at: Located): Diagnostic {
  return diagnose('sigma.invalid', { path, expected, got: describe(at.data) }, { span: at.span })
}

/** The text at a key, undefined where the key is absent. */
export function textAt(map: Located, key: string): string | undefined {
  const value = child(map, key)
  if (value === undefined || value.data === null) return undefined
  if (typeof value.data === 'object') throw invalid(key, 'a text', value)
  return String(value.data)
}

/** A list of texts, or one text; empty where the key is absent. */
export function textsAt(map: Located, key: string): string[] {
  const value = child(map, key)
  if (value === undefined || value.data === null) return []
  const items = value.items ?? [value]
  return items.map((item) => {
    if (typeof item.data === 'object') throw invalid(key, 'a list of texts', item)
    return String(item.data)
  })
}
