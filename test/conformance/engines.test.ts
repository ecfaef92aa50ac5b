import { describe, expect, test } from 'vitest'
import { Agent, fetch as fetchBy } from 'undici'
import { ELASTICSEARCH_USER, runGroovy, sharedEngine, sharedOpenSearch } from '../engines/index.ts'

const opensearch = await sharedOpenSearch()

describe.skipIf(opensearch.engine === undefined)('OpenSearch for the suites', () => {
  const post = async (path: string, body: object): Promise<unknown> => {
    const response = await fetch(opensearch.engine!.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    return response.json()
  }

  test('runs Painless', async () => {
    expect(await post('/_scripts/painless/_execute', { script: { source: '1 + 1' } })).toEqual({ result: '2' })
  })

  test('runs grok in an ingest pipeline', async () => {
    const answer = await post('/_ingest/pipeline/_simulate', {
      pipeline: { processors: [{ grok: { field: 'm', patterns: ['%{IP:x}'] } }] },
      docs: [{ _source: { m: 'from 1.2.3.4' } }],
    })
    expect(answer).toMatchObject({ docs: [{ doc: { _source: { x: '1.2.3.4' } } }] })
  })

  test('is the same one for every file that asks', async () => {
    expect((await sharedOpenSearch()).engine?.pid).toBe(opensearch.engine!.pid)
  })
})

const secured = await sharedEngine('elasticsearch-secured')

describe.skipIf(secured.engine === undefined)('Elasticsearch with passwords and TLS', () => {
  const status = async (password: string): Promise<number> => {
    const { url, ca } = secured.engine!
    const authorization = `Basic ${Buffer.from(`${ELASTICSEARCH_USER.username}:${password}`).toString('base64')}`
    const dispatcher = new Agent({ connect: { ca: ca! } })
    return (await fetchBy(`${url}/_cluster/health`, { headers: { authorization }, dispatcher })).status
  }

  test('lets the user of the seed in and nobody else', async () => {
    expect(await status(ELASTICSEARCH_USER.password)).toBe(200)
    expect(await status('wrong')).toBe(401)
  })
})

test('Groovy 2.4 runs a script', async ({ skip }) => {
  const output = await runGroovy('println([1, 2].sum())').catch((error: Error) => {
    if (error.name === 'EngineUnavailable') skip(error.message)
    throw error
  })
  expect(output).toBe('3\n')
})
