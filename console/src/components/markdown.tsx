import { Fragment, type ReactNode } from 'react'
import { show } from '../document.ts'

/**
 * A small part of Markdown as elements: paragraphs, lists, headings, quotes, fenced code, bold, emphasis, code, and links to
 * http and https. Nothing in it becomes markup of its own, so that a note can hold what an attacker wrote.
 */
export function Markdown({ text }: { text: string }) {
  return <div className="ved-markdown">{blocksOf(show(text).split('\n'))}</div>
}

function blocksOf(lines: readonly string[]): ReactNode[] {
  const blocks: ReactNode[] = []
  let at = 0
  const take = (belongs: (line: string) => boolean): string[] => {
    const taken: string[] = []
    while (at < lines.length && belongs(lines[at]!)) taken.push(lines[at++]!)
    return taken
  }
  while (at < lines.length) {
    const line = lines[at]!
    const key = at
    if (line.trim() === '') at++
    else if (line.startsWith('```')) {
      at++
      const code = take((one) => !one.startsWith('```'))
      at++
      blocks.push(<pre key={key}>{code.join('\n')}</pre>)
    } else if (BULLET.test(line))
      blocks.push(
        <ul key={key}>
          {itemsOf(
            take((one) => BULLET.test(one)),
            BULLET,
          )}
        </ul>,
      )
    else if (NUMBER.test(line))
      blocks.push(
        <ol key={key}>
          {itemsOf(
            take((one) => NUMBER.test(one)),
            NUMBER,
          )}
        </ol>,
      )
    else if (QUOTE.test(line)) {
      const quoted = take((one) => QUOTE.test(one)).map((one) => one.replace(QUOTE, ''))
      blocks.push(<blockquote key={key}>{blocksOf(quoted)}</blockquote>)
    } else if (HEADING.test(line)) {
      at++
      // No heading of the page: its outline is the screen's.
      blocks.push(
        <p key={key}>
          <strong>{inline(line.replace(HEADING, ''))}</strong>
        </p>,
      )
    } else blocks.push(<p key={key}>{inline(take((one) => one.trim() !== '' && !STARTS.test(one)).join('\n'))}</p>)
  }
  return blocks
}

const BULLET = /^\s*[-*+] /
const NUMBER = /^\s*\d{1,9}[.)] /
const QUOTE = /^> ?/
const HEADING = /^#{1,6} /
const STARTS = /^(?:```|\s*[-*+] |\s*\d{1,9}[.)] |> ?|#{1,6} )/

function itemsOf(lines: readonly string[], mark: RegExp): ReactNode[] {
  return lines.map((line, at) => <li key={at}>{inline(line.replace(mark, ''))}</li>)
}

/** Code, links, bold and emphasis, whichever begins first. */
const INLINE =
  /`([^`\n]+)`|\[([^\]\n]+)\]\((https?:\/\/[^\s)]+)\)|(https?:\/\/[^\s<>()]+)|\*\*([^*\n]+)\*\*|\*([^*\n]+)\*|\b_([^_\n]+)_\b/g

function inline(text: string): ReactNode[] {
  const parts: ReactNode[] = []
  let last = 0
  for (const match of text.matchAll(INLINE)) {
    const [whole, code, label, address, bare, bold, starred, underlined] = match
    parts.push(text.slice(last, match.index))
    last = match.index + whole.length
    const href = address ?? bare
    if (code !== undefined) parts.push(<code>{code}</code>)
    else if (href !== undefined)
      parts.push(
        <a href={href} target="_blank" rel="noopener noreferrer">
          {label ?? href}
        </a>,
      )
    else if (bold !== undefined) parts.push(<strong>{bold}</strong>)
    else parts.push(<em>{starred ?? underlined}</em>)
  }
  parts.push(text.slice(last))
  return parts.map((part, at) => <Fragment key={at}>{part}</Fragment>)
}
