/**
 * Tactics of MITRE ATT&CK for enterprise, by the tag that Sigma rules carry. Version 19 parted Defense Evasion into Stealth, which
 * kept its number, and Defense Impairment; rules of both times are read.
 */
const TACTICS: Readonly<Record<string, readonly [string, string]>> = {
  reconnaissance: ['TA0043', 'Reconnaissance'],
  'resource-development': ['TA0042', 'Resource Development'],
  'initial-access': ['TA0001', 'Initial Access'],
  execution: ['TA0002', 'Execution'],
  persistence: ['TA0003', 'Persistence'],
  'privilege-escalation': ['TA0004', 'Privilege Escalation'],
  'defense-evasion': ['TA0005', 'Defense Evasion'],
  stealth: ['TA0005', 'Stealth'],
  'defense-impairment': ['TA0112', 'Defense Impairment'],
  'credential-access': ['TA0006', 'Credential Access'],
  discovery: ['TA0007', 'Discovery'],
  'lateral-movement': ['TA0008', 'Lateral Movement'],
  collection: ['TA0009', 'Collection'],
  'command-and-control': ['TA0011', 'Command and Control'],
  exfiltration: ['TA0010', 'Exfiltration'],
  impact: ['TA0040', 'Impact'],
}

const SITE = 'https://attack.mitre.org'

/**
 * What the tags of a rule say by the names of ECS; empty where they say nothing of it.
 *
 * - `attack.t1595.001`, `attack.discovery`, `attack.g0016` and `attack.s0029` are `threat.*`: techniques, tactics, a group and a software.
 * - `cve.2021-44228` is `vulnerability.id`.
 */
export function taggedFields(tags: readonly string[]): { threat?: object; vulnerability?: object } {
  const names = named(tags, 'attack').map((name) => name.replaceAll('_', '-'))
  const ids = (form: RegExp): string[] => names.filter((name) => form.test(name)).map((name) => name.toUpperCase())
  const subtechniques = ids(/^t\d{4}\.\d{3}$/)
  const techniques = [...new Set(ids(/^t\d{4}(?:\.\d{3})?$/).map((id) => id.split('.')[0]!))]
  const tactics = names.flatMap((name) => (Object.hasOwn(TACTICS, name) ? [TACTICS[name]!] : []))
  // Group and software are single in ECS.
  const [group] = ids(/^g\d{4}$/)
  const [software] = ids(/^s\d{4}$/)
  const threat = {
    ...(tactics.length === 0
      ? {}
      : {
          tactic: {
            ...referred(
              'tactics',
              tactics.map(([id]) => id),
            ),
            name: tactics.map(([, name]) => name),
          },
        }),
    ...(techniques.length === 0
      ? {}
      : {
          technique: {
            ...referred('techniques', techniques),
            ...(subtechniques.length === 0 ? {} : { subtechnique: referred('techniques', subtechniques) }),
          },
        }),
    ...(group === undefined ? {} : { group: { id: group, reference: `${SITE}/groups/${group}/` } }),
    ...(software === undefined ? {} : { software: { id: software, reference: `${SITE}/software/${software}/` } }),
  }
  // Older rules write the year and the number with a dot between them.
  const weaknesses = named(tags, 'cve').flatMap((name) => {
    const parts = /^(\d{4})[.-](\d{4,})$/.exec(name)
    return parts === null ? [] : [`CVE-${parts[1]}-${parts[2]}`]
  })
  return {
    ...(Object.keys(threat).length === 0 ? {} : { threat: { framework: 'MITRE ATT&CK', ...threat } }),
    ...(weaknesses.length === 0 ? {} : { vulnerability: { id: weaknesses, enumeration: 'CVE' } }),
  }
}

/** The names in a namespace, in lower case. */
function named(tags: readonly string[], namespace: string): string[] {
  return tags.flatMap((tag) => {
    const [head, ...rest] = tag.toLowerCase().split('.')
    return head === namespace && rest.length > 0 ? [rest.join('.')] : []
  })
}

function referred(kind: string, ids: readonly string[]): { id: readonly string[]; reference: readonly string[] } {
  return { id: ids, reference: ids.map((id) => `${SITE}/${kind}/${id.replace('.', '/')}/`) }
}
