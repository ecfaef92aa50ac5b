import { Option, type Command } from 'commander'

interface GraphOptions {
  readonly config?: string
  readonly output: 'dot' | 'mermaid'
}

export function registerGraph(program: Command): void {
  program
    .command('graph')
    .summary('draw pipelines as a graph')
    .description(
      'Writes the inputs, filters and outputs of pipelines, and what sends to what, for Graphviz or Mermaid.',
    )
    .argument('<file...>', 'pipelines (*.conf, globs, or a folder)')
    .option('--config <file>', 'settings file, for the variables of its keystore')
    .addOption(new Option('-o, --output <form>', 'language of the graph').choices(['dot', 'mermaid']).default('dot'))
    .action(async (files: string[], options: GraphOptions) => {
      const { drawGraph } = await import('../actions/graph.ts')
      for (const line of drawGraph(files, { ...options, overrides: program.opts<{ E: string[] }>().E }))
        console.log(line)
    })
}
