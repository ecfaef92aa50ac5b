import { expect, test } from 'vitest'
import { coverageOf, navigatorLayer, parseRules } from './index.ts'

const rule = (title: string, logsource: string, tags: string): string =>
  `title: ${title}\nname: ${title}\nlogsource: ${logsource}\ntags: ${tags}\ndetection: {s: {a: 1}, condition: s}\n---\n`

const { rules } = parseRules({
  name: 'r.yml',
  text:
    rule('one', '{product: linux}', '[attack.execution, attack.T1059.004, attack.t1105]') +
    rule('two', '{product: linux}', '[attack.t1105, cve.2026-1]') +
    rule('three', '{category: proxy}', '[attack.g0001]') +
    'title: four\ntags: [attack.t1105]\ncorrelation: {type: event_count, rules: [one], timespan: 1m, condition: {gt: 1}}\n---\n' +
    'title: five\nlogsource: {category: any}\nfilter: {rules: any, s: {b: 1}, condition: not s}\n',
})

test('counts rules by technique and logsource', () => {
  expect(coverageOf(rules)).toEqual({
    rules: 4,
    techniques: [
      { id: 'T1059.004', rules: ['one'] },
      { id: 'T1105', rules: ['one', 'two', 'four'] },
    ],
    logsources: [
      { logsource: { product: 'linux' }, rules: 2 },
      { logsource: { category: 'proxy' }, rules: 1 },
    ],
    untagged: ['three'],
  })
})

test('is a layer of the Navigator', () => {
  expect(navigatorLayer(coverageOf(rules))).toMatchObject({
    domain: 'enterprise-attack',
    techniques: [
      { techniqueID: 'T1059.004', score: 1, comment: 'one' },
      { techniqueID: 'T1105', score: 3, comment: 'one\ntwo\nfour' },
    ],
    gradient: { minValue: 1, maxValue: 3 },
  })
})
