import { SaxesParser, type SaxesTagNS } from 'saxes'

/** The numbers of the DOM for kinds of nodes. */
export const NODE = { element: 1, attribute: 2, text: 3, cdata: 4, instruction: 7, comment: 8, document: 9 } as const

/** Nested deeper than this is no document: what walks it does so by recursion. */
const DEEPEST = 1_000

export class XmlError extends Error {}

/** A node, with as much of the DOM as the XPath evaluator asks for. */
export class XmlNode {
  readonly nodeType: number
  readonly nodeName: string
  readonly localName: string
  readonly prefix: string
  readonly namespaceURI: string | null
  readonly nodeValue: string | null
  /** Its place in the document: a node that comes later has a higher number. */
  readonly order: number
  readonly attributes: AttributeList = new AttributeList()
  ownerDocument: XmlNode | null = null
  ownerElement: XmlNode | null = null
  parentNode: XmlNode | null = null
  previousSibling: XmlNode | null = null
  nextSibling: XmlNode | null = null
  firstChild: XmlNode | null = null
  lastChild: XmlNode | null = null

  constructor(nodeType: number, name: string, uri: string, value: string | null, order: number) {
    const colon = name.indexOf(':')
    this.nodeType = nodeType
    this.nodeName = name
    this.localName = name.slice(colon + 1)
    this.prefix = colon < 0 ? '' : name.slice(0, colon)
    this.namespaceURI = uri === '' ? null : uri
    this.nodeValue = value
    this.order = order
  }

  get name(): string {
    return this.nodeName
  }

  get value(): string | null {
    return this.nodeValue
  }

  get documentElement(): XmlNode | null {
    return this.children.find((child) => child.nodeType === NODE.element) ?? null
  }

  get children(): XmlNode[] {
    const children: XmlNode[] = []
    for (let child = this.firstChild; child !== null; child = child.nextSibling) children.push(child)
    return children
  }

  append(child: XmlNode): void {
    child.parentNode = this
    child.previousSibling = this.lastChild
    if (this.lastChild === null) this.firstChild = child
    else this.lastChild.nextSibling = child
    this.lastChild = child
  }

  getAttribute(name: string): string | null {
    return this.attributes.find((attribute) => attribute.nodeName === name)?.nodeValue ?? null
  }

  getAttributeNS(uri: string | null, name: string): string | null {
    return (
      this.attributes.find((one) => one.localName === name && one.namespaceURI === (uri === '' ? null : uri))
        ?.nodeValue ?? null
    )
  }

  /** As in the DOM: 4 where `other` comes later, 2 where it comes before. */
  compareDocumentPosition(other: XmlNode): number {
    if (other === this) return 0
    return other.order > this.order ? 4 : 2
  }
}

class AttributeList extends Array<XmlNode> {
  item(index: number): XmlNode | null {
    return this[index] ?? null
  }
}

export interface ReadOptions {
  /** Whether what is not well-formed is an error; otherwise as much is read as can be. */
  readonly strict: boolean
  /** Whether prefixes and declarations of namespaces are left out. */
  readonly withoutNamespaces?: boolean
}

/** Reads a document. Entities that it declares itself are not expanded. @throws XmlError */
export function readXml(text: string, { strict, withoutNamespaces = false }: ReadOptions): XmlNode {
  const parser = new SaxesParser({ xmlns: true })
  let order = 0
  const document = new XmlNode(NODE.document, '#document', '', null, order++)
  let current = document
  let depth = 0

  const add = (type: number, name: string, value: string | null, uri = ''): XmlNode => {
    const node = new XmlNode(type, name, uri, value, order++)
    node.ownerDocument = document
    current.append(node)
    return node
  }
  parser.on('error', (error) => {
    if (strict) throw new XmlError(error.message)
  })
  parser.on('opentag', (tag: SaxesTagNS) => {
    if (++depth > DEEPEST) throw new XmlError(`nested deeper than ${DEEPEST} levels`)
    const element = add(NODE.element, withoutNamespaces ? tag.local : tag.name, null, withoutNamespaces ? '' : tag.uri)
    for (const { name, local, prefix, uri, value } of Object.values(tag.attributes)) {
      const declares = name === 'xmlns' || prefix === 'xmlns'
      if (withoutNamespaces && declares) continue
      const attribute = new XmlNode(
        NODE.attribute,
        withoutNamespaces ? local : name,
        withoutNamespaces ? '' : uri,
        value,
        order++,
      )
      attribute.ownerDocument = document
      attribute.ownerElement = element
      element.attributes.push(attribute)
    }
    current = element
  })
  parser.on('closetag', () => {
    depth--
    current = current.parentNode ?? document
  })
  parser.on('text', (value) => {
    if (current !== document) add(NODE.text, '#text', value)
  })
  parser.on('cdata', (value) => void add(NODE.cdata, '#cdata-section', value))
  parser.on('comment', (value) => void add(NODE.comment, '#comment', value))
  parser.on('processinginstruction', ({ target, body }) => void add(NODE.instruction, target, body))
  parser.write(strict ? text : text.replace(/&(?!#?\w+;)/g, '&amp;')).close()
  return document
}

/** A node as text: an element with its tags, an attribute as its value. */
export function printNode(node: XmlNode): string {
  switch (node.nodeType) {
    case NODE.attribute:
      return node.nodeValue ?? ''
    case NODE.text:
      return escapeText(node.nodeValue ?? '')
    case NODE.cdata:
      return `<![CDATA[${node.nodeValue ?? ''}]]>`
    case NODE.comment:
      return `<!--${node.nodeValue ?? ''}-->`
    case NODE.instruction:
      return `<?${node.nodeName} ${node.nodeValue ?? ''}?>`
    case NODE.document:
      return node.children.map(printNode).join('')
    default: {
      const attributes = node.attributes
        .map(({ nodeName, nodeValue }) => ` ${nodeName}="${escapeText(nodeValue ?? '').replaceAll('"', '&quot;')}"`)
        .join('')
      const inner = node.children.map(printNode).join('')
      return inner === ''
        ? `<${node.nodeName}${attributes}/>`
        : `<${node.nodeName}${attributes}>${inner}</${node.nodeName}>`
    }
  }
}

export function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
