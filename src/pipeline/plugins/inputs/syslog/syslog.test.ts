import { execFileSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { freePort } from '../../../../../test/free-port.ts'
import { makeCertificates, makeCodec, RunningInput, temporaryFolder } from '../../../../../test/plugin-fixture.ts'
import type { FixtureOptions } from '../../../../../test/plugin-fixture.ts'
import type { Raw } from '../../../../settings/index.ts'
import { ManualClock } from '../../../../clock/index.ts'
import { fieldPath, type Event } from '../../../../event/index.ts'
import { syslog } from './index.ts'

const ASA =
  '<164>Oct 26 15:19:25 1.2.3.4 %ASA-4-106023: Deny udp src DRAC:10.1.2.3/43434 dst outside:192.168.0.1/53 by access-group "acl_drac" [0x0, 0x0]'

async function run(
  raw: Record<string, Raw> = {},
  options: FixtureOptions = {},
): Promise<{ input: RunningInput; port: number }> {
  const port = await freePort()
  const input = new RunningInput(syslog, { port, host: '127.0.0.1', timezone: 'UTC', ...raw }, options)
  await input.start()
  return { input, port }
}

async function sendTcp(port: number, ...parts: (string | Buffer)[]): Promise<void> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  for (const part of parts) socket.write(part)
  socket.end()
  await once(socket.resume(), 'close')
}

function fields(event: Event): Record<string, unknown> {
  return JSON.parse(event.toJson()) as Record<string, unknown>
}

test('a line over TCP: priority, labels, time and what the pattern takes; the end of the line stays', async () => {
  const { input, port } = await run({}, { clock: new ManualClock(Date.UTC(2026, 11, 1)) })
  await using _ = input
  await sendTcp(port, `${ASA}\n`)
  await input.until(1)
  expect(fields(input.events[0]!)).toEqual({
    '@version': '1',
    '@timestamp': '2026-10-26T15:19:25.000Z',
    message: `Deny udp src DRAC:10.1.2.3/43434 dst outside:192.168.0.1/53 by access-group "acl_drac" [0x0, 0x0]\n`,
    host: '127.0.0.1',
    priority: 164,
    severity: 4,
    facility: 20,
    severity_label: 'Warning',
    facility_label: 'local4',
    timestamp: 'Oct 26 15:19:25',
    logsource: '1.2.3.4',
    program: '%ASA-4-106023',
  })
})

test('the same over UDP, on the same port', async () => {
  const { input, port } = await run()
  await using _ = input
  const sender = createSocket('udp4')
  sender.send('<13>Mar  1 08:44:43 precision kernel[12]: hello', port, '127.0.0.1')
  await input.until(1)
  sender.close()
  expect(fields(input.events[0]!)).toMatchObject({
    message: 'hello',
    program: 'kernel',
    pid: '12',
    logsource: 'precision',
    host: '127.0.0.1',
    facility_label: 'user-level',
    severity_label: 'Notice',
  })
})

test('under ECS: the names of ECS, the original kept, no timestamp', async () => {
  const { input, port } = await run({}, { ecs: 'v8', clock: new ManualClock(Date.UTC(2026, 11, 1)) })
  await using _ = input
  await sendTcp(port, '<133>Mar 11 08:44:43 precision kernel: [765135.424096] mce: CPU6')
  await input.until(1)
  expect(fields(input.events[0]!)).toEqual({
    '@version': '1',
    '@timestamp': '2026-03-11T08:44:43.000Z',
    message: '[765135.424096] mce: CPU6',
    event: { original: '<133>Mar 11 08:44:43 precision kernel: [765135.424096] mce: CPU6' },
    host: { ip: '127.0.0.1', hostname: 'precision' },
    service: { type: 'system' },
    process: { name: 'kernel' },
    log: {
      syslog: { priority: 133, severity: { code: 5, name: 'Notice' }, facility: { code: 16, name: 'local0' } },
    },
  })
})

test.each([['disabled'], ['v1']] as const)(
  '%s: what is no syslog is tagged and has the default priority',
  async (ecs) => {
    const { input, port } = await run({ tags: ['x'] }, { ecs })
    await using _ = input
    await sendTcp(port, 'message which causes a grok parse failure\n')
    await input.until(1)
    const event = input.events[0]!
    expect(event.data['tags']).toEqual(['_grokparsefailure_sysloginput'])
    const at = (old: string, name: string): unknown => event.get(fieldPath(ecs === 'disabled' ? old : name))
    expect(at('priority', '[log][syslog][priority]')).toBe(13)
    expect(at('severity_label', '[log][syslog][severity][name]')).toBe('Notice')
  },
)

test('a pattern of its own', async () => {
  const { input, port } = await run({
    grok_pattern: '<%{POSINT:priority}>%{SYSLOGTIMESTAMP:timestamp} atypical %{GREEDYDATA:message}',
  })
  await using _ = input
  await sendTcp(port, '<164>Oct 26 15:19:25 atypical This part constitutes the message field\n')
  await input.until(1)
  expect(fields(input.events[0]!)).toMatchObject({
    priority: 164,
    facility: 20,
    message: 'This part constitutes the message field\n',
    timestamp: 'Oct 26 15:19:25',
  })
})

test('a pattern without a time, and a time that is none', async () => {
  const { input, port } = await run({ grok_pattern: '<%{POSINT:priority}>(?:at=%{WORD:timestamp} )?%{WORD:message}' })
  await using _ = input
  await sendTcp(port, '<13>one\n<13>at=noon two\n')
  await input.until(2)
  expect(input.events.map(({ data }) => data['tags'])).toEqual([['_dateparsefailure'], ['_dateparsefailure']])
})

test('a field that the codec makes, labels of its own, and none', async () => {
  const { input, port } = await run(
    { syslog_field: 'line', severity_labels: ['zero'], use_labels: true },
    { codec: makeCodec('json') },
  )
  await using _ = input
  await sendTcp(
    port,
    '{"line":"<8>2026-02-07T12:40:00.000Z h p: foo"}\n{"line":"<9>2026-02-07T12:40:00.000Z h p: foo"}\n',
  )
  await input.until(2)
  expect(
    input.events.map(({ data }) => [data['severity_label'], data['line'], data['message'], data['timestamp']]),
  ).toEqual([
    ['zero', '<8>2026-02-07T12:40:00.000Z h p: foo', 'foo', '2026-02-07T12:40:00.000Z'],
    [undefined, '<9>2026-02-07T12:40:00.000Z h p: foo', 'foo', '2026-02-07T12:40:00.000Z'],
  ])
})

test.each([
  ['-05:00', 'T20:19:25.000Z'],
  ['Europe/Rome', 'T14:19:25.000Z'],
])('timezone %s', async (timezone, time) => {
  const { input, port } = await run({ timezone, locale: 'en' }, { clock: new ManualClock(Date.UTC(2026, 11, 1)) })
  await using _ = input
  await sendTcp(port, `${ASA}\n`)
  await input.until(1)
  expect(fields(input.events[0]!)['@timestamp']).toContain(time)
})

test('proxy_protocol names the sender', async () => {
  const { input, port } = await run({ proxy_protocol: true })
  await using _ = input
  await sendTcp(port, 'PROXY TCP4 1.2.3.4 5.6.7.8 1234 5678\r\n', `${ASA}\n`)
  await input.until(1)
  expect(fields(input.events[0]!)).toMatchObject({ host: '1.2.3.4', priority: 164 })
  await sendTcp(port, `${ASA}\n`).catch(() => undefined)
  await expect.poll(() => input.said.log.join()).toContain('does not begin with a PROXY header')
  expect(input.events).toHaveLength(1)
})

test('RFC 5424 beside RFC 3164, with the same names; without format => auto it is no syslog', async () => {
  const line = '<165>1 2003-08-24T05:14:15.000003-07:00 web1 sshd 8710 ID47 [a@1 k="v"] hello'
  const { input, port } = await run({ format: 'auto' })
  await using _ = input
  await sendTcp(port, `${line}\n${ASA}\n`)
  await input.until(2)
  expect(fields(input.events[0]!)).toEqual({
    '@version': '1',
    '@timestamp': '2003-08-24T12:14:15.000003Z',
    message: 'hello',
    host: '127.0.0.1',
    priority: 165,
    severity: 5,
    facility: 20,
    severity_label: 'Notice',
    facility_label: 'local4',
    timestamp: '2003-08-24T05:14:15.000003-07:00',
    logsource: 'web1',
    program: 'sshd',
    pid: '8710',
    msgid: 'ID47',
    structured_data: { 'a@1': { k: 'v' } },
  })
  expect(input.events[1]!.data['logsource']).toBe('1.2.3.4')

  const ecs = await run({ format: 'auto' }, { ecs: 'v8' })
  await using __ = ecs.input
  await sendTcp(ecs.port, `${line.length} ${line}`)
  await ecs.input.until(1)
  expect(fields(ecs.input.events[0]!)).toMatchObject({
    message: 'hello',
    host: { ip: '127.0.0.1', hostname: 'web1' },
    process: { name: 'sshd', pid: 8710 },
    log: { syslog: { version: '1', appname: 'sshd', procid: '8710', msgid: 'ID47', priority: 165 } },
  })

  const plain = await run()
  await using ___ = plain.input
  await sendTcp(plain.port, `${line}\n`)
  await plain.input.until(1)
  expect(plain.input.events[0]!.data['tags']).toEqual(['_grokparsefailure_sysloginput'])

  const strict = await run({ format: 'rfc5424' })
  await using ____ = strict.input
  await sendTcp(strict.port, `${ASA}\n`)
  await strict.input.until(1)
  expect(strict.input.events[0]!.data['tags']).toEqual(['_grokparsefailure_sysloginput'])
})

test('a message that is too long is cut and tagged, and the next one is whole', async () => {
  const { input, port } = await run({ max_message_bytes: 480 })
  await using _ = input
  await sendTcp(port, `${ASA}${'x'.repeat(2000)}\n${ASA}\n`)
  await input.until(2)
  expect(input.events.map(({ data }) => data['tags'])).toEqual([['_linetoobig'], undefined])
})

test('with TLS it is RFC 5425: octet-counted, for clients with a certificate, and UDP is shut', async () => {
  using folder = temporaryFolder()
  const tls = makeCertificates(folder.path)
  const { input, port } = await run({
    format: 'auto',
    ssl_enabled: true,
    ssl_certificate: tls.cert,
    ssl_key: tls.key,
    ssl_certificate_authorities: [tls.ca],
    ssl_client_authentication: 'required',
  })
  await using _ = input
  const udp = createSocket('udp4')
  udp.send(ASA, port, '127.0.0.1')
  const ca = readFileSync(tls.ca)
  const client = connectTls({
    port,
    host: 'localhost',
    ca,
    cert: readFileSync(tls.clientCert),
    key: readFileSync(tls.clientKey),
  })
  const message = '<13>1 2026-01-01T00:00:00Z h app - - - over\nTLS'
  client.end(`${message.length} ${message}`)
  await input.until(1)
  udp.close()
  expect(input.messages).toEqual(['over\nTLS'])
})

test('both ports must be free', async () => {
  const { input, port } = await run()
  await using _ = input
  const second = new RunningInput(syslog, { port, host: '127.0.0.1' })
  await expect(second.start()).rejects.toThrow(`syslog input cannot listen on 127.0.0.1:${port}: the port is in use`)
})

test.each([
  ['-d --rfc3164', { logsource: expect.any(String) as string, program: 'tester' }],
  ['-T --rfc3164', { program: 'tester' }],
  ['-T --rfc5424 --octet-count', { program: 'tester', structured_data: expect.any(Object) as object }],
  ['-T --rfc3164 --octet-count', { program: 'tester' }],
])('the real logger %s', async (how, expected) => {
  const { input, port } = await run({ format: 'auto' })
  await using _ = input
  const where = `-n 127.0.0.1 -P ${port} -t tester -p auth.warning`.split(' ')
  execFileSync('logger', [...where, ...how.split(' '), 'Failed password for root'])
  await input.until(1)
  const event = fields(input.events[0]!)
  expect(event).toMatchObject({ ...expected, priority: 36, facility_label: 'security/authorization' })
  expect(String(event['message']).trimEnd()).toBe('Failed password for root')
})

test('no bytes stop it or lose the next message', async () => {
  const { input, port } = await run({ format: 'auto', max_message_bytes: 480 })
  await using _ = input
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 100 }), { maxLength: 5 }), async (parts) => {
      const before = input.events.length
      await sendTcp(port, ...parts.map((part) => Buffer.from(part)))
      await sendTcp(port, `${ASA}\n`)
      await input.until(before + 1)
      await expect.poll(() => input.events.at(-1)!.data['priority'], { interval: 5 }).toBe(164)
    }),
    { numRuns: 40 },
  )
})
