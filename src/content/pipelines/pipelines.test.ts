import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { ManualClock } from '../../clock/index.ts'
import { runPipeline } from '../../pipeline/runtime/run-pipeline.ts'

type Fields = Record<string, unknown>

async function fieldsOf(config: string, lines: readonly string[]): Promise<Fields[]> {
  const clock = new ManualClock(Date.UTC(2026, 10, 24, 12))
  const events = await runPipeline(config, lines, { clock })
  return events.map((event) => JSON.parse(event.toJson()) as Fields)
}

const shipped = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8')
const filters = (config: string): string => config.slice(config.indexOf('filter {'), config.indexOf('output {'))
const inRome = (config: string): string => config.replaceAll('date {', 'date { timezone => "Europe/Rome" ')

describe('tcpdump', () => {
  const tcpdump = inRome(filters(shipped('tcpdump.conf')))

  test('a SYN gives the fields of the seed, its time read in the zone', async () => {
    const [event] = await fieldsOf(tcpdump, [
      '2016-02-08 01:56:58.407625 IP 192.168.1.105.55203 > 192.168.1.1.80: Flags [S], seq 2127832187, win 29200, options [mss 1460,sackOK,TS val 259965981 ecr 0,nop,wscale 7], length 0',
    ])
    expect(event).toEqual({
      '@version': '1',
      '@timestamp': '2016-02-08T00:56:58.407Z',
      timestamp: '2016-02-08 01:56:58.407625',
      src_ip: '192.168.1.105',
      src_port: '55203',
      dst_ip: '192.168.1.1',
      dst_port: '80',
      tags: ['network', 'tcp_connection_started'],
    })
  })

  test.each([
    ['2026-11-24 06:00:00.000001 lo    In  IP 127.0.0.1.5 > 127.0.0.1.6: Flags [SEW], seq 1, win 2', '127.0.0.1', true],
    ['2026-11-24 06:00:00.000001 eth0  Out IP6 fe80::1.5 > ff02::fb.6: Flags [S], seq 1, win 2', 'fe80::1', true],
    ['2026-11-24 06:00:00.000001 IP6 2001:db8::7.5 > 2001:db8::8.6: Flags [S.], seq 1, ack 2, win 2', '2001:db8::7', false],
    ['2026-11-24 06:00:00.000001 IP 10.0.0.1.5 > 10.0.0.2.53: 1234+ A? example.org. (29)', '10.0.0.1', false],
    ['2026-11-24 06:00:00.000001 IP 10.0.0.1.5 > 10.0.0.2.6: Flags [none], win 0', '10.0.0.1', false],
  ])('%s', async (line, source, started) => {
    const [event] = await fieldsOf(tcpdump, [line])
    expect([event!['src_ip'], event!['src_port'], event!['tags'], 'message' in event!]).toEqual([
      source,
      '5',
      started ? ['network', 'tcp_connection_started'] : ['network'],
      false,
    ])
  })

  test('what has no ports stays as it is, without a failure', async () => {
    const line = '2026-11-24 06:00:00.000001 ARP, Request who-has 10.0.0.1 tell 10.0.0.2, length 28'
    const [event] = await fieldsOf(tcpdump, [line, ''])
    expect([event!['message'], event!['tags']]).toEqual([line, undefined])
  })
})

const WINDOWS =
  'Log Name: Security Source: Microsoft-Windows-Security-Auditing Date: 27/11/2015 2:07:33 PM Event ID: 4625 Task Category: Logon Level: Information Keywords: Audit Failure User: N/A Computer: minerva Description: An account failed to log on. Subject: Security ID: NULL SID Account Name: - Account Domain: - Logon ID: 0x0 Logon Type: 3 Account For Which Logon Failed: '

const LOGINS: readonly [string, Fields | null][] = [
  [
    'Nov 26 12:15:04 zeus sshd[19571]: Failed password for ciro from 10.0.4.23 port 57961 ssh2',
    { src_user: 'ciro', src_ip: '10.0.4.23', auth_type: 'ssh2', tags: ['auth_failure'] },
  ],
  [
    'Nov  6 12:15:04 zeus sshd-session[19571]: Failed password for invalid user admin from 2001:db8::9 port 1 ssh2',
    { src_user: 'admin', src_ip: '2001:db8::9', auth_type: 'ssh2', tags: ['auth_failure'] },
  ],
  [
    '<38>2026-11-24T06:00:00.123456+01:00 zeus sshd-auth[1]: Accepted publickey for root from 10.0.4.23 port 1 ssh2: ED25519 SHA256:abc',
    { src_user: 'root', src_ip: '10.0.4.23', auth_type: 'ssh2', tags: ['auth_success'] },
  ],
  [
    'Nov 26 12:15:04 zeus sshd[1]: Accepted password for ciro from 10.0.4.23 port 57961 ssh2',
    { src_user: 'ciro', src_ip: '10.0.4.23', auth_type: 'ssh2', tags: ['auth_success'] },
  ],
  [
    'Nov 26 12:15:04 zeus sshd[1]: message repeated 3 times: [ Failed password for ciro from 10.0.4.23 port 57961 ssh2]',
    { src_user: 'ciro', src_ip: '10.0.4.23', auth_type: 'ssh2', tags: ['auth_failure'] },
  ],
  [
    'Nov 26 12:15:04 zeus sshd[1]: Failed password for invalid user x from 1.1.1.1 port 2 ssh2 from 10.0.4.23 port 57961 ssh2',
    { src_user: 'x from 1.1.1.1 port 2 ssh2', src_ip: '10.0.4.23', auth_type: 'ssh2', tags: ['auth_failure'] },
  ],
  ['Nov 26 12:15:04 zeus sshd[1]: Connection closed by 10.0.4.23 port 57961', null],
  [
    `${WINDOWS}Security ID: NULL SID Account Name: gennaro Account Domain: MINERVA Failure Information: Failure Reason: Unknown user name or bad password. Network Information: Workstation Name: PC Source Network Address: 10.0.4.23 Source Port: 49832`,
    { src_user: 'gennaro', src_ip: '10.0.4.23', auth_type: '3', tags: ['auth_failure'] },
  ],
  [`${WINDOWS}Account Name: gennaro ...`, { src_user: 'gennaro', auth_type: '3', tags: ['auth_failure'] }],
  [
    `${WINDOWS}Account Name: anna maria Account Domain: X Source Network Address: - Source Port: -`,
    { src_user: 'anna maria', auth_type: '3', tags: ['auth_failure'] },
  ],
]

describe('logins', () => {
  const logins = inRome(filters(shipped('logins.conf')))
  const picked = ({ src_user, src_ip, auth_type, tags }: Fields): Fields => ({
    ...(src_user === undefined ? {} : { src_user }),
    ...(src_ip === undefined ? {} : { src_ip }),
    ...(auth_type === undefined ? {} : { auth_type }),
    ...(tags === undefined ? {} : { tags }),
  })

  test.each(LOGINS)('%s', async (line, expected) => {
    const [event] = await fieldsOf(logins, [line])
    expect(picked(event!)).toEqual(expected ?? {})
    expect(event!['message']).toBe(line)
  })

  test('times by syslog, RFC 3339 and Windows', async () => {
    const events = await fieldsOf(logins, [LOGINS[1]![0], LOGINS[2]![0], LOGINS[7]![0]])
    expect(events.map((event) => event['@timestamp'])).toEqual([
      '2026-11-06T11:15:04.000Z',
      '2026-11-24T05:00:00.123Z',
      '2015-11-27T13:07:33.000Z',
    ])
  })
})

const seed = fileURLToPath(new URL('../../../../shared/seed/', import.meta.url))

describe.runIf(existsSync(seed))("the seed's own files", () => {
  test('portscan.conf', async () => {
    const [event] = await fieldsOf(filters(readFileSync(`${seed}portscan.conf`, 'utf8')), [
      '2016-02-09 13:51:09.625253 IP 192.168.1.105.60805 > 192.168.1.1.80: Flags [S], seq 2127832187, win 29200, length 0',
    ])
    expect(event).toEqual({
      '@version': '1',
      '@timestamp': '2026-11-24T12:00:00.000Z',
      timestamp: '2016-02-09 13:51:09.625253',
      src_ip: '192.168.1.105',
      src_port: '60805',
      dst_ip: '192.168.1.1',
      dst_port: '80',
      tags: ['network', 'tcp_connection_started'],
    })
  })

  test.each(LOGINS)('logins.conf: %s', async (line, expected) => {
    const [event] = await fieldsOf(readFileSync(`${seed}logins.conf`, 'utf8'), [line])
    const { tags, ...fields } = event!
    const own = (expected?.['tags'] as string[] | undefined) ?? []
    expect(new Set(tags as string[])).toEqual(new Set([...own, '_grokparsefailure']))
    expect([fields['src_user'], fields['src_ip'], fields['auth_type']]).toEqual([
      expected?.['src_user'],
      expected?.['src_ip'],
      expected?.['auth_type'],
    ])
  })
})
