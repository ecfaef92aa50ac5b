import { diagnose, didYouMean, type Diagnostic } from '../../diagnostic/index.ts'
import { namesOf } from './condition.ts'
import { CORRELATION_KEYS } from './correlation.ts'
import { child, describe, type Located } from './located-yaml.ts'
import type { SigmaRule } from './rule.ts'

const STATUSES = ['stable', 'test', 'experimental', 'deprecated', 'unsupported']
const TITLE_LIMIT = 256

/** Warnings for what a rule runs with, but its writer hardly meant. Limits are those of the specification's schemas. */
export function doubtsOf(document: Located, rules: readonly SigmaRule[]): Diagnostic[] {
  const doubts: Diagnostic[] = []
  const doubt = (path: string, expected: string, at: Located, got = describe(at.data)): void => {
    doubts.push(diagnose('sigma.invalid', { path, expected, got }, { span: at.span, severity: 'warning' }))
  }
  const title = child(document, 'title')!
  const { length } = String(title.data)
  if (length > TITLE_LIMIT) doubt('title', `at most ${TITLE_LIMIT} characters`, title, `${length}`)
  const status = child(document, 'status')
  if (typeof status?.data === 'string' && !STATUSES.includes(status.data.toLowerCase()))
    doubt('status', `one of ${STATUSES.join(', ')}`, status)
  for (const tag of child(document, 'tags')?.items ?? [])
    if (!/^[^.]+\../.test(String(tag.data))) doubt('tags', 'a namespace and a name such as attack.t1046', tag)
  return [...doubts, ...unknownKeys(document), ...unusedSelections(document, rules)]
}

/** A misspelt key says nothing. */
function unknownKeys(document: Located): Diagnostic[] {
  const entries = child(document, 'correlation')?.entries ?? []
  return entries
    .filter(({ key }) => !CORRELATION_KEYS.includes(key))
    .map(({ key, keySpan }) => {
      const meant = didYouMean(key, CORRELATION_KEYS)
      const hint = meant === undefined ? undefined : `did you mean '${meant}'?`
      return diagnose('sigma.unknown_key', { path: `correlation.${key}` }, { span: keySpan, severity: 'warning', hint })
    })
}

/** A selection that every condition forgets changes nothing; of old aggregations there are several. */
function unusedSelections(document: Located, rules: readonly SigmaRule[]): Diagnostic[] {
  const detections = rules.flatMap((rule) =>
    rule.kind === 'rule' ? rule.detections : rule.kind === 'filter' ? [rule.detection] : [],
  )
  const used = new Set(detections.flatMap(({ conditions }) => conditions.flatMap(namesOf)))
  const map = child(document, 'detection') ?? child(document, 'filter')
  return (detections[0]?.selections ?? [])
    .filter(({ name }) => !used.has(name))
    .map(({ name }) => {
      const { keySpan } = map!.entries!.find(({ key }) => key === name)!
      return diagnose('sigma.unused', { name }, { span: keySpan, severity: 'warning' })
    })
}
