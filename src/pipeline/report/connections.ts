import type { Clock } from '../../clock/index.ts'
import type { Diagnostic, Span } from '../../diagnostic/index.ts'
import type { ResolvedStatement, VariableLookup } from '../language/index.ts'
import type { FilterSpec, InputSpec, OutputSpec } from '../plugins/define.ts'
import type { Peer } from '../plugins/peer.ts'
import { resolvePipeline, type PipelineDefinition } from '../runtime/load.ts'
import { probe, type ProbeOutcome } from './peer-probe.ts'

/** Whether a server answers that a plugin speaks to. */
export interface ConnectionOutcome extends ProbeOutcome {
  /** `output elasticsearch` */
  readonly plugin: string
  /** Where the plugin's name stands. */
  readonly span: Span
  /** `host:port`, or a socket's path. */
  readonly address: string
}

export interface ConnectionOptions {
  readonly clock: Clock
  readonly millis: number
  /** Addresses that mean this process: they are not tried. */
  readonly own: readonly string[]
}

/** How many are tried at the same time. */
const AT_ONCE = 16

/** Tries the servers that the plugins of pipelines speak to, each with the plugin's own settings; nothing of an event is sent. */
export async function tryConnections(
  definitions: readonly PipelineDefinition[],
  lookUp: VariableLookup,
  { clock, millis, own }: ConnectionOptions,
): Promise<ConnectionOutcome[]> {
  const found = definitions.flatMap((definition) => peersOf(definition, lookUp))
  const waiting = found.map((one, index) => ({ ...one, index })).filter(({ address }) => !own.includes(address))
  const outcomes: (ConnectionOutcome & { index: number })[] = []
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { peer, ...rest } = next
      outcomes.push({ ...rest, ...(await probe(peer, clock, millis)) })
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return outcomes.sort((a, b) => a.index - b.index)
}

interface Found {
  readonly plugin: string
  readonly span: Span
  readonly address: string
  readonly peer: Peer
}

function peersOf(definition: PipelineDefinition, lookUp: VariableLookup): Found[] {
  const problems: Diagnostic[] = []
  const { inputs, filters, outputs } = resolvePipeline(definition, lookUp, problems)
  return [...inputs, ...filters, ...outputs].flatMap(inStatement)
}

function inStatement(statement: ResolvedStatement<FilterSpec | InputSpec | OutputSpec>): Found[] {
  if (statement.node === 'branch')
    return [...statement.cases.flatMap(({ body }) => body), ...(statement.otherwise ?? [])].flatMap(inStatement)
  const { spec, options, span } = statement
  const peers: readonly Peer[] = spec.peers?.(options) ?? []
  return peers.map((peer) => ({ plugin: `${spec.kind} ${spec.name}`, span, address: addressOf(peer), peer }))
}

function addressOf({ host, port, path }: Peer): string {
  return path ?? `${host.includes(':') ? `[${host}]` : host}:${port}`
}
