import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { formatDiagnostic } from '../../diagnostic/index.ts'
import { loadRules, runSamples } from './index.ts'

const SHIPPED = fileURLToPath(new URL('../../content/rules', import.meta.url))

test('the shipped rules are well, have samples for both answers where they alert, and say what their samples want', () => {
  const { rules, problems } = loadRules([SHIPPED])
  expect(problems.map((problem) => formatDiagnostic(problem))).toEqual([])
  expect(runSamples(rules).map((problem) => formatDiagnostic(problem))).toEqual([])
  expect(
    rules
      .filter(({ samples }) => !samples.some(({ match }) => match) || samples.every(({ match }) => match))
      .map(({ title }) => title),
  ).toEqual([])
})

test('a sample that says something else is named', () => {
  const { rules } = loadRules([SHIPPED])
  const turned = rules.map((rule) => ({
    ...rule,
    samples: rule.samples.map((sample) => ({ ...sample, match: !sample.match })),
  }))
  expect(runSamples(turned)).toHaveLength(rules.reduce((sum, rule) => sum + rule.samples.length, 0))
})
