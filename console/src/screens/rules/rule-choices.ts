import { TACTICS } from '../../attack-techniques.ts'
import type { Choices } from '../../components/code-editor.tsx'

/** The words that this server knows for rules. */
export interface RuleWords {
  readonly fields: readonly { readonly name: string; readonly type: string }[]
  /** What each modifier means. */
  readonly modifiers: Readonly<Record<string, string>>
  readonly logsources: readonly Readonly<Record<string, string>>[]
}

const KEYS: Readonly<Record<string, readonly string[]>> = {
  '': 'title id status description references author date modified tags logsource detection fields falsepositives level'.split(
    ' ',
  ),
  logsource: ['product', 'category', 'service', 'definition'],
  detection: ['condition'],
  correlation: ['type', 'rules', 'group-by', 'timespan', 'condition', 'generate'],
}
const VALUES: Readonly<Record<string, readonly string[]>> = {
  level: ['informational', 'low', 'medium', 'high', 'critical'],
  status: ['stable', 'test', 'experimental', 'deprecated', 'unsupported'],
}
const TAGS = TACTICS.flatMap(({ tag, name, techniques }) => [
  { label: `attack.${tag.replaceAll('_', '-')}`, detail: name },
  ...techniques.map((technique) => {
    const [id = '', ...words] = technique.split(' ')
    return { label: `attack.${id.toLowerCase()}`, detail: words.join(' ') }
  }),
])

/** What may be written at a place of the text of Sigma rules. */
export function ruleChoices(text: string, position: number, words: RuleWords): Choices | undefined {
  const line = text.slice(text.lastIndexOf('\n', position - 1) + 1, position)
  const above = text
    .slice(0, position - line.length)
    .split('\n')
    .reverse()
  const section = /^(\w+):/.exec(above.find((one) => /^(\w+:|---)/.test(one)) ?? '')?.[1] ?? ''
  const choose = (typed: string, options: Choices['options']): Choices => ({ from: position - typed.length, options })
  const plain = (names: Iterable<string>): Choices['options'] => [...new Set(names)].map((label) => ({ label }))

  const modifier = /^\s*(?:- )?[^\s:|]+(?:\|\w+)*\|(\w*)$/.exec(line)
  if (modifier !== null)
    return choose(
      modifier[1]!,
      Object.entries(words.modifiers).map(([label, detail]) => ({ label, detail })),
    )
  const value = /^\s*(\w+):\s+(\S*)$/.exec(line)
  if (value !== null) {
    const [, key = '', typed = ''] = value
    if (section === 'logsource' && line.startsWith(' '))
      return choose(typed, plain(words.logsources.flatMap(({ [key]: one }) => (one === undefined ? [] : [one]))))
    return VALUES[key] === undefined ? undefined : choose(typed, plain(VALUES[key]))
  }
  const tag = /^\s*- ([\w.-]*)$/.exec(line)
  if (tag !== null && section === 'tags') return choose(tag[1]!, TAGS)
  const key = /^(\s*(?:- )?)([\w.@-]*)$/.exec(line)
  if (key === null) return undefined
  const [, before = '', typed = ''] = key
  if (before === '') return choose(typed, plain(KEYS['']!))
  if (section === 'detection' && before.length > indentOf(above, 'detection'))
    return choose(
      typed,
      words.fields.map(({ name: label, type: detail }) => ({ label, detail })),
    )
  return KEYS[section] === undefined ? undefined : choose(typed, plain(KEYS[section]))
}

/** How far the first line below a section stands in. */
function indentOf(above: readonly string[], section: string): number {
  const first = above[above.findIndex((line) => line.startsWith(`${section}:`)) - 1]
  return first === undefined ? Number.POSITIVE_INFINITY : /^\s*/.exec(first)![0].length
}
