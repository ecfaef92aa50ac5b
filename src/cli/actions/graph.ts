import { graphPipelines, loadPipelines, type PipelineGraph } from '../../pipeline/index.ts'
import { loadCommandSettings } from '../load-settings.ts'

export interface DrawOptions {
  readonly config?: string
  readonly overrides: readonly string[]
  readonly output: 'dot' | 'mermaid'
}

/** @throws DiagnosticError with every problem of the configurations */
export function drawGraph(paths: readonly string[], { config, overrides, output }: DrawOptions): string[] {
  const { variable } = loadCommandSettings(config, overrides)
  const graph = graphPipelines(loadPipelines(paths, variable), variable)
  return output === 'dot' ? dot(graph) : mermaid(graph)
}

function dot({ pipelines, edges }: PipelineGraph): string[] {
  const quoted = (text: string): string => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
  return [
    'digraph vedetta {',
    '  rankdir=LR; node [shape=box];',
    ...pipelines.flatMap(({ id, nodes }) => [
      `  subgraph ${quoted(`cluster_${id}`)} {`,
      `    label=${quoted(id)};`,
      ...nodes.map((node) => `    ${quoted(node.key)} [label=${quoted(node.label)}];`),
      '  }',
    ]),
    ...edges.map(({ from, to, label }) => {
      const attribute = label === undefined ? '' : ` [label=${quoted(label)}]`
      return `  ${quoted(from)} -> ${quoted(to)}${attribute};`
    }),
    '}',
  ]
}

function mermaid({ pipelines, edges }: PipelineGraph): string[] {
  const ids = new Map(pipelines.flatMap(({ nodes }) => nodes).map(({ key }, i) => [key, `n${i}`]))
  const text = (label: string): string => `"${label.replaceAll('"', '#quot;')}"`
  return [
    'flowchart LR',
    ...pipelines.flatMap(({ id, nodes }, i) => [
      `  subgraph p${i}[${text(id)}]`,
      ...nodes.map(({ key, label }) => `    ${ids.get(key)}[${text(label)}]`),
      '  end',
    ]),
    ...edges.map(({ from, to, label }) =>
      label === undefined
        ? `  ${ids.get(from)} --> ${ids.get(to)}`
        : `  ${ids.get(from)} -- ${text(label)} --> ${ids.get(to)}`,
    ),
  ]
}
