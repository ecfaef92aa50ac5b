import { expect, test } from 'vitest'
import type { Finding } from '../../../alert/index.ts'
import { createLoginDetector, createScanDetector, type SeenEvent } from '../../../detect/index.ts'
import { toValue, type ValueObject } from '../../../event/index.ts'
import { demoDay, type Happening } from './day.ts'
import { asDocument, asSent } from './forms.ts'

const END = Date.UTC(2026, 10, 24, 18)
const day = (seed: number): Happening[] => demoDay({ seed, end: END, hours: 24, volume: 1 })

test('the same seed makes the same day, another one another', () => {
  expect(day(1)).toEqual(day(1))
  expect(day(2)).not.toEqual(day(1))
})

test('it happens in order, within its hours, by addresses that belong to nobody', () => {
  const happenings = day(1)
  const times = happenings.map(({ time }) => time)
  expect(times).toEqual([...times].sort((a, b) => a - b))
  expect(times[0]).toBeGreaterThanOrEqual(END - 24 * 3_600_000)
  expect(times.at(-1)).toBeLessThanOrEqual(END)
  for (const { source } of happenings) expect(source).toMatch(/^(10\.20|192\.0\.2|198\.51\.100|203\.0\.113)\./)
})

test('each scan and the guessed passwords are found, and nobody else', () => {
  const detectors = [createScanDetector(), createLoginDetector()]
  const findings: Finding[] = []
  for (const happening of day(1)) {
    const { index, document } = asDocument(happening)
    const event: SeenEvent = { fields: toValue(document) as ValueObject, time: happening.time, index }
    for (const detector of detectors) findings.push(...detector.see([event]))
  }
  const culprits = new Set(findings.flatMap(({ rule, culprits }) => culprits.map((one) => `${rule.kind} ${one}`)))
  expect([...culprits].sort()).toEqual([
    'login 192.0.2.66',
    'scan 10.20.0.20',
    'scan 198.51.100.200',
    'scan 198.51.100.23',
    'scan 203.0.113.50',
    'scan 203.0.113.77',
    'scan 203.0.113.9',
  ])
  expect(findings.some(({ rule, urgent }) => rule.kind === 'login' && urgent === true)).toBe(true)
})

test('connections are lines of tcpdump, logins lines of sshd', () => {
  const happening = { time: Date.parse('2026-11-04T09:05:06.007'), source: '10.20.1.10' }
  const [syn, answer] = asSent({
    ...happening,
    kind: 'connection',
    sourcePort: 40_000,
    target: '10.20.0.10',
    port: 443,
    open: true,
  })
  expect(syn).toMatchObject({
    line: expect.stringMatching(
      /^2026-11-04 09:05:06\.007000 IP 10\.20\.1\.10\.40000 > 10\.20\.0\.10\.443: Flags \[S\],/,
    ) as string,
  })
  expect(answer).toMatchObject({
    line: expect.stringContaining('10.20.0.10.443 > 10.20.1.10.40000: Flags [S.]') as string,
  })
  expect(asSent({ ...happening, kind: 'login', host: 'bastion', user: 'root', success: false })).toEqual([
    {
      to: 'auth',
      line: 'Nov  4 09:05:06 bastion sshd[4711]: Failed password for root from 10.20.1.10 port 51515 ssh2',
    },
  ])
})
