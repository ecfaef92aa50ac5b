import type { Finding } from '../../alert/index.ts'
import { toValue, type ValueObject } from '../../event/index.ts'
import type { CorrelationRule } from './correlation.ts'
import type { DetectionRule } from './rule.ts'

/** The matches of a rule for one entity until it goes quiet. */
export interface Episode {
  /** The fields of the entity and their values. */
  readonly names: readonly string[]
  readonly values: readonly string[]
  readonly entity: Finding['entity']
  readonly start: number
  first: number
  last: number
  count: number
  /** The count that was told last. */
  told: number
  /** Of the values that a correlation counts, some. */
  counted: string[]
  evidence: { index?: string; id?: string }[]
}

/** What an episode is by now. */
export function findingOf(
  rule: DetectionRule | CorrelationRule,
  episode: Episode,
  phase: Finding['phase'],
  time: number,
): Finding {
  const bound = rule.kind === 'correlation' ? rule.bounds[0] : undefined
  const { names, values } = episode
  const targets = values.filter((_, index) => /^(?:destination|dst)/.test(names[index]!))
  const culprits = values.filter((_, index) => !/^(?:destination|dst|rule\.)/.test(names[index]!))
  const ports =
    rule.kind === 'correlation' && /port/i.test(rule.fields[0] ?? '')
      ? episode.counted.map(Number).filter((port) => Number.isInteger(port))
      : []
  const what =
    rule.kind === 'correlation'
      ? `${rule.type} ${episode.count}${bound === undefined ? '' : ` (${bound.operator} ${bound.value})`} in ${rule.timespan / 1000} s`
      : `${episode.count} matching ${episode.count === 1 ? 'event' : 'events'}`
  return {
    rule: {
      id: rule.id,
      name: rule.title,
      kind: rule.kind === 'correlation' ? 'correlation' : 'sigma',
      ...(rule.description === undefined ? {} : { description: rule.description }),
      references: rule.references,
      author: rule.author,
      tags: rule.tags,
    },
    entity: episode.entity,
    episodeStart: episode.start,
    time,
    first: episode.first,
    last: episode.last,
    phase,
    severity: rule.level,
    count: episode.count,
    ...(bound === undefined ? {} : { threshold: bound.value }),
    reason: `${rule.title}: ${episode.entity.field} ${episode.entity.value}, ${what}`,
    culprits,
    targets,
    ...(ports.length === 0 ? {} : { ports }),
    evidence: [...episode.evidence],
    fields: addresses(episode),
  }
}

function addresses({ names, values }: Episode): ValueObject {
  const fields: Record<string, unknown> = {}
  names.forEach((name, index) => {
    if (/^(?:source|destination)\.ip$/.test(name)) fields[name.split('.')[0]!] = { ip: values[index] }
  })
  return toValue(fields) as ValueObject
}
