import { expect, test } from 'vitest'
import { taggedFields } from './attack.ts'

const site = 'https://attack.mitre.org'

test.each<[tags: string[], fields: object]>([
  [[], {}],
  [['car.2016-04-005', 'd3fend.d3-am', 'detection.threat-hunting', 'stp.3k', 'tlp.amber', 'attack', 'none'], {}],
  [
    ['attack.Defense_Evasion', 'attack.stealth', 'attack.defense-impairment'],
    {
      tactic: {
        id: ['TA0005', 'TA0005', 'TA0112'],
        reference: [`${site}/tactics/TA0005/`, `${site}/tactics/TA0005/`, `${site}/tactics/TA0112/`],
        name: ['Defense Evasion', 'Stealth', 'Defense Impairment'],
      },
    },
  ],
  [
    ['attack.t1595.001', 'attack.T1595.002'],
    {
      technique: {
        id: ['T1595'],
        reference: [`${site}/techniques/T1595/`],
        subtechnique: {
          id: ['T1595.001', 'T1595.002'],
          reference: [`${site}/techniques/T1595/001/`, `${site}/techniques/T1595/002/`],
        },
      },
    },
  ],
  [
    ['attack.g0016', 'attack.s0029', 'attack.ds0029', 'attack.m1030'],
    {
      group: { id: 'G0016', reference: `${site}/groups/G0016/` },
      software: { id: 'S0029', reference: `${site}/software/S0029/` },
    },
  ],
])('the tags %j as fields of ECS', (tags, threat) => {
  const framework = Object.keys(threat).length === 0 ? {} : { threat: { framework: 'MITRE ATT&CK', ...threat } }
  expect(taggedFields(tags)).toEqual(framework)
})

test('weaknesses by both ways of writing them', () => {
  expect(taggedFields(['cve.2021-44228', 'CVE.2021.3156', 'cve.unknown'])).toEqual({
    vulnerability: { id: ['CVE-2021-44228', 'CVE-2021-3156'], enumeration: 'CVE' },
  })
})
