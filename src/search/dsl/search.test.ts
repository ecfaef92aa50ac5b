import { describe, expect, it } from 'vitest'
import { parseJson, toValue } from '../../event/index.ts'
import { AGGREGATIONS, checkSearch, fieldsOfSearch, QUERIES, restrictToTypes } from './index.ts'

const check = (body: unknown): ReturnType<typeof checkSearch> => checkSearch(toValue(body))

describe('what is not supported is refused by its name', () => {
  const queries = Object.keys(QUERIES).filter((name) => QUERIES[name] === null)
  it.each(queries)('query %s', (name) => {
    expect(() => check({ query: { bool: { must: [{ [name]: {} }] } } })).toThrow(`[${name}] is not supported`)
  })

  const aggregations = Object.entries(AGGREGATIONS).filter(([, spec]) => spec === null)
  it.each(aggregations.map(([name]) => name))('aggregation %s', (name) => {
    expect(() => check({ aggs: { a: { [name]: {} } } })).toThrow(`[${name} aggregation a] is not supported`)
  })

  it.each(['suggest', 'knn'])('%s', (key) => {
    expect(() => check({ [key]: { x: {} } })).toThrow(`[${key}] is not supported`)
  })
})

it('takes names of the prototype for unknown names', () => {
  for (const name of ['constructor', '__proto__', 'toString']) {
    expect(() => checkSearch(parseJson(`{"query":{"${name}":{}}}`))).toThrow(`unknown query [${name}]`)
    expect(() => checkSearch(parseJson(`{"aggs":{"a":{"${name}":{}}}}`))).toThrow(`Unknown aggregation type [${name}]`)
  }
})

it('stops at queries and aggregations that are nested too deep', () => {
  let query: unknown = { match_all: {} }
  for (let i = 0; i < 200; i++) query = { bool: { must: query } }
  expect(() => check({ query })).toThrow('exceeds the maximum nested depth')
  expect(() => check({ query: { query_string: { query: '('.repeat(5000) } } })).toThrow('Failed to parse query')
  let aggs: unknown = { a: { terms: { field: 'x' } } }
  for (let i = 0; i < 200; i++) aggs = { a: { terms: { field: 'x' }, aggs } }
  expect(() => check({ aggs })).toThrow('nested deeper than 50')
})

it('keeps the body as it came for a store that sends it on', () => {
  const body = toValue({ size: 3, query: { term: { a: 1 } } })
  expect(checkSearch(body).raw).toEqual(body)
})

it('makes a filter on the field type of the types of a watch, in the tree and in the body', () => {
  const search = restrictToTypes(check({ size: 0, query: { match: { tags: 'scan' } } }), ['tcpdump'])
  expect(search.raw).toEqual({
    size: 0,
    query: { bool: { must: [{ match: { tags: 'scan' } }], filter: [{ terms: { type: ['tcpdump'] } }] } },
  })
  expect(search.query).toEqual(checkSearch(search.raw).query)
})

it('says which fields a search reads', () => {
  const search = check({
    query: { bool: { must: { query_string: { query: 'a:1 AND NOT b:2' } }, filter: { exists: { field: 'c' } } } },
    sort: ['d', '_score'],
    aggs: { x: { terms: { field: 'e' }, aggs: { y: { filter: { term: { f: 1 } } } } } },
  })
  expect([...fieldsOfSearch(search)].sort()).toEqual(['a', 'b', 'c', 'd', 'e', 'f'])
})
