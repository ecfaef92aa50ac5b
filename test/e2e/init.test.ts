import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { freePort } from '../free-port.ts'
import { nullLogger } from '../../src/diagnostic/index.ts'
import { startVedetta } from '../../src/server/index.ts'
import { loadSettings } from '../../src/settings/index.ts'
import { vedetta } from './command.ts'

const root = mkdtempSync(join(tmpdir(), 'vedetta-init-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

async function send(port: number, text: string): Promise<void> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  socket.end(text)
  await once(socket, 'close')
}

test('a folder made by init runs, and one search finds the logins of all its sources', async () => {
  const folder = join(root, 'siem')
  const made = await vedetta(['init', folder])
  expect(made).toMatchObject({ status: 0, stderr: '' })
  expect(made.stdout).toContain('vedetta start --config')
  const checked = await vedetta(['check', join(folder, 'vedetta.yml'), join(folder, 'pipelines')])
  expect(checked).toMatchObject({ status: 0, stdout: 'Configuration OK\n' })

  const before = readFileSync(join(folder, 'vedetta.yml'), 'utf8')
  const again = await vedetta(['init', folder])
  expect(again.status).toBe(1)
  expect(again.stderr).toContain('nothing was written')
  expect(readFileSync(join(folder, 'vedetta.yml'), 'utf8')).toBe(before)

  // Ports of this test, for others may be running.
  const intake = join(folder, 'pipelines', 'intake.conf')
  const ports: Record<string, number> = {}
  let configuration = readFileSync(intake, 'utf8')
  for (const usual of ['5514', '5044', '8514', '5515']) {
    ports[usual] = await freePort()
    configuration = configuration.replace(`port => ${usual}`, `port => ${ports[usual]}`)
  }
  writeFileSync(intake, configuration)
  const config = join(folder, 'vedetta.yml')
  await using running = await startVedetta({
    settings: loadSettings({ config, overrides: ['http.port=0'] }),
    logger: nullLogger,
    version: '0',
  })
  await send(
    ports['5514']!,
    '<38>Nov 24 09:30:01 web1 sshd[8]: Failed password for eve from 192.0.2.7 port 40122 ssh2\n',
  )
  await send(
    ports['5514']!,
    '<38>Nov 24 09:30:01 fw1 : %ASA-6-605004: Login denied from 192.0.2.7/40000 to outside:203.0.113.5/ssh for user "eve"\n',
  )
  await send(
    ports['5515']!,
    '{"winlog":{"event_id":4625,"event_data":{"TargetUserName":"eve","IpAddress":"192.0.2.7"}}}\n',
  )
  await fetch(`http://127.0.0.1:${ports['8514']}/`, {
    method: 'POST',
    body: JSON.stringify({
      eventSource: 'signin.amazonaws.com',
      eventName: 'ConsoleLogin',
      sourceIPAddress: '192.0.2.7',
      userIdentity: { userName: 'eve' },
      responseElements: { ConsoleLogin: 'Failure' },
    }),
    headers: { 'content-type': 'application/json' },
  })
  // By the seed's names, which are aliases of ECS's.
  const query = {
    query: {
      bool: {
        filter: [{ term: { tags: 'auth_failure' } }, { term: { src_ip: '192.0.2.7' } }, { term: { src_user: 'eve' } }],
      },
    },
  }
  const datasets = async (): Promise<unknown> => {
    const answer = await fetch(`${running.url}/vedetta-auth-*/_search`, {
      method: 'POST',
      body: JSON.stringify(query),
      headers: { 'content-type': 'application/json' },
    })
    const { hits } = (await answer.json()) as { hits?: { hits: { _source: { event: { dataset: string } } }[] } }
    return hits?.hits.map(({ _source }) => _source.event.dataset).sort()
  }
  await expect.poll(datasets).toEqual(['aws.cloudtrail', 'cisco.asa', 'linux.sshd', 'windows.security'])
  expect(readdirSync(join(folder, 'data'))).toContain('store')

  const newest = await vedetta([
    'tail',
    'vedetta-auth-*',
    '--url',
    running.url,
    '--no-follow',
    '-n',
    '2',
    '-q',
    'event.dataset:linux.sshd',
  ])
  expect(newest).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/^\S+Z vedetta-auth-\S+ Failed password for eve .*\n$/),
  })
  const dump = join(root, 'dump.json')
  expect((await vedetta(['-E', 'store.password=hush', 'support-dump', '--url', running.url, '-o', dump])).status).toBe(
    0,
  )
  const text = readFileSync(dump, 'utf8')
  expect(text).not.toContain('hush')
  expect(JSON.parse(text)).toMatchObject({
    settings: [{ name: 'store.password', value: '********', origin: '-E' }],
    server: { '/_cluster/health': { status: expect.any(String) }, '/_node/stats': { pipelines: { linux: {} } } },
  })
})
