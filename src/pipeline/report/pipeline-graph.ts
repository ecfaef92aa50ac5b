import { DiagnosticError, type Diagnostic } from '../../diagnostic/index.ts'
import type { ResolvedPlugin, ResolvedStatement, VariableLookup } from '../language/index.ts'
import type { FilterSpec, OutputSpec } from '../plugins/define.ts'
import { resolvePipeline, type PipelineDefinition } from '../runtime/load.ts'
import { placeOf } from '../runtime/plugin-counts.ts'

export interface GraphNode {
  readonly key: string
  /** Kind, name, and where it stands. */
  readonly label: string
}

export interface GraphEdge {
  readonly from: string
  readonly to: string
  /** Of a branch: `if`, `else if`, `else`; of a pipeline output its address. */
  readonly label?: string
}

/** Pipelines as nodes and edges, in the order in which events pass. */
export interface PipelineGraph {
  readonly pipelines: readonly { readonly id: string; readonly nodes: readonly GraphNode[] }[]
  readonly edges: readonly GraphEdge[]
}

/** An end from which the next step is reached. */
interface Exit {
  readonly key: string
  readonly label?: string
}

/** @throws DiagnosticError with every problem of the definitions */
export function graphPipelines(definitions: readonly PipelineDefinition[], lookUp: VariableLookup): PipelineGraph {
  const problems: Diagnostic[] = []
  const builders = definitions.map((definition) => {
    const { inputs, filters, outputs } = resolvePipeline(definition, lookUp, problems)
    const builder = new Builder(definition.id)
    const ends = inputs.map((plugin) => ({ key: builder.node('input', plugin) }))
    builder.body('output', outputs, builder.body('filter', filters, ends))
    return builder
  })
  const errors = problems.filter(({ severity }) => severity === 'error')
  if (errors.length > 0) throw new DiagnosticError(errors)
  const owners = new Map(builders.flatMap(({ listens }) => [...listens]))
  const links = builders.flatMap(({ sends }) =>
    sends.flatMap(({ from, address }): GraphEdge[] => {
      const to = owners.get(address)
      return to === undefined ? [] : [{ from, to, label: address }]
    }),
  )
  return {
    pipelines: builders.map(({ id, nodes }) => ({ id, nodes })),
    edges: [...builders.flatMap(({ edges }) => edges), ...links],
  }
}

class Builder {
  readonly id: string
  readonly nodes: GraphNode[] = []
  readonly edges: GraphEdge[] = []
  /** Addresses of `pipeline` inputs, with their nodes. */
  readonly listens = new Map<string, string>()
  readonly sends: { readonly from: string; readonly address: string }[] = []

  constructor(id: string) {
    this.id = id
  }

  node(kind: string, { spec, span, options }: ResolvedPlugin): string {
    const key = `${this.id} ${kind} ${this.nodes.length}`
    this.nodes.push({ key, label: `${kind} ${spec.name} (${placeOf(span)})` })
    if (spec.name === 'pipeline' && kind === 'input') this.listens.set(options['address'] as string, key)
    if (spec.name === 'pipeline' && kind === 'output')
      for (const address of options['send_to'] as readonly string[]) this.sends.push({ from: key, address })
    return key
  }

  /** Adds statements after `entries`; answers where events are when they have passed. Each output takes a copy of them all. */
  body(
    kind: 'filter' | 'output',
    statements: readonly ResolvedStatement<FilterSpec | OutputSpec>[],
    entries: readonly Exit[],
  ): Exit[] {
    let exits = [...entries]
    for (const statement of statements) {
      if (statement.node === 'plugin') {
        const key = this.node(kind, statement)
        for (const { key: from, label } of exits)
          this.edges.push({ from, to: key, ...(label === undefined ? {} : { label }) })
        if (kind === 'filter') exits = [{ key }]
        continue
      }
      const bodies = [...statement.cases.map(({ body }) => body), statement.otherwise ?? []]
      const after = bodies.flatMap((body, i) => {
        const label = i === 0 ? 'if' : i < statement.cases.length ? 'else if' : 'else'
        return this.body(
          kind,
          body,
          exits.map(({ key, label: outer }) => ({ key, label: outer === undefined ? label : `${outer}, ${label}` })),
        )
      })
      if (kind === 'filter') exits = after
    }
    return exits
  }
}
