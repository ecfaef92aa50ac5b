import { describe, expect, test } from 'vitest'
import { isPublic, mayUse, type Role } from './access.ts'

/** Method and route of a request, and who may send it beside the administrator. */
const TABLE: readonly (readonly [string, readonly Role[]])[] = [
  ['GET /', ['shipper', 'viewer', 'analyst']],
  ['HEAD /', ['shipper', 'viewer', 'analyst']],
  ['GET /_license', ['shipper', 'viewer', 'analyst']],
  ['GET /_xpack', ['shipper', 'viewer', 'analyst']],
  ['HEAD /_index_template/:name', ['shipper', 'viewer', 'analyst']],
  ['PUT /_index_template/:name', ['shipper']],
  ['PUT /_template/:name', ['shipper']],
  ['POST /_template/:name', []],
  ['DELETE /_template/:name', []],
  ['PUT /_ilm/policy/:name', ['shipper']],
  ['POST /_bulk', ['shipper']],
  ['PUT /:index/_bulk', ['shipper']],
  ['POST /:index/_doc', ['shipper']],
  ['PUT /:index/_doc/:id', ['shipper']],
  ['POST /:index/_doc/:id', ['shipper']],
  ['PUT /:index/_create/:id', ['shipper']],
  ['POST /:index/_update/:id', []],
  ['DELETE /:index/_doc/:id', []],
  ['HEAD /:index', ['shipper', 'viewer', 'analyst']],
  ['GET /:index', ['viewer', 'analyst']],
  ['PUT /:index', []],
  ['DELETE /:index', []],
  ['GET /:index/_doc/:id', ['viewer', 'analyst']],
  ...['_search', '_count', '_msearch', '_mget', '_field_caps', '_pit', '_validate/query'].flatMap(
    (end): [string, readonly Role[]][] => [
      [`GET /:index/${end}`, ['viewer', 'analyst']],
      [`POST /:index/${end}`, ['viewer', 'analyst']],
      [`PUT /:index/${end}`, []],
    ],
  ),
  ['POST /_search/scroll', ['viewer', 'analyst']],
  ['DELETE /_search/scroll', ['viewer', 'analyst']],
  ['DELETE /_pit', ['viewer', 'analyst']],
  ['POST /_reindex', []],
  ['POST /:index/_delete_by_query', []],
  ['POST /:index/_update_by_query', []],
  ['POST /_aliases', []],
  ['PUT /_cluster/settings', []],
  ['GET /_watcher/watch/:id', ['viewer', 'analyst']],
  ['PUT /_watcher/watch/:id', []],
  ['POST /_watcher/watch/:id/_execute', ['analyst']],
  ['PUT /_watcher/watch/:id/_ack', ['analyst']],
  ['PUT /_watcher/watch/:id/_ack/:action', ['analyst']],
  ['PUT /_watcher/watch/:id/_deactivate', []],
  ['GET /_vedetta/alerts', ['viewer', 'analyst']],
  ['POST /_vedetta/alerts/_transition', ['analyst']],
  ['POST /_vedetta/alerts/:id/_comment', ['analyst']],
  ['POST /_vedetta/silences', ['analyst']],
  ['DELETE /_vedetta/silences/:id', ['analyst']],
  ['POST /_vedetta/silences/_preview', ['viewer', 'analyst']],
  ['POST /_vedetta/rules/_check', ['viewer', 'analyst']],
  ['POST /_vedetta/tasks/:id/_undo', ['analyst']],
  ['POST /_vedetta/_points', ['viewer', 'analyst']],
  ['POST /_vedetta/profile', ['viewer', 'analyst']],
  ['GET /_vedetta/users', []],
  ['PUT /_vedetta/users/:name', []],
  ['DELETE /_vedetta/users/_sessions/:id', []],
  ['GET /_vedetta/tokens', []],
  ['POST /_vedetta/tokens', []],
  ['GET /_vedetta/audit', []],
]

describe('what a role may send', () => {
  test.each(TABLE)('%s', (request, roles) => {
    const [method, route] = request.split(' ') as [string, string]
    const may = (['shipper', 'viewer', 'analyst', 'administrator'] as const).filter((role) =>
      mayUse(role, method, route),
    )
    expect(may).toEqual([...roles, 'administrator'])
  })

  test('only the console and logging in are open to everybody', () => {
    const open = [
      ...TABLE.map(([request]) => request),
      'GET /_vedetta/ui/*',
      'POST /_vedetta/session',
      'POST /_vedetta/setup',
    ]
    expect(open.filter((request) => isPublic(...(request.split(' ') as [string, string])))).toEqual(open.slice(-3))
    expect(isPublic('GET', undefined)).toBe(false)
  })
})
