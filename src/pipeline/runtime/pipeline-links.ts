import { diagnose, type Diagnostic } from '../../diagnostic/index.ts'
import type { ResolvedConfiguration, ResolvedPlugin, ResolvedStatement } from '../language/index.ts'
import type { OutputSpec } from '../plugins/define.ts'

interface Link {
  readonly id: string
  readonly configuration: ResolvedConfiguration
}

/** Which pipelines send to which, by their `pipeline` inputs and outputs. */
export class PipelineLinks {
  private readonly senders = new Map<string, Set<string>>()
  private readonly onlyFed = new Set<string>()
  private readonly ids: readonly string[]

  /** Addresses that two inputs have are errors in `problems`, those that none has are notices. */
  constructor(pipelines: readonly Link[], problems: Diagnostic[]) {
    this.ids = pipelines.map(({ id }) => id)
    const owners = new Map<string, string>()
    for (const { id, configuration } of pipelines) {
      this.senders.set(id, new Set())
      const fed = configuration.inputs.filter(({ spec }) => spec.name === 'pipeline')
      if (fed.length > 0 && fed.length === configuration.inputs.length) this.onlyFed.add(id)
      for (const { options, span } of fed) {
        const address = options['address'] as string
        if (owners.has(address)) problems.push(diagnose('plugin.address_taken', { address }, { span }))
        owners.set(address, id)
      }
    }
    for (const { id, configuration } of pipelines) {
      for (const { spec, options, span } of outputsOf(configuration.outputs)) {
        if (spec.name !== 'pipeline') continue
        for (const address of options['send_to'] as readonly string[]) {
          const owner = owners.get(address)
          if (owner !== undefined) this.senders.get(owner)!.add(id)
          else problems.push(diagnose('pipeline.no_listener', { address }, { span, severity: 'warning' }))
        }
      }
    }
  }

  /** Receivers before senders, so that no sender waits at the start; in a ring, as they come. */
  receiversFirst(): string[] {
    return this.sendersFirst().reverse()
  }

  /** Senders before receivers, so that a stop loses nothing on the way. */
  sendersFirst(): string[] {
    const order: string[] = []
    const seen = new Set<string>()
    const visit = (id: string): void => {
      if (seen.has(id)) return
      seen.add(id)
      for (const sender of this.senders.get(id)!) visit(sender)
      order.push(id)
    }
    for (const id of this.ids) visit(id)
    return order
  }

  /** Pipelines that only others feed, all of which have ended. */
  dried(ended: ReadonlySet<string>): string[] {
    return [...this.onlyFed].filter((id) => {
      const senders = [...this.senders.get(id)!]
      return !ended.has(id) && senders.length > 0 && senders.every((sender) => sender === id || ended.has(sender))
    })
  }
}

function outputsOf(statements: readonly ResolvedStatement<OutputSpec>[]): ResolvedPlugin<OutputSpec>[] {
  return statements.flatMap((statement) =>
    statement.node === 'plugin'
      ? [statement]
      : [...statement.cases.map(({ body }) => body), statement.otherwise ?? []].flatMap(outputsOf),
  )
}
