import { diagnose, didYouMean, type Diagnostic } from '../../diagnostic/index.ts'
import { namesOf, nameTest } from './condition.ts'
import { CORRELATION_KEYS } from './correlation.ts'
import { child, describe, type Located } from './located-yaml.ts'
import type { SigmaRule } from './rule.ts'

const STATUSES = ['stable', 'test', 'experimental', 'deprecated', 'unsupported']
const TITLE_LIMIT = 256
const QUANTIFIED = /\b(?:1|any|all) of ([^\s()]+)/gi
/** Each is compared with every name. */
const QUANTIFIERS_LIMIT = 100

/** Forms of the names in the namespaces of the specification, with what is right by them; rules may have others. */
const TAGS: ReadonlyMap<string, readonly [form: RegExp, expected: string]> = new Map([
  [
    'attack',
    [
      /^(?:[a-z]+(?:[-_][a-z]+)*|t\d{4}(?:\.\d{3})?|(?:g|s|m|a|ds)\d{4})$/i,
      'a tactic, or a technique such as attack.t1595.001, or a group, software, mitigation, asset or data source',
    ],
  ],
  ['car', [/^\d{4}-\d{2}-\d{3}$/, 'an analytic such as car.2016-04-005']],
  ['cve', [/^\d{4}[-.]\d{4,}$/, 'a weakness such as cve.2021-44228']],
  [
    'detection',
    [/^(?:dfir|emerging-threats|threat-hunting)$/i, 'detection.dfir, .emerging-threats or .threat-hunting'],
  ],
  ['stp', [/^[1-5][auk]?$/i, 'a score such as stp.3k']],
  ['tlp', [/^(?:red|amber|amber-strict|green|clear|white)$/i, 'tlp.red, .amber, .amber-strict, .green or .clear']],
])

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
  for (const tag of child(document, 'tags')?.items ?? []) {
    const [, namespace, name] = /^([^.]+)\.(.+)$/s.exec(String(tag.data)) ?? []
    const known = TAGS.get(namespace?.toLowerCase() ?? '')
    if (namespace === undefined) doubt('tags', 'a namespace and a name such as attack.t1046', tag)
    else if (known?.[0].test(name!) === false) doubt('tags', known[1], tag)
  }
  return [...doubts, ...unknownKeys(document), ...emptyQuantifiers(document), ...unusedSelections(document, rules)]
}

/** Beside others `1 of filter_*` may be of nothing, but then it says nothing. */
function emptyQuantifiers(document: Located): Diagnostic[] {
  const map = child(document, 'detection') ?? child(document, 'filter')
  const condition = map === undefined ? undefined : child(map, 'condition')
  const names = map?.entries?.map(({ key }) => key) ?? []
  return (condition?.items ?? [condition]).flatMap((one) => {
    const targets = new Map([...String(one?.data).matchAll(QUANTIFIED)].map(([written, target]) => [target!, written]))
    return [...targets]
      .slice(0, QUANTIFIERS_LIMIT)
      .filter(([target]) => target.toLowerCase() !== 'them' && !names.some(nameTest(target)))
      .map(([, written]) => {
        const reason = `'${written}' matches no name`
        return diagnose('sigma.condition', { reason }, { span: one!.span, severity: 'warning' })
      })
  })
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
