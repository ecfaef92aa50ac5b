import { expect, test } from 'vitest'
import { parseNetfilterLine } from './netfilter-line.ts'
import { TCP, type Packet } from './packet.ts'

const HEAD = 'Nov 24 08:00:00 audit-1 kernel: [ 1234.567890] '
const IN = 'IN=eth0 OUT= MAC=23:87:fc:c6:24:58:00:21:3f:98:99:78:08:00 '
const ENDS = 'SRC=198.51.100.7 DST=10.0.0.5 '
const IP = 'TOS=0x00 PREC=0x00 TTL=42 ID=54321 '

test.each<[string, string, Partial<Packet>]>([
  [
    'a SYN with a segment size',
    `${ENDS}LEN=44 ${IP}PROTO=TCP SPT=40000 DPT=22 WINDOW=1024 RES=0x00 SYN URGP=0 `,
    {
      transport: 'tcp',
      sourcePort: 40_000,
      destinationPort: 22,
      flags: TCP.SYN,
      options: 'mss',
      window: 1024,
      ttl: 42,
      ipId: 54_321,
      bytes: 44,
    },
  ],
  [
    'a SYN without options',
    `${ENDS}LEN=40 ${IP}PROTO=TCP SPT=40000 DPT=22 WINDOW=1024 RES=0x00 SYN URGP=0 `,
    { options: 'none' },
  ],
  [
    'a SYN of an operating system',
    `${ENDS}LEN=60 ${IP}DF PROTO=TCP SPT=40000 DPT=22 SEQ=5 ACK=0 WINDOW=64240 RES=0x00 SYN URGP=0 `,
    { options: 'more', sequence: 5 },
  ],
  [
    'Xmas',
    `${ENDS}LEN=40 ${IP}PROTO=TCP SPT=40000 DPT=22 WINDOW=1024 RES=0x00 URG PSH FIN URGP=0 `,
    { flags: TCP.URG | TCP.PSH | TCP.FIN, options: 'none' },
  ],
  ['NULL', `${ENDS}LEN=40 ${IP}PROTO=TCP SPT=40000 DPT=22 WINDOW=1024 RES=0x00 URGP=0 `, { flags: 0 }],
  [
    'UDP, whose own length comes second',
    `${ENDS}LEN=28 ${IP}PROTO=UDP SPT=40000 DPT=53 LEN=8 `,
    { transport: 'udp', destinationPort: 53, bytes: 28, flags: -1 },
  ],
  ['a protocol by its number', `${ENDS}LEN=20 ${IP}PROTO=162 `, { transport: 'ip', protocol: 162, sourcePort: -1 }],
  [
    'a protocol by its name, cut off',
    `${ENDS}LEN=20 ${IP}PROTO=UDPLITE INCOMPLETE [0 bytes] `,
    { transport: 'ip', protocol: 136 },
  ],
  ['a later fragment', `${ENDS}LEN=28 ${IP}FRAG:2 PROTO=TCP `, { transport: 'tcp', fragment: true, flags: -1 }],
  [
    'a ping',
    `${ENDS}LEN=28 ${IP}PROTO=ICMP TYPE=8 CODE=0 ID=7 SEQ=1 `,
    { transport: 'icmp', icmp: { type: 8, code: 0 } },
  ],
  [
    'IPv6 in full',
    'SRC=2001:0db8:0000:0000:0000:0000:0000:0007 DST=2001:0db8:0000:0000:0000:0000:0000:0005 LEN=64 TC=0 HOPLIMIT=64 FLOWLBL=0 PROTO=TCP SPT=40000 DPT=22 WINDOW=1024 RES=0x00 SYN URGP=0 ',
    { source: '2001:db8::7', destination: '2001:db8::5', ttl: 64, options: 'mss' },
  ],
])('%s', (_, rest, expected) => {
  expect(parseNetfilterLine(`${HEAD}DROP ${IN}${rest}`, 5)).toMatchObject({
    passed: false,
    packet: { time: 5, ...expected },
  })
})

test('an error of ICMP quotes the packet it is about', () => {
  const quoted = `[${ENDS}LEN=28 ${IP}PROTO=UDP SPT=40000 DPT=161 LEN=8 ] `
  const line = `${HEAD}IN= OUT=eth0 SRC=10.0.0.5 DST=198.51.100.7 LEN=56 ${IP}PROTO=ICMP TYPE=3 CODE=3 ${quoted}`
  const about = { source: '198.51.100.7', destination: '10.0.0.5', transport: 'udp', destinationPort: 161 }
  expect(parseNetfilterLine(line, 0)!.packet).toMatchObject({ source: '10.0.0.5', icmp: { type: 3, code: 3, about } })
})

test.each([
  ['DROP INVALID ', false],
  ['[UFW BLOCK] ', false],
  ['FINAL_REJECT: ', false],
  ['', false],
  ['[UFW ALLOW] ', true],
  ['[UFW AUDIT] ', true],
  ['Shorewall:net-fw:ACCEPT:', true],
])('with the prefix %j it passed: %s', (prefix, passed) => {
  expect(parseNetfilterLine(`${HEAD}${prefix}${IN}${ENDS}LEN=20 ${IP}PROTO=2 `, 0)!.passed).toBe(passed)
})

test.each([
  '',
  'SRC=',
  'SRC=a DST=b PROTO=TCP',
  'SRC=1.2.3.4 DST=5.6.7.8',
  'SRC=1.2.3.4 DST=5.6.7.8 PROTO=FANCY',
  '-->SRC=<script> DST=x PROTO=6',
])('%j is none', (line) => {
  expect(parseNetfilterLine(line, 0)).toBeUndefined()
})
