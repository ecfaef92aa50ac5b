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

/** `threat.*` of the tags `attack.t1046`, `attack.t1595.001`, `attack.discovery`; empty where there are none. */
export function techniqueFields(tags: readonly string[]): { threat?: object } {
  const names = tags
    .filter((tag) => tag.toLowerCase().startsWith('attack.'))
    .map((tag) => tag.slice(7).toLowerCase().replaceAll('_', '-'))
  const ids = names.filter((name) => /^t\d{4}(\.\d{3})?$/.test(name)).map((name) => name.toUpperCase())
  const tactics = names.flatMap((name) => (Object.hasOwn(TACTICS, name) ? [TACTICS[name]!] : []))
  if (ids.length + tactics.length === 0) return {}
  const techniques = [...new Set(ids.map((id) => id.split('.')[0]!))]
  const subtechniques = ids.filter((id) => id.includes('.'))
  return {
    threat: {
      framework: 'MITRE ATT&CK',
      ...(tactics.length === 0
        ? {}
        : { tactic: { id: tactics.map(([id]) => id), name: tactics.map(([, name]) => name) } }),
      ...(techniques.length === 0
        ? {}
        : {
            technique: {
              id: techniques,
              ...(subtechniques.length === 0 ? {} : { subtechnique: { id: subtechniques } }),
            },
          }),
    },
  }
}
