import { newObject, type Value, type ValueObject } from '../../../../event/index.ts'
import { escapeText, NODE, type XmlNode } from './tree.ts'

export interface SimpleOptions {
  /** Whether an element that occurs once is a list too. */
  readonly forceArray: boolean
  /** Whether an element of text alone is a hash too. */
  readonly forceContent: boolean
  /** Whether elements without content are left out. */
  readonly suppressEmpty: boolean
}

/** Under this name an element's text stands beside its attributes. */
const CONTENT = 'content'
/** An element of this name, where it makes the only list, stands for the list itself. */
const NAMELESS = 'anon'

/**
 * An element as hashes, lists and strings: attributes and children under their names, text alone as a string.
 * Source: the rules of Perl's XML::Simple, as Ruby's xml-simple documents them.
 */
export function toSimple(element: XmlNode, options: SimpleOptions): Value {
  const { forceArray, forceContent, suppressEmpty } = options
  const result = newObject()
  for (const { nodeName, nodeValue } of element.attributes) result[nodeName] = nodeValue
  const children = element.children
  const elements = children.filter(({ nodeType }) => nodeType === NODE.element)
  const texts = children.filter(({ nodeType }) => nodeType === NODE.text || nodeType === NODE.cdata)
  const text = texts.map(({ nodeValue }) => nodeValue ?? '').join('')

  if (elements.length === 0 && texts.length > 0) {
    if (element.attributes.length === 0) {
      if (isEmpty(text)) return newObject()
      if (!forceContent) return text
    }
    add(result, CONTENT, text, forceArray)
    return result
  }
  for (const child of elements) {
    const value = toSimple(child, options)
    // An element is left out only below one that has no attributes of its own.
    if (suppressEmpty && isEmpty(value) && element.attributes.length === 0) continue
    add(result, child.localName, value, forceArray)
  }
  if (elements.length > 0 && !isEmpty(text)) {
    // Beside elements text stays as it is written.
    const content = texts.map(({ nodeType, nodeValue }) =>
      nodeType === NODE.cdata ? (nodeValue ?? '') : escapeText(nodeValue ?? ''),
    )
    result[CONTENT] = content.length === 1 ? content[0]! : content
  }
  const nameless = result[NAMELESS]
  if (Array.isArray(nameless) && Object.values(result).filter(Array.isArray).length === 1) return nameless
  return suppressEmpty && Object.keys(result).length === 0 ? null : result
}

function add(result: ValueObject, name: string, value: Value, forceArray: boolean): void {
  const before = result[name]
  if (Array.isArray(before)) before.push(value)
  else if (before !== undefined) result[name] = [before, value]
  else result[name] = Array.isArray(value) || (forceArray && name !== CONTENT) ? [value] : value
}

function isEmpty(value: Value): boolean {
  if (typeof value === 'string') return !/\S/.test(value)
  return value === null || (typeof value === 'object' && !Array.isArray(value) && Object.keys(value).length === 0)
}
