import { search, type Bucket } from '../../api/events.ts'
import { countedTogether } from '../../api/top-values.ts'
import type { Span } from '../../time.ts'

/** Events from one address to another. */
export interface Edge {
  readonly from: string
  readonly to: string
  readonly count: number
  /** The most frequent ones of the target. */
  readonly ports: readonly string[]
}

/** Addresses on each side of the one in the middle; without one, sources. */
export const MOST_PEERS = 30
const MOST_PORTS = 3

/** The two ends and the port of a connection, as one kind of index keeps them. */
const NAMES = [
  ['source.ip', 'destination.ip', 'destination.port'],
  ['src_ip', 'dst_ip', 'dst_port'],
] as const

/**
 * Connections of an address and of those it talks with, or the busiest of all. `capped` where an address has more peers
 * than are asked for.
 */
export async function edgesOf(
  center: string,
  span: Span,
  signal: AbortSignal,
): Promise<{ edges: Edge[]; capped: boolean }> {
  const range = { range: { '@timestamp': { gte: span.from, lte: span.to, format: 'epoch_millis' } } }
  const kinds = (await Promise.all(NAMES.map((names) => countedTogether('*', names)))).flat()
  const ask = async (filters: (source: string, target: string) => readonly object[], most: number): Promise<Edge[]> => {
    const found = await Promise.all(
      kinds.map(({ fields, indices }) => {
        const [source, target, port] = fields as [string, string, string]
        const filter = [range, ...filters(source, target)]
        return edgesBetween(indices?.join(',') ?? '*', [source, target, port], filter, most, signal)
      }),
    )
    return merged(found.flat())
  }
  if (center === '') {
    const edges = await ask(() => [], 8)
    return { edges, capped: new Set(edges.map(({ from }) => from)).size >= MOST_PEERS }
  }
  const [out, back] = await Promise.all([
    ask((source) => [{ term: { [source]: center } }], MOST_PEERS),
    ask((_, target) => [{ term: { [target]: center } }], MOST_PEERS),
  ])
  const peers = [...new Set([...out, ...back].flatMap(({ from, to }) => [from, to]))].filter((peer) => peer !== center)
  const one = (field: string): object => ({ terms: { [field]: peers } })
  const among = peers.length < 2 ? [] : await ask((source, target) => [one(source), one(target)], MOST_PEERS)
  const known = new Set(peers)
  return {
    edges: merged([...out, ...back, ...among.filter(({ from, to }) => known.has(from) && known.has(to))]),
    capped: out.length >= MOST_PEERS || back.length >= MOST_PEERS,
  }
}

async function edgesBetween(
  index: string,
  [source, target, port]: readonly [string, string, string],
  filter: readonly object[],
  perSource: number,
  signal: AbortSignal,
): Promise<Edge[]> {
  const ports = { terms: { field: port, size: MOST_PORTS } }
  const inner = { to: { terms: { field: target, size: perSource }, aggs: { ports } } }
  const aggs = { from: { terms: { field: source, size: MOST_PEERS }, aggs: inner } }
  const { aggregations } = await search(index, { size: 0, query: { bool: { filter } }, aggs }, signal)
  const bucketsOf = (parent: Bucket, name: string): readonly Bucket[] =>
    (parent[name] as { buckets?: readonly Bucket[] } | undefined)?.buckets ?? []
  return (aggregations?.['from']?.buckets ?? []).flatMap((from) =>
    bucketsOf(from, 'to').map((to) => ({
      from: nameOf(from),
      to: nameOf(to),
      count: to.doc_count,
      ports: bucketsOf(to, 'ports').map(nameOf),
    })),
  )
}

function nameOf({ key, key_as_string }: Bucket): string {
  return key_as_string ?? String(key)
}

/** One edge for each pair; what two searches both found is counted once by the larger. */
function merged(edges: readonly Edge[]): Edge[] {
  const found = new Map<string, Edge>()
  for (const edge of edges) {
    const key = `${edge.from} ${edge.to}`
    const before = found.get(key)
    if (before === undefined || before.count < edge.count) found.set(key, edge)
  }
  return [...found.values()].sort((a, b) => b.count - a.count)
}
