import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ManualClock } from '../clock/index.ts'
import { nullLogger } from '../diagnostic/index.ts'
import { toValue, type ValueObject } from '../event/index.ts'
import { SigmaRules } from './sigma-rules.ts'

let folder = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vedetta-sigma-rules-'))
  mkdirSync(join(folder, 'own'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const rule = (id: string, detection = '{s: {message|contains: seen}, condition: s}'): string =>
  `title: Rule ${id}\nid: ${id}\nlogsource: {product: x}\ndetection: ${detection}\n`

function write(name: string, text: string): void {
  writeFileSync(join(folder, 'own', name), text)
}

function open(clock = new ManualClock(0), options: { switchOff?: boolean; pipelines?: string[] } = {}): SigmaRules {
  return new SigmaRules({
    shipped: [],
    own: [join(folder, 'own')],
    pipelines: options.pipelines ?? [],
    lateness: 0,
    switchOff: options.switchOff ?? false,
    clock,
    logger: nullLogger,
    dataPath: join(folder, 'data'),
  })
}

const event = (message: string, time = 1000) => ({
  fields: toValue({ message }) as ValueObject,
  time,
  index: 'i',
})

test('what goes on of a rule goes on when files change, and pipelines that change are applied', async () => {
  write('a.yml', rule('a'))
  mkdirSync(join(folder, 'pipelines'))
  const rules = open(new ManualClock(0), { pipelines: [join(folder, 'pipelines')] })
  await rules.open()
  expect(rules.see([event('seen')]).map(({ phase }) => phase)).toEqual(['open'])
  write('b.yml', rule('b', '{s: {other: x}, condition: s}'))
  await rules.reload()
  expect(rules.see([event('seen')]).map(({ phase, count }) => [phase, count])).toEqual([['update', 2]])
  writeFileSync(
    join(folder, 'pipelines', 'p.yml'),
    'transformations: [{type: field_name_mapping, mapping: {message: m}}]',
  )
  await rules.reload()
  expect(rules.see([event('seen', 2000)])).toEqual([])
  await rules.stop()
})

test.each([false, true])(
  'a rule that takes too much of a core is told once, and disabled where that is set: %s',
  async (switchOff) => {
    write('a.yml', rule('slow'))
    // Each look at the clock is a hundredth of a second later: what the rule does seems to take as long.
    class SlowClock extends ManualClock {
      private at = 0
      override monotonic(): number {
        return (this.at += 10)
      }
    }
    const rules = open(new SlowClock(0), { switchOff })
    await rules.open()
    const findings = []
    for (let round = 0; round < 40; round++) {
      rules.see(Array.from({ length: 6400 }, (_, n) => event('seen', round * 6400 + n)))
      findings.push(...rules.tick(round * 6400).filter(({ rule: { id } }) => id === 'vedetta.rule_cost'))
    }
    expect(findings[0]).toMatchObject({
      phase: 'open',
      entity: { field: 'rule.id', value: 'slow' },
      severity: 'medium',
    })
    expect(new Set(findings.map(({ episodeStart }) => episodeStart)).size).toBe(1)
    await rules.reload()
    expect(rules.get('slow').state).toBe(switchOff ? 'disabled' : 'enabled')
    await rules.stop()
  },
)

test('a rule of the user stands before one of the same id that was shipped', async () => {
  mkdirSync(join(folder, 'shipped', 'optional'), { recursive: true })
  writeFileSync(join(folder, 'shipped', 'a.yml'), rule('a'))
  writeFileSync(join(folder, 'shipped', 'optional', 'o.yml'), rule('o'))
  write('a.yml', rule('a').replace('Rule a', 'Mine'))
  const rules = new SigmaRules({
    shipped: [join(folder, 'shipped')],
    own: [join(folder, 'own')],
    pipelines: [],
    lateness: 0,
    switchOff: false,
    clock: new ManualClock(0),
    logger: nullLogger,
    dataPath: join(folder, 'data'),
  })
  await rules.open()
  expect(rules.list().map(({ rule: { title }, origin, state }) => [title, origin, state])).toEqual([
    ['Mine', 'own', 'enabled'],
    ['Rule o', 'shipped', 'disabled'],
  ])
  expect(rules.problems).toEqual([])
  expect(rules.see([event('seen')]).map(({ rule: { id } }) => id)).toEqual(['a'])
  await rules.set('o', 'enabled')
  expect(rules.see([event('seen', 2000)]).map(({ rule: { id } }) => id)).toContain('o')
  await rules.stop()
})
