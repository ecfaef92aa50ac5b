import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { pipelineServices } from '../../../test/pipeline-fixture.ts'
import { ManualClock } from '../../clock/index.ts'
import { checkPipelines, loadPipelines, runPipeline } from '../../pipeline/index.ts'

type Given = string | Readonly<Record<string, unknown>>

async function through(pack: string, given: Given): Promise<Record<string, unknown>[]> {
  const text = readFileSync(new URL(`${pack}.conf`, import.meta.url), 'utf8')
  const clock = new ManualClock(Date.UTC(2026, 10, 24, 12))
  const events = await runPipeline(text, [given], { clock, ecs: 'v8' })
  return events.map((event) => ({
    ...(JSON.parse(event.toJson()) as Record<string, unknown>),
    index: event.metadata['index'],
    to: event.metadata['to'],
  }))
}

const where = (ip: string, port?: number): object => ({ source: { ip, ...(port === undefined ? {} : { port }) } })
const success = { event: { outcome: 'success' }, tags: expect.arrayContaining(['auth_success']), index: 'auth' }
const failure = { event: { outcome: 'failure' }, tags: expect.arrayContaining(['auth_failure']), index: 'auth' }

describe('linux', () => {
  const line = (text: string, program = 'sshd[811]'): string => `Nov 24 09:30:01 web1 ${program}: ${text}`
  const at = (text: string, program = 'sshd'): Given => ({ message: text, process: { name: program }, host: { hostname: 'web1' } })
  test.each<[Given, object]>([
    [
      line('Accepted publickey for ada from 192.0.2.7 port 40122 ssh2: ED25519 SHA256:abc'),
      { ...success, user: { name: 'ada' }, ...where('192.0.2.7', 40122), vedetta: { login: { method: 'publickey' } } },
    ],
    [line('Accepted password for ada from 2001:db8::7 port 40122 ssh2', 'sshd-session[9]'), { ...success, ...where('2001:db8::7') }],
    [
      '<38>1 2026-11-24T09:30:01.5+01:00 web1 sshd-auth[7]: Failed password for invalid user admin from 192.0.2.7 port 1 ssh2',
      { ...failure, user: { name: 'admin' }, vedetta: { login: { invalid: 'invalid' } }, '@timestamp': '2026-11-24T08:30:01.500Z' },
    ],
    [at('message repeated 2 times: [ Failed password for root from 192.0.2.7 port 22 ssh2]'), { ...failure, user: { name: 'root' } }],
    // A user name that pretends to be an address.
    [at('Failed password for invalid user x from 203.0.113.1 port 1 ssh2 from 192.0.2.7 port 2 ssh2'), { ...failure, ...where('192.0.2.7', 2) }],
    [at('Invalid user guest from 192.0.2.7 port 40122'), { event: { action: 'ssh_refused', outcome: 'failure' }, user: { name: 'guest' } }],
    [at('Disconnected from authenticating user root 192.0.2.7 port 40122 [preauth]'), { event: { action: 'ssh_disconnect' }, ...where('192.0.2.7') }],
    [at('Connection closed by 192.0.2.7 port 40122 [preauth]'), { event: { action: 'ssh_disconnect' }, ...where('192.0.2.7') }],
    [at('Received disconnect from 192.0.2.7 port 4:11: Bye Bye [preauth]'), { event: { reason: 'Bye Bye' } }],
    [at('error: maximum authentication attempts exceeded for root from 192.0.2.7 port 4 ssh2 [preauth]'), { event: { action: 'ssh_refused' } }],
    [at('Did not receive identification string from 192.0.2.7 port 4'), { event: { action: 'ssh_connection' } }],
    [
      line('  ada : TTY=pts/0 ; PWD=/home/ada ; USER=root ; COMMAND=/usr/bin/cat /etc/shadow', 'sudo'),
      { event: { action: 'sudo', outcome: 'success' }, user: { name: 'ada', effective: { name: 'root' } }, process: { command_line: '/usr/bin/cat /etc/shadow' } },
    ],
    [line('  eve : 3 incorrect password attempts ; TTY=pts/0 ; PWD=/tmp ; USER=root ; COMMAND=/bin/sh', 'sudo[5]'), { ...failure, user: { name: 'eve' } }],
    [line('  eve : user NOT in sudoers ; TTY=pts/0 ; PWD=/tmp ; USER=root ; COMMAND=/bin/sh', 'sudo'), { ...failure, event: { reason: 'user NOT in sudoers' } }],
    [line('FAILED SU (to root) eve on pts/1', 'su[4]'), { ...failure, user: { name: 'eve', effective: { name: 'root' } } }],
    [line('(to root) ada on pts/1', 'su'), { ...success, user: { name: 'ada' } }],
    [
      line('pam_unix(vsftpd:auth): authentication failure; logname= uid=0 euid=0 tty=ftp ruser=eve rhost=192.0.2.7  user=eve', 'vsftpd'),
      { ...failure, user: { name: 'eve' }, ...where('192.0.2.7') },
    ],
    [line('pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)', 'CRON[1]'), { event: { action: 'session_opened' }, user: { name: 'root' } }],
  ])('%j', async (given, expected) => {
    expect((await through('linux', given))[0]).toMatchObject(expected)
  })

  test('one attempt counts once: what PAM says of a login at sshd has no tag', async () => {
    const [event] = await through('linux', line('pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.7  user=root'))
    expect(event).toMatchObject({ event: { action: 'pam_failure' } })
    expect(event!['tags']).toBeUndefined()
  })

  test('a line of another program is kept as it is', async () => {
    const [event] = await through('linux', line('Started Daily apt download activities.', 'systemd[1]'))
    expect(event).toMatchObject({ process: { name: 'systemd', pid: 1 }, host: { name: 'web1' } })
    expect(event!['index']).toBeUndefined()
  })
})

describe('windows', () => {
  const text = (id: number, middle: string): string =>
    `Log Name:      Security\nDate:          27/11/2015 2:07:33 PM\nEvent ID:      ${id}\nComputer:      dc1.example.com\nDescription:\n${middle}`
  const failed = `An account failed to log on.

Subject:
  Account Name:    -
Logon Type:      3
Account For Which Logon Failed:
  Security ID:    NULL SID
  Account Name:    administrator
  Account Domain:    EXAMPLE
Network Information:
  Workstation Name:  K
  Source Network Address:  192.0.2.7
  Source Port:    51022`
  const xml = (id: number, data: Readonly<Record<string, string>>): string =>
    `<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='Microsoft-Windows-Security-Auditing'/><EventID>${id}</EventID><TimeCreated SystemTime='2026-11-24T09:30:01.5Z'/><Channel>Security</Channel><Computer>dc1.example.com</Computer></System><EventData>${Object.entries(
      data,
    )
      .map(([name, value]) => `<Data Name='${name}'>${value}</Data>`)
      .join('')}</EventData></Event>`
  const beat = (id: number, data: Readonly<Record<string, string>>): Given => ({ winlog: { event_id: id, channel: 'Security', event_data: data } })
  test.each<[Given, object]>([
    [text(4625, failed), { ...failure, user: { name: 'administrator' }, ...where('192.0.2.7', 51022), host: { name: 'dc1.example.com' } }],
    [text(4625, failed).replaceAll('\n', '  '), { ...failure, user: { name: 'administrator' }, ...where('192.0.2.7', 51022) }],
    [
      xml(4624, { TargetUserName: 'ada', LogonType: '3', IpAddress: '::ffff:192.0.2.7', IpPort: '0' }),
      { ...success, user: { name: 'ada' }, ...where('192.0.2.7'), '@timestamp': '2026-11-24T09:30:01.500Z', winlog: { event_id: '4624', event_data: { LogonType: '3' } } },
    ],
    [beat(4625, { TargetUserName: 'eve', IpAddress: '192.0.2.7', IpPort: '9' }), { ...failure, ...where('192.0.2.7', 9), event: { code: '4625' } }],
    [beat(4634, { TargetUserName: 'ada' }), { event: { action: 'logged-out', category: 'authentication' }, user: { name: 'ada' } }],
    [beat(4648, { TargetUserName: 'svc', SubjectUserName: 'ada', IpAddress: '-' }), { ...success, user: { name: 'svc' } }],
    [beat(4672, { SubjectUserName: 'ada' }), { event: { action: 'logged-in-special' }, user: { name: 'ada' } }],
    [
      beat(4688, { SubjectUserName: 'ada', NewProcessName: 'C:\\Windows\\System32\\cmd.exe', CommandLine: 'cmd /c whoami' }),
      { event: { category: 'process' }, process: { executable: 'C:\\Windows\\System32\\cmd.exe', command_line: 'cmd /c whoami' }, user: { name: 'ada' } },
    ],
    [beat(4720, { TargetUserName: 'new' }), { event: { action: 'added-user-account', category: 'iam' }, user: { name: 'new' } }],
    [beat(4732, { TargetUserName: 'Administrators' }), { event: { action: 'added-member-to-group' } }],
    [beat(4740, { TargetUserName: 'ada' }), { event: { action: 'locked-out-user-account' } }],
  ])('%j', async (given, expected) => {
    expect((await through('windows', given))[0]).toMatchObject(expected)
  })
})

describe('firewalls', () => {
  const denied = { event: { action: 'denied', outcome: 'failure', type: ['connection', 'denied'] }, index: 'network' }
  const allowed = { event: { action: 'allowed', outcome: 'success' }, index: 'network' }
  const ends = (from: string, to: string, transport: string, ports: readonly [number, number] | [] = []): object => ({
    source: { ip: from, ...(ports.length === 0 ? {} : { port: ports[0] }) },
    destination: { ip: to, ...(ports.length === 0 ? {} : { port: ports[1] }) },
    network: { transport },
  })
  const asa = (code: string, text: string): string => `<166>Nov 24 2026 09:30:01 fw1 : %ASA-4-${code}: ${text}`
  const started = { tags: expect.arrayContaining(['network', 'tcp_connection_started']) }
  test.each<[string, object]>([
    [
      'Nov 24 09:30:01 gw kernel: [ 1234.5] DROP IN=eth0 OUT= MAC=00:11 SRC=198.51.100.7 DST=10.0.0.5 LEN=60 TOS=0x00 PREC=0x00 TTL=54 ID=1 DF PROTO=TCP SPT=40000 DPT=22 WINDOW=64240 RES=0x00 SYN URGP=0',
      { ...denied, ...started, ...ends('198.51.100.7', '10.0.0.5', 'tcp', [40000, 22]), rule: { name: 'DROP' }, observer: { ingress: { interface: { name: 'eth0' } } } },
    ],
    [
      'Nov 24 09:30:01 gw kernel: nft-accept: IN=eth0 OUT=eth1 SRC=2001:db8::7 DST=2001:db8::5 LEN=80 TC=0 HOPLIMIT=64 FLOWLBL=0 PROTO=UDP SPT=5353 DPT=53 LEN=40',
      { ...allowed, ...ends('2001:db8::7', '2001:db8::5', 'udp', [5353, 53]) },
    ],
    [
      'Nov 24 09:30:01 gw filterlog[5]: 9,,,1000000103,igb0,match,block,in,4,0x0,,242,54321,0,none,6,tcp,44,198.51.100.7,10.0.0.5,40000,22,0,S,1,,1024,,mss',
      { ...denied, ...started, ...ends('198.51.100.7', '10.0.0.5', 'tcp', [40000, 22]), rule: { id: '9' } },
    ],
    [
      'Nov 24 09:30:01 gw filterlog[5]: 4,,,1,igb0,match,pass,in,6,0x00,0x0,64,udp,17,60,2001:db8::7,2001:db8::5,5353,53,60',
      { ...allowed, ...ends('2001:db8::7', '2001:db8::5', 'udp', [5353, 53]) },
    ],
    ['Nov 24 09:30:01 gw filterlog[5]: 4,,,1,igb0,match,block,in,4,0x0,,64,1,0,none,1,icmp,84,198.51.100.7,10.0.0.5,request,1,2', { ...denied, ...ends('198.51.100.7', '10.0.0.5', 'icmp') }],
    [
      'rule 2/0(match): block in on em0: 198.51.100.7.40000 > 10.0.0.5.22: Flags [S], seq 1, win 1024, length 0',
      { ...denied, ...started, ...ends('198.51.100.7', '10.0.0.5', 'tcp', [40000, 22]) },
    ],
    [
      asa('106023', 'Deny tcp src outside:198.51.100.7/40000 dst inside:10.0.0.5/22 by access-group "OUT" [0x0, 0x0]'),
      { ...denied, ...ends('198.51.100.7', '10.0.0.5', 'tcp', [40000, 22]), rule: { name: 'OUT' }, event: { code: '106023' } },
    ],
    [
      asa('106001', 'Inbound TCP connection denied from 198.51.100.7/40000 to 10.0.0.5/22 flags SYN  on interface outside'),
      { ...denied, ...started, ...ends('198.51.100.7', '10.0.0.5', 'tcp', [40000, 22]) },
    ],
    [asa('106014', 'Deny inbound icmp src outside:198.51.100.7 dst inside:10.0.0.5 (type 8, code 0)'), { ...denied, ...ends('198.51.100.7', '10.0.0.5', 'icmp') }],
    [
      asa('106100', 'access-list OUT permitted udp outside/198.51.100.7(5353) -> inside/10.0.0.5(53) hit-cnt 1 first hit [0x1, 0x2]'),
      { ...allowed, ...ends('198.51.100.7', '10.0.0.5', 'udp', [5353, 53]) },
    ],
    [
      asa('302013', 'Built inbound TCP connection 9 for outside:198.51.100.7/40000 (198.51.100.7/40000) to inside:10.0.0.5/22 (203.0.113.5/22)'),
      { ...allowed, ...started, ...ends('198.51.100.7', '10.0.0.5', 'tcp', [40000, 22]) },
    ],
    [
      asa('302013', 'Built outbound TCP connection 9 for outside:198.51.100.7/443 (198.51.100.7/443) to inside:10.0.0.5/40000 (203.0.113.5/40000)'),
      { ...allowed, ...ends('10.0.0.5', '198.51.100.7', 'tcp', [40000, 443]) },
    ],
    [
      asa('302014', 'Teardown TCP connection 9 for outside:198.51.100.7/40000 to inside:10.0.0.5/22 duration 0:00:30 bytes 0 SYN Timeout'),
      { event: { reason: 'SYN Timeout' }, network: { bytes: 0 } },
    ],
    [asa('605004', 'Login denied from 198.51.100.7/40000 to outside:203.0.113.5/ssh for user "admin"'), { ...failure, user: { name: 'admin' }, ...where('198.51.100.7', 40000) }],
    [asa('113015', 'AAA user authentication Rejected : reason = Invalid password : local database : user = eve : user IP = 198.51.100.7'), { ...failure, user: { name: 'eve' } }],
    [
      'firewall,info drop-in forward: in:ether1 out:bridge, connection-state:new src-mac aa:bb:cc:dd:ee:ff, proto TCP (SYN), 198.51.100.7:40000->10.0.0.5:22, len 60',
      { ...denied, ...started, ...ends('198.51.100.7', '10.0.0.5', 'tcp', [40000, 22]) },
    ],
  ])('%s', async (line, expected) => {
    const [event] = await through('firewalls', line)
    expect(event).toMatchObject(expected)
    expect(event!['tags'] ?? []).not.toContain('_firewall_unread')
  })
})

describe('sensors, cloud and web', () => {
  test.each<[string, Given, object]>([
    [
      'sensors',
      { timestamp: '2026-11-24T09:30:01.5+0100', event_type: 'flow', src_ip: '198.51.100.7', src_port: 40000, dest_ip: '10.0.0.5', dest_port: 22, proto: 'TCP', flow: { pkts_toserver: 1, pkts_toclient: 0 } },
      { source: { ip: '198.51.100.7', packets: 1 }, destination: { ip: '10.0.0.5', port: 22, packets: 0 }, network: { transport: 'tcp' }, '@timestamp': '2026-11-24T08:30:01.500Z', tags: ['network', 'tcp_connection_started'] },
    ],
    [
      'sensors',
      { timestamp: '2026-11-24T09:30:01Z', event_type: 'alert', src_ip: '198.51.100.7', dest_ip: '10.0.0.5', proto: 'UDP', alert: { signature: 'ET SCAN x', signature_id: 2001, severity: 2, action: 'allowed' } },
      { event: { kind: 'alert', action: 'allowed', severity: 2 }, rule: { name: 'ET SCAN x', id: '2001' } },
    ],
    [
      'sensors',
      { ts: 1_763_976_601.5, uid: 'C1', 'id.orig_h': '198.51.100.7', 'id.orig_p': 40000, 'id.resp_h': '10.0.0.5', 'id.resp_p': 22, proto: 'tcp', conn_state: 'REJ', history: 'Sr', orig_bytes: 0, resp_bytes: 0 },
      { source: { ip: '198.51.100.7', port: 40000 }, destination: { port: 22 }, event: { outcome: 'failure' }, zeek: { connection: { state: 'REJ', history: 'Sr' } } },
    ],
    [
      'sensors',
      '1763976601.500000\tC1\t198.51.100.7\t40000\t10.0.0.5\t22\ttcp\t-\t-\t-\t-\tS0\tF\tT\t0\tS\t1\t44\t0\t0\t-',
      { source: { ip: '198.51.100.7', port: 40000, packets: 1 }, destination: { ip: '10.0.0.5', packets: 0 }, event: { dataset: 'zeek.connection', outcome: 'failure' } },
    ],
    ['sensors', { ts: 1_763_976_601.5, 'id.orig_h': '198.51.100.7', 'id.resp_h': '10.0.0.5', auth_success: false, auth_attempts: 3 }, failure],
    ['sensors', { ts: 1_763_976_601.5, 'id.orig_h': '198.51.100.7', note: 'Scan::Port_Scan', msg: 'scanned' }, { event: { kind: 'alert', reason: 'scanned' }, rule: { name: 'Scan::Port_Scan' } }],
    [
      'cloud',
      { eventTime: '2026-11-24T09:30:01Z', eventSource: 'signin.amazonaws.com', eventName: 'ConsoleLogin', sourceIPAddress: '198.51.100.7', userIdentity: { type: 'IAMUser', userName: 'eve' }, responseElements: { ConsoleLogin: 'Failure' }, errorMessage: 'Failed authentication' },
      { ...failure, user: { name: 'eve' }, ...where('198.51.100.7'), '@timestamp': '2026-11-24T09:30:01.000Z' },
    ],
    ['cloud', { eventSource: 'signin.amazonaws.com', eventName: 'ConsoleLogin', sourceIPAddress: '198.51.100.7', userIdentity: { type: 'Root' }, responseElements: { ConsoleLogin: 'Success' } }, { ...success, user: { name: 'root' } }],
    [
      'cloud',
      '2 123456789012 eni-1a2b 198.51.100.7 10.0.0.5 40000 22 6 1 44 1763976601 1763976661 REJECT OK',
      { source: { ip: '198.51.100.7', port: 40000 }, destination: { ip: '10.0.0.5', port: 22 }, network: { transport: 'tcp' }, event: { action: 'denied', outcome: 'failure' }, index: 'network' },
    ],
    ['cloud', '2 123456789012 eni-1a2b - - - - - - - 1763976601 1763976661 - NODATA', { aws: { vpcflow: { log_status: 'NODATA' } } }],
    [
      'web',
      '198.51.100.7 - ada [24/Nov/2026:09:30:01 +0100] "GET /admin?x=1 HTTP/1.1" 401 12 "-" "curl/8.0"',
      { source: { ip: '198.51.100.7' }, user: { name: 'ada' }, http: { request: { method: 'GET' }, response: { status_code: 401 } }, url: { original: '/admin?x=1' }, user_agent: { original: 'curl/8.0' }, tags: ['auth_failure'], '@timestamp': '2026-11-24T08:30:01.000Z' },
    ],
    ['web', '2001:db8::7 - - [24/Nov/2026:09:30:01 +0100] "\\x16\\x03" 400 -', { source: { ip: '2001:db8::7' }, event: { outcome: 'failure' } }],
  ])('%s: %j', async (pack, given, expected) => {
    expect((await through(pack, given))[0]).toMatchObject(expected)
  })

  test('a file of CloudTrail is divided into its records', async () => {
    const record = { eventSource: 'iam.amazonaws.com', eventName: 'CreateUser', sourceIPAddress: 'iam.amazonaws.com' }
    const events = await through('cloud', { message: JSON.stringify({ Records: [record, { ...record, errorCode: 'AccessDenied' }] }) })
    expect(events.map(({ event }) => (event as { outcome: string }).outcome)).toEqual(['success', 'failure'])
  })
})

test.each<[Given, string]>([
  [{ message: 'Failed password for root from 192.0.2.7 port 1 ssh2', process: { name: 'sshd' } }, 'linux'],
  [{ message: 'DROP IN=eth0 OUT= SRC=192.0.2.7 DST=10.0.0.5', process: { name: 'kernel' } }, 'firewalls'],
  ['Nov 24 2026 09:30:01 fw1 : %ASA-4-106023: Deny', 'firewalls'],
  ['<Event><System/></Event>', 'windows'],
  [{ winlog: { event_id: 4624 } }, 'windows'],
  ['Log Name: Security  Event ID:      4625  Logon Type: 3', 'windows'],
  [{ event_type: 'flow', src_ip: '192.0.2.7' }, 'sensors'],
  [{ 'id.orig_h': '192.0.2.7' }, 'sensors'],
  [{ eventSource: 'signin.amazonaws.com', eventName: 'ConsoleLogin' }, 'cloud'],
  ['2 123456789012 eni-1a2b 198.51.100.7 10.0.0.5 1 2 6 1 44 1 2 REJECT OK', 'cloud'],
  ['198.51.100.7 - - [24/Nov/2026:09:30:01 +0100] "GET / HTTP/1.1" 200 12', 'web'],
])('the intake sends %j to %s', async (given, pack) => {
  expect((await through('intake', given))[0]!['to']).toBe(pack)
})

test('all of them together have no problem', () => {
  const services = pipelineServices({ storeAddresses: ['localhost:9200'] })
  expect(checkPipelines(loadPipelines(import.meta.dirname, () => undefined), services, () => undefined)).toEqual([])
})
