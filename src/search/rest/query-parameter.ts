import { newObject, type ValueObject } from '../../event/index.ts'
import type { RestRequest } from './router.ts'
import { flag } from './selection.ts'

/** `q` and what goes with it. */
export const QUERY_PARAMETERS = ['q', 'df', 'default_operator', 'analyzer', 'analyze_wildcard', 'lenient'] as const

/** The query that `q` and what goes with it say, in the syntax of query_string. */
export function queryParameter(request: RestRequest): ValueObject | undefined {
  const text = request.query.get('q')
  if (text === undefined) return undefined
  const inner = newObject()
  inner['query'] = text
  const df = request.query.get('df')
  if (df !== undefined) inner['default_field'] = df
  const analyzer = request.query.get('analyzer')
  if (analyzer !== undefined) inner['analyzer'] = analyzer
  const operator = request.query.get('default_operator')
  if (operator !== undefined) inner['default_operator'] = operator
  for (const name of ['analyze_wildcard', 'lenient']) {
    const value = flag(request, name)
    if (value !== undefined) inner[name] = value
  }
  return Object.assign(newObject(), { query_string: inner })
}
