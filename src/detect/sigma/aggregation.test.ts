import { describe, expect, test } from 'vitest'
import { formatDiagnostic } from '../../diagnostic/index.ts'
import { toValue, type ValueObject } from '../../event/index.ts'
import { createSigmaDetector, parseRules } from './index.ts'

const rule = (condition: string, timeframe = '\n  timeframe: 10s'): string =>
  `title: old\nid: the-id\nname: own\nlogsource: {category: firewall}\ndetection:\n  s: {action: deny}\n  f: {dst_port: 53}\n  condition: ${condition}${timeframe}\n`

const event = (second: number, port: number, source = '10.0.0.1', bytes = 100): ValueObject & { readonly at: number } =>
  Object.assign(toValue({ action: 'deny', src_ip: source, dst_port: port, bytes }) as ValueObject, { at: second })

describe('an aggregation of old', () => {
  test.each<[condition: string, events: ReturnType<typeof event>[], opens: (string | undefined)[]]>([
    ['s | count() > 2', [event(0, 1), event(1, 1), event(2, 1)], ['the-id']],
    ['s | count() > 2', [event(0, 1), event(1, 1), event(12, 1)], []],
    ['s | count(*) by src_ip >= 2', [event(0, 1), event(1, 1, '10.0.0.2'), event(2, 1)], ['the-id']],
    ['s and not f | count(dst_port) by src_ip > 1', [event(0, 1), event(1, 53), event(2, 1)], []],
    ['1 of s* | count(dst_port) by src_ip, action > 1', [event(0, 1), event(1, 2)], ['the-id']],
    ['s | COUNT(dst_port) BY src_ip == 2', [event(0, 1), event(1, 2)], ['the-id']],
    ['s | sum(bytes) by src_ip > 150', [event(0, 1), event(1, 1)], ['the-id']],
    ['s | avg(bytes) < 100', [event(0, 1), event(1, 1, '10.0.0.1', 90)], ['the-id']],
    ['s | min(bytes) <= 50', [event(0, 1), event(1, 1, '10.0.0.1', 50)], ['the-id']],
    ['s | near f', [event(0, 1), event(9, 53)], ['the-id']],
    ['s | near f', [event(0, 1), event(10, 2)], []],
    ['s and not f | near f and s', [event(5, 53), event(0, 1)], ['the-id']],
    ['s | max(bytes)>100', [event(0, 1), event(1, 1, '10.0.0.1', 100.5)], ['the-id']],
  ])('%s', (condition, events, opens) => {
    const { rules, problems } = parseRules({ name: 'r.yml', text: rule(condition) })
    expect(problems).toEqual([])
    const detector = createSigmaDetector(rules)
    const findings = detector.see(events.map(({ at, ...fields }) => ({ fields, time: at * 1000, index: 'i' })))
    expect(findings.map(({ rule: { id } }) => id)).toEqual(opens)
  })

  test.each([
    [
      rule('s | near not f'),
      "r.yml:8:14: condition: '| near not f': only near, count, sum, avg, min and max of old rules are supported, such as 'count(field) by field > 10': write a correlation rule",
    ],
    [rule('s | near x'), "r.yml:8:14: condition: there is no 'x'"],
    [rule('s | near f', ''), "r.yml:8:14: condition: '| near f': without 'timeframe' it has no window"],
    [rule('s | sum() > 5'), "r.yml:8:14: condition: '| sum() > 5': 'sum' needs a field"],
    [
      rule('s | stdev(a) > 5'),
      "r.yml:8:14: condition: '| stdev(a) > 5': 'stdev' is not supported: write a correlation rule",
    ],
    [
      rule('s | constructor(a) > 5'),
      "r.yml:8:14: condition: '| constructor(a) > 5': 'constructor' is not supported: write a correlation rule",
    ],
    [rule('s | count() > 5', ''), "r.yml:8:14: condition: '| count() > 5': without 'timeframe' it has no window"],
    [
      rule('s | count() > 5', '\n  timeframe: soon'),
      "r.yml:9:14: 'timeframe' must be a time such as 30s, 5m, 1h or 1d, got 'soon'",
    ],
    [rule('x | count() > 5'), "r.yml:8:14: condition: there is no 'x'"],
    [
      rule('[s | count() > 5, f]'),
      "r.yml:8:15: condition: '| count() > 5': of several conditions none may have an aggregation",
    ],
  ])('%j is refused', (text, message) => {
    const { rules, problems } = parseRules({ name: 'r.yml', text })
    expect([rules, problems.map((problem) => formatDiagnostic(problem))]).toEqual([[], [message]])
  })

  test('names no selection as unused that is only near', () => {
    const { rules, doubts } = parseRules({ name: 'r.yml', text: rule('s | near f') })
    expect([rules.map(({ id }) => id), doubts]).toEqual([['the-id (events)', 'the-id (events 2)', 'the-id'], []])
  })

  test('a timeframe without one is named, and the rule runs', () => {
    const { rules, problems } = parseRules({ name: 'r.yml', text: rule('s') })
    expect(rules).toHaveLength(1)
    expect(problems.map((problem) => formatDiagnostic(problem))).toEqual([
      "r.yml:9:14: warning: 'timeframe' means nothing without an aggregation in the condition",
    ])
  })
})
