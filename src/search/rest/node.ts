import { wildcardMatch } from '../dsl/index.ts'
import type { SearchRoutesOptions } from './routes-options.ts'

export const NODE_HOST = '127.0.0.1'
export const HTTP_ADDRESS = '127.0.0.1:9200'
export const NODE_ROLES = ['data', 'ingest', 'master', 'remote_cluster_client']

/** Whether a list of node filters (`_master`, `data:true`, names, ids, `*`) means the one node. */
export function meansThisNode(filter: string | undefined, name: string, id: string): boolean {
  if (filter === undefined || filter === '') return true
  return filter.split(',').some((part) => {
    if (['_all', '_local', '_master', '*', NODE_HOST].includes(part)) return true
    if (/^(data|master|ingest|remote_cluster_client):(true|false)$/.test(part)) return part.endsWith(':true')
    if (part.startsWith('voting_only:') || part.startsWith('coordinating_only:')) return part.endsWith(':false')
    return wildcardMatch(part, name) || wildcardMatch(part, id)
  })
}

interface NodeSummary {
  readonly name: string
  readonly transport_address: string
  readonly attributes: object
  readonly roles: readonly string[]
}

/** What every answer says of the one node. */
export function nodeSummary({ nodeName }: SearchRoutesOptions): NodeSummary {
  return { name: nodeName, transport_address: '127.0.0.1:9300', attributes: {}, roles: NODE_ROLES }
}
