import xpath from 'xpath'
import { formatDouble } from '../../../../event/index.ts'
import { printNode, type XmlNode } from './tree.ts'

/** Declarations in force, by prefix. */
export type Namespaces = Readonly<Record<string, string>>

export interface Query {
  /** The results as texts. @throws Error for a prefix without a namespace. */
  run(document: XmlNode, namespaces: Namespaces): string[]
}

/** The parts of the evaluator that its own types leave out. */
interface Evaluator {
  parse(expression: string): { evaluate(context: { node: XmlNode; namespaces: Namespaces }): Result }
  readonly XBoolean: abstract new () => unknown
  readonly XNumber: abstract new () => unknown
}

interface Result {
  /** Only of a set of nodes. */
  readonly nodes?: readonly XmlNode[]
  stringValue(): string
  numberValue(): number
  booleanValue(): boolean
}

const isA = (result: object, kind: abstract new () => unknown): boolean => result instanceof kind

const { parse, XBoolean, XNumber } = xpath as unknown as Evaluator

/** @throws Error where it is no XPath 1.0 expression. */
export function compileQuery(expression: string): Query {
  const parsed = parse(expression)
  return {
    run(document, namespaces) {
      const result = parsed.evaluate({ node: document, namespaces })
      if (result.nodes !== undefined) return [...result.nodes].sort((a, b) => a.order - b.order).map(printNode)
      if (isA(result, XBoolean)) return result.booleanValue() ? ['true'] : []
      if (isA(result, XNumber)) return [formatDouble(result.numberValue())]
      return [result.stringValue()]
    },
  }
}

/** What the root element declares; its default namespace under the prefix `xmlns`, as Nokogiri has it. */
export function rootNamespaces(document: XmlNode): Namespaces {
  const declared: Record<string, string> = {}
  for (const { nodeName, nodeValue } of document.documentElement?.attributes ?? []) {
    if (nodeName === 'xmlns') declared['xmlns'] = nodeValue ?? ''
    else if (nodeName.startsWith('xmlns:')) declared[nodeName.slice(6)] = nodeValue ?? ''
  }
  return declared
}
