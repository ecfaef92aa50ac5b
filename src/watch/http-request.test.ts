import { expect, test } from 'vitest'
import { stringifyJson, type ValueObject } from '../event/index.ts'
import { sampleWatch, startSample } from '../../test/fixtures/sample-watch.ts'

test('webhook: simulated shows the request, without its secrets', async () => {
  const webhook = {
    method: 'POST',
    host: '127.0.0.1',
    port: 9,
    path: '/hook/{{ctx.payload.name}}',
    params: { q: '{{ctx.payload.name}}' },
    headers: { 'Content-Type': 'application/json', Authorization: 'Bearer secret' },
    auth: { basic: { username: 'u', password: 'hidden' } },
    body: '{"text":"{{ctx.payload.name}}"}',
  }
  const system = await startSample()
  await using _ = system
  const definition = sampleWatch({
    input: { simple: { name: 'a "b"/../c?x#y' } },
    condition: { always: {} },
    actions: { hook: { webhook } },
  })
  const { record } = await system.watcher.execute(undefined, { actionModes: { _all: 'simulate' } }, definition)
  const [action] = (record['result'] as { actions: ValueObject[] }).actions
  expect(action).toMatchObject({
    status: 'simulated',
    webhook: {
      request: {
        method: 'post',
        host: '127.0.0.1',
        port: 9,
        scheme: 'http',
        path: '/hook/c%3Fx%23y',
        params: { q: 'a "b"/../c?x#y' },
        body: '{"text":"a \\"b\\"/../c?x#y"}',
      },
    },
  })
  expect(stringifyJson(record)).not.toMatch(/hidden|Bearer secret/)
})

test.each([
  ['http://h.example', { host: 'h.example', port: 80, scheme: 'http', path: '/' }],
  ['https://h.example/a/b?q=1', { host: 'h.example', port: 443, scheme: 'https', path: '/a/b', params: { q: '1' } }],
  ['http://h.example:81/%7B%7Bctx.payload.n%7D%7D?q={{ctx.payload.n}}', { port: 81, path: '/7', params: { q: '7' } }],
])('the URL %s is taken apart', async (url, request) => {
  await using system = await startSample()
  const actions = { hook: { webhook: { url, connection_timeout_in_millis: 100, read_timeout_millis: 100 } } }
  const definition = sampleWatch({ input: { simple: { n: 7 } }, condition: { always: {} }, actions })
  const { record } = await system.watcher.execute(undefined, { actionModes: { _all: 'simulate' } }, definition)
  expect(record['result']).toMatchObject({ actions: [{ webhook: { request } }] })
})

test.each(['', 'www.example.org', 'https://', 'ftp://h/'])('the URL %j is refused when it is read', async (url) => {
  await using system = await startSample()
  const definition = sampleWatch({ actions: { hook: { webhook: { url } } } })
  await expect(system.watcher.put('w', definition)).rejects.toThrow(
    "'actions.hook.webhook.url' must be a URL that begins with http:// or https:// and a host",
  )
})
