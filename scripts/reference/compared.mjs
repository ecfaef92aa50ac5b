// Counts, in the requests of the conformance suites, what they compare.

/** In how many search bodies each query and aggregation stands. */
export function comparedParts(bodies) {
  const queries = new Map()
  const aggregations = new Map()
  for (const body of bodies) {
    const found = { queries: new Set(), aggregations: new Set() }
    inQuery(body.query, found)
    inQuery(body.post_filter, found)
    inAggregations(body.aggs ?? body.aggregations, found)
    for (const name of found.queries) queries.set(name, (queries.get(name) ?? 0) + 1)
    for (const name of found.aggregations) aggregations.set(name, (aggregations.get(name) ?? 0) + 1)
  }
  return { queries, aggregations }
}

function inQuery(query, found) {
  for (const [name, body] of Object.entries(query ?? {})) {
    found.queries.add(name)
    if (name === 'bool')
      for (const clause of ['must', 'should', 'filter', 'must_not'])
        for (const inner of [body[clause] ?? []].flat()) inQuery(inner, found)
    if (name === 'constant_score') inQuery(body.filter, found)
  }
}

function inAggregations(aggregations, found) {
  for (const body of Object.values(aggregations ?? {})) {
    for (const [name, inner] of Object.entries(body)) {
      if (name === 'aggs' || name === 'aggregations') inAggregations(inner, found)
      else if (name !== 'meta') found.aggregations.add(name)
      if (name === 'filter') inQuery(inner, found)
      if (name === 'filters') for (const filter of Object.values(inner.filters)) inQuery(filter, found)
    }
  }
}

/** How many of the requests each route serves; of several that fit, the one with the most fixed parts, as the server does. */
export function comparedRoutes(routes, steps) {
  const counts = new Map()
  for (const { send } of steps) {
    const [method, address] = send.split(' ')
    const path = address.split('?')[0]
    const fitting = routes
      .filter(({ path: pattern, methods }) => serves(methods, method) && fits(pattern, path))
      .sort((a, b) => a.path.split(':').length - b.path.split(':').length)
    if (fitting.length > 0) counts.set(fitting[0], (counts.get(fitting[0]) ?? 0) + 1)
  }
  return counts
}

function serves(methods, method) {
  return methods.includes(method) || (method === 'HEAD' && methods.includes('GET'))
}

function fits(pattern, path) {
  const [wanted, got] = [pattern.split('/'), path.split('/')]
  return (
    wanted.length === got.length &&
    wanted.every((part, i) => (part.startsWith(':') ? !got[i].startsWith('_') : part === got[i]))
  )
}
