import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { ManualClock } from '../../clock/index.ts'
import { SigmaRules } from '../../detect/index.ts'
import { nullLogger } from '../../diagnostic/index.ts'
import { createServer, registerRuleRoutes, Users, type Server } from '../../server/index.ts'
import { reportError } from '../exit.ts'
import { registerRule } from './rule.ts'

const folder = mkdtempSync(join(tmpdir(), 'vedetta-rule-cli-'))
const file = (name: string): string => join(folder, name)
let rules: SigmaRules
let server: Server
let url = ''
let out: string[] = []
let errors: string[] = []

const RULE = `title: Whoami
id: whoami
logsource: {product: windows, category: process_creation}
detection: {s: {Image|endswith: '\\whoami.exe'}, condition: s}
`

beforeAll(async () => {
  writeFileSync(file('whoami.yml'), RULE)
  writeFileSync(file('trial.yml'), RULE.replaceAll('hoami', 'Trial'))
  writeFileSync(file('broken.yml'), RULE.replace('endswith', 'endwith'))
  writeFileSync(file('p.yml'), 'transformations: [{type: field_name_mapping, mapping: {Image: proc.path}}]')
  mkdirSync(file('own'))
  writeFileSync(file('own/one.yml'), RULE)
  rules = new SigmaRules({
    shipped: [],
    own: [file('own')],
    pipelines: [],
    lateness: 0,
    switchOff: false,
    clock: new ManualClock(0),
    logger: nullLogger,
    dataPath: file('data'),
  })
  await rules.open()
  server = createServer({ host: '127.0.0.1', port: 0, users: new Users(file('users.json')), logger: nullLogger })
  registerRuleRoutes(server, rules)
  url = (await server.listen()).url
})

afterAll(async () => {
  await server.close()
  await rules.stop()
  rmSync(folder, { recursive: true, force: true })
})

beforeEach(() => {
  out = []
  errors = []
  vi.spyOn(console, 'log').mockImplementation((line: string) => void out.push(line))
  vi.spyOn(console, 'error').mockImplementation((line: string) => void errors.push(line))
})

afterEach(() => {
  vi.restoreAllMocks()
  process.exitCode = undefined
})

async function vedetta(...args: string[]): Promise<number> {
  const program = new Command()
  registerRule(program)
  try {
    await program.parseAsync(['rule', ...args], { from: 'user' })
    return Number(process.exitCode ?? 0)
  } catch (error) {
    return reportError(error)
  }
}

test('check names every problem with its place', async () => {
  expect(await vedetta('check', file('whoami.yml'))).toBe(0)
  expect(out).toEqual(['1 rules OK'])
  expect(await vedetta('check', file('broken.yml'))).toBe(1)
  expect(errors).toEqual([
    `${file('broken.yml')}:4:17: 'Image|endwith': the modifier 'endwith' does not exist; did you mean 'endswith'?`,
    '0 rules OK, 1 problem',
  ])
})

test('check refuses a pipeline that is wrong', async () => {
  writeFileSync(file('bad.yml'), 'finalizers: [{type: json}]')
  expect(await vedetta('check', file('whoami.yml'), '--pipeline', file('bad.yml'))).toBe(1)
  expect(errors[0]).toBe(
    `${file('bad.yml')}:1:13: 'finalizers' is not supported: rules are judged, not made into queries`,
  )
})

test('coverage counts by technique and logsource, and makes a layer of the Navigator', async () => {
  writeFileSync(file('tagged.yml'), `${RULE}tags: [attack.t1033]\n`)
  expect(await vedetta('coverage', file('tagged.yml'))).toBe(0)
  expect(out.map((line) => line.split(/\s{2,}/))).toEqual([
    ['TECHNIQUE', 'RULES', 'TITLES'],
    ['T1033', '1', 'Whoami'],
    [''],
    ['LOGSOURCE', 'RULES'],
    ['product: windows, category: process_creation', '1'],
    [''],
    ['1 rules, 1 techniques, 0 rules without a technique'],
  ])
  out = []
  expect(await vedetta('coverage', file('tagged.yml'), '-o', 'navigator')).toBe(0)
  expect(JSON.parse(out.join('\n'))).toMatchObject({ techniques: [{ techniqueID: 'T1033', score: 1 }] })
})

test('convert prints a search, with the names that a pipeline gives', async () => {
  expect(await vedetta('convert', file('whoami.yml'), '--pipeline', file('p.yml'))).toBe(0)
  expect(JSON.parse(out.join('\n'))).toEqual({
    query: { wildcard: { 'proc.path': { value: '*\\\\whoami.exe', case_insensitive: true } } },
  })
})

test('convert prints several rules as lines without those that a correlation builds on, and names what is no query', async () => {
  const correlated = (type: string): string =>
    `${RULE}---\n${RULE.replaceAll('whoami', 'other')}---\ntitle: c\ncorrelation: {type: ${type}, rules: [whoami], timespan: 1m, condition: {gte: 2}}\n`
  writeFileSync(file('many.yml'), correlated('event_count'))
  expect(await vedetta('convert', file('many.yml'))).toBe(0)
  expect(out.map((line) => JSON.parse(line) as object)).toMatchObject([
    { id: 'other', title: 'Whoami', query: {} },
    { id: 'c', title: 'c', size: 0, aggs: {} },
  ])
  writeFileSync(file('ordered.yml'), correlated('temporal_ordered'))
  out = []
  expect(await vedetta('convert', file('ordered.yml'))).toBe(1)
  expect(out.map((line) => (JSON.parse(line) as { id: string }).id)).toEqual(['other'])
  expect(errors[0]).toContain("a query cannot say 'temporal_ordered'")
})

test('explain says why a rule does not match', async () => {
  writeFileSync(file('events.json'), JSON.stringify({ Channel: 'Security', EventID: 4624, Image: 'C:\\whoami.exe' }))
  expect(await vedetta('explain', file('whoami.yml'), file('events.json'))).toBe(0)
  expect(out).toEqual([
    "event 1: 'Whoami' does not match",
    '  the event says that it is of another logsource',
    '  + s',
    "    + Image|endswith, found 'C:\\whoami.exe'",
  ])
})

test('of a folder all rules that are well are added, and the others named', async () => {
  mkdirSync(file('foreign'))
  writeFileSync(file('foreign/a.yml'), RULE.replaceAll('hoami', 'A'))
  writeFileSync(file('foreign/b.yml'), RULE.replace('endswith', 'endwith'))
  expect(await vedetta('add', file('foreign'), '--url', url)).toBe(0)
  expect(out).toEqual(['wA: simulated (WA)'])
  expect(errors).toEqual([expect.stringContaining('foreign/b.yml:4:17:')])
  await vedetta('remove', 'wA', '--url', url)
})

test('rules of a running server are added, listed, switched and taken out', async () => {
  expect(await vedetta('add', file('trial.yml'), '--url', url)).toBe(0)
  expect(out).toEqual(['wTrial: simulated (WTrial)'])
  out = []
  expect(await vedetta('enable', 'wTrial', '--url', url)).toBe(0)
  expect(await vedetta('disable', 'whoami', '--url', url)).toBe(0)
  expect(out).toEqual(['wTrial: enabled', 'whoami: disabled'])
  out = []
  expect(await vedetta('list', '--running', '--url', url)).toBe(0)
  expect(out.map((line) => line.split(/\s+/).slice(0, 3).join(' '))).toEqual([
    'ID STATE LEVEL',
    'wTrial enabled medium',
    'whoami disabled medium',
  ])
  expect(await vedetta('remove', 'wTrial', '--url', url)).toBe(0)
  expect(await vedetta('enable', 'wTrial', '--url', url)).toBe(1)
  expect(errors.at(-1)).toContain("there is no rule 'wTrial'")
  expect(await vedetta('add', file('broken.yml'), '--url', url)).toBe(1)
  expect(errors.at(-1)).toContain("the modifier 'endwith' does not exist")
})
