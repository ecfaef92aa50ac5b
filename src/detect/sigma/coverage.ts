import type { Logsource, SigmaRule } from './rule.ts'

/** What rules look for, by the techniques of MITRE ATT&CK in their tags, and in which logs they look. */
export interface Coverage {
  readonly rules: number
  /** By the number of the technique. */
  readonly techniques: readonly { readonly id: string; readonly rules: readonly string[] }[]
  /** Those with most rules first. */
  readonly logsources: readonly { readonly logsource: Logsource; readonly rules: number }[]
  /** Titles of rules without a technique. */
  readonly untagged: readonly string[]
}

const TECHNIQUE = /^attack\.(t\d{4}(?:\.\d{3})?)$/i

/** Filters look for nothing of their own; correlations look in the logs of the rules that they build on. */
export function coverageOf(all: readonly SigmaRule[]): Coverage {
  const rules = all.filter(({ kind }) => kind !== 'filter')
  const techniques = new Map<string, string[]>()
  const logsources = new Map<string, { logsource: Logsource; rules: number }>()
  const untagged: string[] = []
  for (const rule of rules) {
    const ids = new Set(rule.tags.flatMap((tag) => TECHNIQUE.exec(tag)?.[1]?.toUpperCase() ?? []))
    for (const id of ids) techniques.set(id, [...(techniques.get(id) ?? []), rule.title])
    if (ids.size === 0) untagged.push(rule.title)
    if (rule.kind !== 'rule') continue
    const key = JSON.stringify(rule.logsource)
    const known = logsources.get(key) ?? { logsource: rule.logsource, rules: 0 }
    logsources.set(key, { ...known, rules: known.rules + 1 })
  }
  return {
    rules: rules.length,
    techniques: [...techniques].map(([id, titles]) => ({ id, rules: titles })).sort((a, b) => (a.id < b.id ? -1 : 1)),
    logsources: [...logsources.values()].sort((a, b) => b.rules - a.rules),
    untagged,
  }
}

/** A layer for MITRE's ATT&CK Navigator (layer format 4.5): the score of a technique is the number of its rules. */
export function navigatorLayer({ techniques }: Coverage): object {
  return {
    name: 'Vedetta',
    versions: { layer: '4.5' },
    domain: 'enterprise-attack',
    description: 'Techniques that rules look for',
    techniques: techniques.map(({ id, rules }) => ({
      techniqueID: id,
      score: rules.length,
      comment: rules.join('\n'),
    })),
    gradient: {
      colors: ['#c6dbef', '#08519c'],
      minValue: 1,
      maxValue: techniques.reduce((most, { rules }) => Math.max(most, rules.length), 1),
    },
  }
}
