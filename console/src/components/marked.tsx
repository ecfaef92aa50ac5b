import { createContext, Fragment, use } from 'react'

/** What is looked for, to be marked wherever values are shown. */
export const MarksContext = createContext<RegExp | undefined>(undefined)

/** A longer text is shown unmarked: nobody reads it whole. */
const LONGEST = 5_000

/** A text with what was looked for marked in it. */
export function Marked({ text }: { text: string }) {
  const pattern = use(MarksContext)
  if (pattern === undefined || text.length > LONGEST) return text
  const parts: React.ReactNode[] = []
  let last = 0
  for (const match of text.matchAll(pattern)) {
    parts.push(text.slice(last, match.index), <mark>{match[0]}</mark>)
    last = match.index + match[0].length
  }
  if (parts.length === 0) return text
  return [...parts, text.slice(last)].map((part, at) => <Fragment key={at}>{part}</Fragment>)
}
