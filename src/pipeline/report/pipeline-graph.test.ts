import { expect, test } from 'vitest'
import { graphPipelines } from './pipeline-graph.ts'

const graph = (texts: Readonly<Record<string, string>>) => {
  const definitions = Object.entries(texts).map(([id, text]) => ({ id, sources: [{ name: `${id}.conf`, text }] }))
  const { pipelines, edges } = graphPipelines(definitions, () => undefined)
  const labels = new Map(
    pipelines.flatMap(({ nodes }) => nodes.map(({ key, label }) => [key, label.replace(/ \(.*/, '')])),
  )
  return edges.map(({ from, to, label }) => `${labels.get(from)} -${label ?? ''}> ${labels.get(to)}`)
}

test.each([
  [
    'filters one after another, outputs beside each other',
    'input { stdin {} generator {} } filter { mutate {} drop {} } output { stdout {} null {} }',
    [
      'input stdin -> filter mutate',
      'input generator -> filter mutate',
      'filter mutate -> filter drop',
      'filter drop -> output stdout',
      'filter drop -> output null',
    ],
  ],
  [
    'a branch, from which events go on also where no case holds',
    'input { stdin {} } filter { if [a] { mutate {} } else if [b] { drop {} } clone { clones => [x1] } }',
    [
      'input stdin -if> filter mutate',
      'input stdin -else if> filter drop',
      'filter mutate -> filter clone',
      'filter drop -> filter clone',
      'input stdin -else> filter clone',
    ],
  ],
  [
    'a branch in a branch',
    'input { stdin {} } output { if [a] { if [b] { stdout {} } else { null {} } } }',
    ['input stdin -if, if> output stdout', 'input stdin -if, else> output null'],
  ],
])('%s', (_what, text, expected) => {
  expect(graph({ main: text })).toEqual(expected)
})

test('a pipeline output leads to the input with its address', () => {
  expect(
    graph({
      intake: 'input { stdin {} } output { pipeline { send_to => [web, nowhere] } }',
      web: 'input { pipeline { address => web } } output { null {} }',
    }),
  ).toEqual(['input stdin -> output pipeline', 'input pipeline -> output null', 'output pipeline -web> input pipeline'])
})

test('a configuration with errors is refused with them', () => {
  expect(() => graph({ main: 'filter { mutade {} }' })).toThrow('main.conf:1:10')
})
