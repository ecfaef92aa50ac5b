import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { stringifyJson, toValue, type ValueObject } from '../../event/index.ts'
import type { Raw } from '../../settings/index.ts'
import { startWatchSystem, type WatchSystem } from '../../../test/fixtures/watch-system.ts'

interface Seen {
  readonly request: IncomingMessage
  readonly body: string
}

let server: Server
let url: string
let answer: { status: number; type: string; body: string }
const seen: Seen[] = []

beforeEach(async () => {
  answer = { status: 200, type: 'application/json', body: '{"a":{"b":1,"c":2},"list":[1,2]}' }
  seen.length = 0
  server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      seen.push({ request, body })
      response.writeHead(answer.status, { 'content-type': answer.type, 'x-test': 'yes' }).end(answer.body)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterEach(() => {
  server.close()
  server.closeAllConnections()
})

type Json = Record<string, never>

async function run(
  watch: object,
  settings: Record<string, Raw> = {},
  modes: object = {},
): Promise<{ record: Json; system: WatchSystem }> {
  const system = await startWatchSystem({ settings: new Map(Object.entries(settings)) })
  try {
    const definition = toValue({ trigger: { schedule: { interval: '1h' } }, ...watch })
    const { record } = await system.watcher.execute(undefined, modes, definition)
    return { record: JSON.parse(stringifyJson(record)) as Json, system }
  } finally {
    await system[Symbol.asyncDispose]()
  }
}

describe('the http input', () => {
  const request = (): object => ({ host: '127.0.0.1', port: (server.address() as AddressInfo).port })

  test('sends what is written, and its answer is the payload', async () => {
    const { record } = await run({
      metadata: { city: 'Rome' },
      input: {
        http: {
          request: {
            ...request(),
            path: '/w/{{ctx.metadata.city}}',
            params: { q: '{{ctx.watch_id}}' },
            headers: { 'X-A': 'b' },
            auth: { basic: { username: 'u', password: 'p' } },
          },
        },
      },
    })
    expect(record).toMatchObject({
      result: {
        input: {
          type: 'http',
          status: 'success',
          payload: { a: { b: 1, c: 2 }, list: [1, 2], _status_code: 200, _headers: { 'x-test': ['yes'] } },
          http: { request: { auth: { basic: { password: '::es_redacted::' } } } },
        },
      },
    })
    expect(seen[0]!.request.url).toBe('/w/Rome?q=_inlined_')
    expect(seen[0]!.request.headers).toMatchObject({ 'x-a': 'b', authorization: 'Basic dTpw' })
  })

  test.each([
    ['extract', { extract: ['a.b'] }, { a: { b: 1 }, _status_code: 200 }, {}],
    ['a list', {}, { data: [1, 2] }, { body: '[1,2]' }],
    ['text', {}, { _value: 'hello' }, { body: 'hello', type: 'text/plain' }],
    ['text although it is JSON', { response_content_type: 'text' }, { _value: '{"a":1}' }, { body: '{"a":1}' }],
    ['YAML by its name', { response_content_type: 'yaml' }, { a: 1 }, { body: 'a: 1', type: 'text/plain' }],
    ['JSON of a kind nobody knows', {}, { a: 1 }, { body: ' {"a":1}', type: 'application/x-odd' }],
    ['braces that are no JSON', {}, { _value: '{{a}}' }, { body: '{{a}}', type: 'text/plain' }],
    ['YAML by its first line', {}, { a: 1 }, { body: '---\na: 1', type: 'text/plain' }],
    ['nothing, with a status', {}, { _status_code: 503 }, { body: '', status: 503 }],
  ])('%s', async (_name, more, payload, given) => {
    Object.assign(answer, given)
    const { record } = await run({ input: { http: { request: { ...request() }, ...more } } })
    expect(record).toMatchObject({ result: { input: { payload } } })
  })

  test('in a chain it sees the payloads before it', async () => {
    const http = { http: { request: { ...request(), path: '/{{ctx.payload.first.name}}' } } }
    await run({ input: { chain: { inputs: [{ first: { simple: { name: 'anna' } } }, { second: http }] } } })
    expect(seen[0]!.request.url).toBe('/anna')
  })

  test.each([
    'http://127.0.0.1:9/',
    'http://[::1]:9/',
    'http://localhost:9/',
    'http://169.254.169.254/latest',
    'http://[::ffff:127.0.0.1]:9/',
    'http://2130706433:9/',
    'http://0.0.0.0:9/',
    'http://0x7f.1:9/',
    'http://a.localhost:9/',
  ])('%s is not reached unless it is named', async (target) => {
    const { record } = await run({ input: { http: { request: { url: target } } } }, { 'xpack.http.whitelist': ['*'] })
    expect(JSON.stringify(record)).toContain('may not be reached')
    const { record: sent } = await run(
      { actions: { hook: { webhook: { url: target } } } },
      { 'xpack.http.whitelist': 'http://*' },
    )
    expect(JSON.stringify(sent)).toContain('may not be reached')
  })
})

/** Runs one action and answers what the server got. */
async function act(
  action: object,
  settings: Record<string, Raw>,
  payload: object = {},
): Promise<{ bodies: Json[]; record: Json }> {
  const { record } = await run({ input: { simple: payload }, actions: { tell: action } }, settings)
  return { bodies: seen.map(({ body }) => JSON.parse(body) as Json), record }
}

describe('chat and paging', () => {
  const hosts = { hosts: [{ ip: '10.0.0.1' }, { ip: '10.0.0.2' }] }

  test('slack: channels, defaults of the account, attachments, one for each element', async () => {
    const { bodies, record } = await act(
      {
        slack: {
          message: {
            to: ['#a', '@{{ctx.watch_id}}'],
            icon: ':x:',
            text: '{{ctx.payload.hosts.size}} hosts',
            attachments: [{ title: 'T', fields: [{ title: 'n', value: '{{ctx.payload.hosts.0.ip}}', short: true }] }],
            dynamic_attachments: { list_path: 'ctx.payload.hosts', attachment_template: { title: '{{ip}}' } },
          },
        },
      },
      {
        'xpack.notification.slack.account.ops.secure_url': `${url}/slack`,
        'xpack.notification.slack.account.ops.message_defaults.from': 'vedetta',
        'xpack.notification.slack.account.ops.message_defaults.attachment.color': 'danger',
      },
      hosts,
    )
    const shared = {
      username: 'vedetta',
      icon_emoji: ':x:',
      text: '2 hosts',
      attachments: [
        { color: 'danger', title: 'T', fields: [{ title: 'n', value: '10.0.0.1', short: true }] },
        { color: 'danger', title: '10.0.0.1' },
        { color: 'danger', title: '10.0.0.2' },
      ],
    }
    expect(bodies).toEqual([
      { channel: '#a', ...shared },
      { channel: '@_inlined_', ...shared },
    ])
    expect(JSON.stringify(record)).not.toContain(`${url}/slack`)
    expect(record).toMatchObject({ result: { actions: [{ status: 'success', slack: { account: 'ops' } }] } })
  })

  test('pagerduty: an event of its API, with the key of the account', async () => {
    const { bodies, record } = await act(
      {
        pagerduty: {
          description: 'scan by {{ctx.payload.hosts.0.ip}}',
          attach_payload: true,
          contexts: [{ type: 'link', href: 'http://x/{{ctx.watch_id}}', text: 'more' }],
        },
      },
      {
        'xpack.notification.pagerduty.account.ops.secure_service_api_key': 'k3y',
        'xpack.notification.pagerduty.account.ops.url': `${url}/v2/enqueue`,
        'xpack.notification.pagerduty.account.ops.event_defaults.client': 'vedetta',
      },
      hosts,
    )
    expect(bodies).toEqual([
      {
        routing_key: 'k3y',
        event_action: 'trigger',
        dedup_key: '_inlined_',
        payload: {
          summary: 'scan by 10.0.0.1',
          source: '_inlined_',
          severity: 'critical',
          custom_details: { payload: hosts },
        },
        client: 'vedetta',
        links: [{ href: 'http://x/_inlined_', text: 'more' }],
      },
    ])
    expect(JSON.stringify(record)).not.toContain('k3y')
  })

  test('teams: a card', async () => {
    const { bodies } = await act(
      { teams: { message: { title: 'Alarm', text: 'by {{ctx.payload.hosts.0.ip}}' } } },
      { 'xpack.notification.teams.account.ops.secure_url': url },
      hosts,
    )
    expect(bodies[0]).toMatchObject({
      type: 'message',
      attachments: [{ content: { body: [{ text: 'Alarm' }, { text: 'by 10.0.0.1' }] } }],
    })
  })

  test('syslog: one line of RFC 5424, in which an event cannot begin another', async () => {
    const socket = createSocket('udp4')
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    const got = once(socket, 'message')
    await act(
      { syslog: { level: 'error', text: 'scan by {{ctx.payload.ip}}' } },
      {
        'xpack.notification.syslog.account.siem.host': '127.0.0.1',
        'xpack.notification.syslog.account.siem.port': socket.address().port,
      },
      { ip: '10.0.0.1\n<0>1 forged' },
    )
    const [line] = (await got) as [Buffer]
    socket.close()
    expect(line.toString()).toMatch(
      /^<131>1 2026-11-24T12:00:00\.000Z \S+ vedetta - \S+ - \ufeffscan by 10\.0\.0\.1 <0>1 forged$/,
    )
  })

  test('an account that is not there is named', async () => {
    const { record } = await act({ slack: { account: 'x', message: { text: 'a' } } }, {})
    expect(record).toMatchObject({
      result: { actions: [{ status: 'failure', reason: expect.stringContaining("there is no slack account 'x'") }] },
    })
  })
})

test('a mail carries what a server gives, inside its body where it is asked for', async () => {
  answer = { status: 200, type: 'image/png', body: 'PNG' }
  const { system } = await run({
    actions: {
      mail: {
        email: {
          to: 'a@example.org',
          body: { html: '<img src="cid:chart.png">' },
          attachments: {
            'chart.png': { http: { request: { url }, inline: true } },
            'data.yml': { data: { format: 'yaml' } },
          },
        },
      },
    },
  })
  const [fetched, data] = system.mails[0]!.attachments!
  expect(fetched).toMatchObject({
    filename: 'chart.png',
    contentType: 'image/png',
    content: Buffer.from('PNG'),
    inline: true,
  })
  expect(data?.filename).toBe('data.yml')
})

test('passwords are hidden wherever a request stands, and come back where they were hidden', async () => {
  const { redact, restoreSecrets } = await import('../secrets.ts')
  const auth = { basic: { username: 'u', password: 'p' } }
  const source = toValue({
    metadata: { auth },
    input: { chain: { inputs: [{ a: { http: { request: { auth } } } }] } },
    actions: { w: { webhook: { auth } }, m: { email: { attachments: { x: { http: { request: { auth } } } } } } },
  }) as ValueObject
  const shown = redact(source)
  expect(JSON.stringify(shown).match(/::es_redacted::/g)).toHaveLength(3)
  expect(restoreSecrets(shown, source)).toEqual(source)
})
