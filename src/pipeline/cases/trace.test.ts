import { expect, test } from 'vitest'
import { traceLines } from './trace.ts'

const CONFIGURATION = String.raw`
input { tcp { port => 1 type => "auth" } }
filter {
  grok { match => { "message" => "%{WORD:verb} %{INT:size:int}" } }
  if "_grokparsefailure" in [tags] {
    drop { }
  } else {
    mutate { rename => { "verb" => "[http][method]" } }
  }
  date { match => ["at", "ISO8601"] }
}
`
const definition = { id: 'web', sources: [{ name: '/etc/web.conf', text: CONFIGURATION }] }

test('a line is followed through every filter, and the one that failed says why', async () => {
  const [good, bad] = await traceLines(definition, ['GET 15', 'GET many'])
  expect(good!.events).toMatchObject([{ type: 'auth', http: { method: 'GET' }, size: 15 }])
  expect(good!.steps.map(({ plugin, place, ran }) => [plugin, place, ran])).toEqual([
    ['grok', 'web.conf:4', true],
    ['drop', 'web.conf:6', false],
    ['mutate', 'web.conf:8', true],
    ['date', 'web.conf:10', true],
  ])
  expect(good!.steps[0]!.changes).toEqual([
    { field: 'size', to: '15' },
    { field: 'verb', to: '"GET"' },
  ])
  expect(good!.steps[1]!.conditions).toEqual(['if "_grokparsefailure" in [tags]'])
  expect(good!.steps[3]!.why).toBe("there is no field 'at'")

  expect(bad!.events).toEqual([])
  expect(bad!.steps[0]!.why).toBe(`'%{WORD:verb} ' matches up to column 5; '%{INT:size:int}' does not match at "many"`)
  expect(bad!.steps[1]).toMatchObject({ ran: true, dropped: true })
})

test('a pattern without end stops after a second', async () => {
  const text = 'filter { grok { match => { "message" => "^(x+x+)+y" } } }'
  const [trace] = await traceLines({ id: 'slow', sources: [{ name: 'slow.conf', text }] }, ['x'.repeat(60)])
  expect(trace!.steps[0]).toMatchObject({ changes: [{ field: 'tags' }], why: 'the reason took too long to find' })
})

test('what is wrong with the configuration is said with its place', async () => {
  const text = 'filter { grok { match => { "message" => "%{NOPE}" } } }'
  await expect(traceLines({ id: 'x', sources: [{ name: 'x.conf', text }] }, ['a'])).rejects.toThrow('NOPE')
})
