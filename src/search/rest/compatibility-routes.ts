import { fail } from '../../diagnostic/index.ts'
import type { Store } from '../store.ts'
import { passThrough } from './pass-through.ts'
import type { Router } from './router.ts'
import type { SearchRoutesOptions } from './routes-options.ts'

/** What clients, shippers and dashboards ask before their work: licence, features, users, remotes, snapshots. */
export function registerCompatibility(outer: Router, store: Store, options: SearchRoutesOptions): void {
  const router = passThrough(outer, store)
  const license = { uid: options.clusterUuid, type: 'basic', mode: 'basic', status: 'active' }
  router.route({
    method: 'GET',
    path: '/_license',
    parameters: ['accept_enterprise', 'local', 'human', 'master_timeout'],
    handle: () => ({
      body: {
        license: {
          status: 'active',
          uid: options.clusterUuid,
          type: 'basic',
          issue_date: '2015-01-01T00:00:00.000Z',
          issue_date_in_millis: 1_420_070_400_000,
          max_nodes: 1000,
          max_resource_units: null,
          issued_to: options.clusterName ?? 'vedetta',
          issuer: 'vedetta',
          start_date_in_millis: -1,
        },
      },
    }),
  })
  router.route({
    method: 'GET',
    path: '/_xpack',
    parameters: ['categories', 'accept_enterprise', 'human', 'master_timeout'],
    handle(request) {
      const wanted = request.query.get('categories')?.split(',')
      const parts = {
        build: { hash: options.version, date: '2024-12-11T00:00:00.000Z' },
        license,
        features: FEATURES,
      }
      return {
        body: {
          ...Object.fromEntries(
            Object.entries(parts).filter(([name]) => wanted === undefined || wanted.includes(name)),
          ),
          tagline: 'You know, for X',
        },
      }
    },
  })
  outer.route({
    method: 'GET',
    path: '/_security/_authenticate',
    // Our own users are asked for, also where a cluster keeps the events.
    handle: ({ user, role }) => ({
      body: {
        username: user ?? '_anonymous',
        roles: role === undefined ? ['administrator'] : [role],
        full_name: null,
        email: null,
        metadata: {},
        enabled: true,
        authentication_realm: { name: 'vedetta', type: 'file' },
        lookup_realm: { name: 'vedetta', type: 'file' },
        authentication_type: user === undefined ? 'anonymous' : 'realm',
      },
    }),
  })
  router.route({ method: 'GET', path: '/_remote/info', handle: () => ({ body: {} }) })
  registerSnapshots(router)
}

const on = { available: true, enabled: true }
const off = { available: false, enabled: false }

const FEATURES = {
  aggregate_metric: off,
  analytics: off,
  ccr: off,
  data_streams: on,
  eql: off,
  frozen_indices: off,
  graph: off,
  ilm: on,
  logstash: off,
  ml: off,
  monitoring: off,
  rollup: off,
  searchable_snapshots: off,
  security: on,
  slm: off,
  spatial: off,
  sql: off,
  transform: off,
  voting_only: off,
  watcher: on,
}

/** There is none; how to back up is said instead. */
function registerSnapshots(router: Router): void {
  router.route({
    method: 'GET',
    path: '/_snapshot',
    parameters: ['local', 'master_timeout'],
    handle: () => ({ body: {} }),
  })
  router.route({
    method: 'GET',
    path: '/_snapshot/:repository',
    parameters: ['local', 'master_timeout'],
    handle(request) {
      const { repository } = request.params as { repository: string }
      if (repository.includes('*') || repository === '_all') return { body: {} }
      throw fail('snapshot.repository_missing', { repository })
    },
  })
  for (const path of ['/_snapshot/:repository', '/_snapshot/:repository/:snapshot', '/_slm/policy/:policy'])
    router.route({
      method: ['PUT', 'POST'],
      path,
      parameters: ['verify', 'wait_for_completion', 'master_timeout', 'timeout'],
      handle() {
        throw fail('snapshot.unsupported')
      },
    })
}
