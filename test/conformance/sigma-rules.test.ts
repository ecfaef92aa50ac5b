import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import {
  createSigmaDetector,
  loadRules,
  parsePipelines,
  RuleSet,
  type SigmaRule,
} from '../../src/detect/sigma/index.ts'
import { formatDiagnostic } from '../../src/diagnostic/index.ts'
import { parseJson, type ValueObject } from '../../src/event/index.ts'

/** A checkout of SigmaHQ's rules with their regression data, where there is one. */
const REPOSITORY = process.env['SIGMA_REPOSITORY'] ?? join(import.meta.dirname, '../../../shared/sigma')
const there = existsSync(REPOSITORY)

/** Why a rule of theirs may be refused: lists that only a site has, and what came before correlations. */
const RIGHTLY =
  /has no values|only count, sum, avg, min and max of old rules are supported|without 'timeframe' it has no window/

interface Case {
  readonly name: string
  readonly rule: string
  readonly path: string
  readonly lines: boolean
  readonly matches: number
  readonly pipelines: readonly string[]
}

function filesBelow(folder: string, test: RegExp): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => test.test(name))
    .sort()
    .map((name) => join(folder, name))
}

function casesOf(file: string): Case[] {
  interface Info {
    readonly rule_metadata: { readonly id: string }[]
    readonly regression_tests_info: { type: string; path: string; match_count?: number; pipelines?: string[] }[]
  }
  const { rule_metadata: rules, regression_tests_info: tests } = parse(readFileSync(file, 'utf8')) as Info
  const info = tests
    .map((one) => ({ ...one, path: one.path.replace(/\.evtx$/, '.json') }))
    .filter(({ path }) => existsSync(join(REPOSITORY, path)))
  return info.map(({ type, path, match_count: matches = 1, pipelines = [] }) => ({
    name: path,
    rule: rules[0]!.id,
    path: join(REPOSITORY, path),
    lines: type === 'ndjson' || type === 'jsonl',
    matches,
    pipelines,
  }))
}

describe.skipIf(!there)('the rules of SigmaHQ', () => {
  const folders = there
    ? readdirSync(REPOSITORY)
        .filter((name) => name.startsWith('rules'))
        .map((name) => join(REPOSITORY, name))
    : []
  const { rules, problems } = loadRules(folders)
  const byId = new Map(rules.map((rule) => [rule.id, rule]))

  test('load, or are refused for what is known', () => {
    expect(rules.length).toBeGreaterThan(0)
    expect(problems.map((problem) => formatDiagnostic(problem)).filter((message) => !RIGHTLY.test(message))).toEqual([])
  })

  const cases = filesBelow(join(REPOSITORY, 'regression_data'), /info\.yml$/).flatMap(casesOf)
  test.each(cases)('$name matches its rule', ({ rule, path, lines, matches, pipelines }) => {
    const text = readFileSync(path, 'utf8')
    const events = (lines ? text.split('\n').filter((line) => line.trim() !== '') : [text]).map(
      (line) => parseJson(line) as ValueObject,
    )
    const count = (set: RuleSet): number => events.filter((event) => set.match(event).length > 0).length
    const own: SigmaRule[] = [byId.get(rule)!]
    expect(count(new RuleSet(own))).toBe(matches)
    if (pipelines.length === 0) return
    const read = pipelines.flatMap(
      (name) => parsePipelines({ name, text: readFileSync(join(REPOSITORY, name), 'utf8') }).pipelines,
    )
    expect(count(new RuleSet(own, { pipelines: read }))).toBe(matches)
  })

  test('judge each event together as alone', () => {
    const all = createSigmaDetector(rules)
    expect(all.stats['rules']).toBeGreaterThan(0)
    const set = new RuleSet(rules)
    for (const { rule, path, lines } of cases) {
      if (lines) continue
      const event = parseJson(readFileSync(path, 'utf8')) as ValueObject
      expect(set.match(event).map(({ id }) => id)).toContain(rule)
    }
  })
})
