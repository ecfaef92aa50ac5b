import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../../../test/plugin-fixture.ts'
import type { Event } from '../../../event/index.ts'
import { runPipeline } from '../../runtime/run-pipeline.ts'

const tagsOf = (events: readonly Event[]): boolean[] =>
  events.map((event) => JSON.stringify(event.data['tags'] ?? []).includes('hit'))

test('grok gives up one event, and its neighbours go on', async () => {
  const config = 'filter { grok { match => { "message" => "^(?<x>(a+)+)$" } timeout_millis => 100 } }'
  const events = await runPipeline(config, ['aa', `${'a'.repeat(60)}!`, 'b', 'aaa'])
  expect(events.map((event) => [event.data['x'], event.data['tags']])).toEqual([
    ['aa', undefined],
    [undefined, ['_groktimeout']],
    [undefined, ['_grokparsefailure']],
    ['aaa', undefined],
  ])
})

test.each([
  ['before_count => 3 after_count => 5', [true, true, false, false, false, true, true, true]],
  ['after_count => 1', [false, true, true, true, true, true, true, true]],
  ['after_count => 1 max_counters => 0', [false, false, false, false, false, false, false, false]],
])('throttle { %s }', async (counts, expected) => {
  const config = `filter { throttle { key => "%{k}" ${counts} add_tag => "hit" } }`
  expect(
    tagsOf(
      await runPipeline(
        config,
        Array.from({ length: 8 }, () => ({ k: 1 })),
      ),
    ),
  ).toEqual(expected)
})

test.each([
  ['a mapping', 'd.yml', 'six: a\n', 'a'],
  ['an ordered mapping', 'd.yml', '--- !!omap\n- six: a\n- ten: b\n', 'a'],
  ['an empty file of YAML', 'd.yml', '', 'none'],
  ['an empty file of JSON', 'd.json', '', 'none'],
  ['an empty file of CSV', 'd.csv', '', 'none'],
])('translate reads %s', async (_, name, text, expected) => {
  using folder = temporaryFolder()
  const path = join(folder.path, name)
  writeFileSync(path, text)
  const config = `filter { translate { source => "s" target => "found" dictionary_path => "${path}" fallback => "none" } }`
  const [event] = await runPipeline(config, [{ s: 'six' }])
  expect(event!.data['found']).toBe(expected)
})

test('drop { percentage } drops a share', async () => {
  const events = await runPipeline(
    'filter { drop { percentage => 50 } }',
    Array.from({ length: 2000 }, () => ({})),
  )
  expect(events.length).toBeGreaterThan(700)
  expect(events.length).toBeLessThan(1300)
})

test.each([
  ['grok { match => { "m" => "%{NUMBR:x}" } }', 'did you mean %{NUMBER}?'],
  ['mutate { convert => { "m" => "int" } }', "'convert' must be"],
  ['mutate { gsub => ["a", "b"] }', "'gsub' must be a list of triples"],
  ['mutate { gsub => ["a", "(", "b"] }', 'invalid regular expression'],
  ['date { match => ["a"] }', "'match' must be a list of a field and one or more formats"],
  ['date { match => ["a", "yyyy-bb"] }', 'illegal pattern component: b'],
  ['date { match => ["a", "UNIX"] timezone => "Europe/Nowhere" }', "'timezone' must be"],
  ['date { match => ["a", "ISO8601"] timezone => "Europe/Nowhere" }', "'timezone' must be"],
  ['kv { value_split => "" }', "'value_split' must be"],
  ['dissect { mapping => { "m" => "%{a}%{b}" } }', 'a delimiter between its fields'],
  ['dissect { mapping => { "m" => "%{+&a}" } }', 'without both + and &'],
  ['fingerprint { method => "IPV4_NETWORK" }', "'key' must be the length of a prefix"],
  ['translate { source => "a" dictionary_path => "/nowhere.yml" }', "'dictionary_path' names /nowhere.yml"],
  ['cidr { address => "1.2.3.4" network_path => "/nowhere" }', "'network_path' names /nowhere"],
  ['sleep { }', "'sleep' needs 'time'"],
])('%s is refused', async (filter, message) => {
  await expect(runPipeline(`filter { ${filter} }`, [])).rejects.toThrow(message)
})
