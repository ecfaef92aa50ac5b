import { expect, test } from 'vitest'
import { parseTcpdumpLine } from './tcpdump-line.ts'

const UNDATED = Date.UTC(2026, 10, 24, 9)
const SYN = 'Flags [S], seq 7, win 1024, options [mss 1460], length 0'

// As tcpdump 4.99 and 5 print them, its options in front.
test.each([
  ['-tttt', `2026-11-24 18:51:53.083154 IP 10.0.0.2.40000 > 10.0.0.1.22: ${SYN}`],
  ['--nano', `2026-11-24 18:51:53.083154000 IP 10.0.0.2.40000 > 10.0.0.1.22: ${SYN}`],
  ['-#', `    1  2026-11-24 18:51:53.083154 IP 10.0.0.2.40000 > 10.0.0.1.22: ${SYN}`],
  ['-tt', `1795546313.083154 IP 10.0.0.2.40000 > 10.0.0.1.22: ${SYN}`],
  [
    '-e',
    `2026-11-24 18:51:53.083154 96:75:60:e2:6f:3c > ce:03:db:29:ed:e6, ethertype IPv4 (0x0800), length 58: 10.0.0.2.40000 > 10.0.0.1.22: ${SYN}`,
  ],
  [
    '-e, two tags',
    `2026-11-24 18:51:53.083154 00:20:d2:5a:fb:3f > 00:80:ea:81:88:63, ethertype 802.1Q-QinQ (0x88a8), length 64: vlan 200, p 0, ethertype 802.1Q (0x8100), vlan 2001, p 0, ethertype IPv4 (0x0800), 10.0.0.2.40000 > 10.0.0.1.22: ${SYN}`,
  ],
  ['a tag', `2026-11-24 18:51:53.083154 vlan 5, p 0, ethertype IPv4, 10.0.0.2.40000 > 10.0.0.1.22: ${SYN}`],
  ['-i any', `2026-11-24 18:51:53.083154 eth0  In  IP 10.0.0.2.40000 > 10.0.0.1.22: ${SYN}`],
  [
    '-i any -e',
    `2026-11-24 18:51:53.083154 eth0  In  ifindex 2 96:75:60:e2:6f:3c ethertype IPv4 (0x0800), length 64: 10.0.0.2.40000 > 10.0.0.1.22: ${SYN}`,
  ],
  [
    '-e -i pflog0',
    `2026-11-24 18:51:53.083154 rule 3..16777216/0(match): block in on em0: 10.0.0.2.40000 > 10.0.0.1.22: ${SYN}`,
  ],
])('%s', (_, line) => {
  expect(parseTcpdumpLine(line)).toMatchObject({
    time: Date.UTC(2026, 10, 24, 18, 51, 53) + 83.154,
    source: '10.0.0.2',
    sourcePort: 40_000,
    destination: '10.0.0.1',
    destinationPort: 22,
    transport: 'tcp',
    flags: 2,
    sequence: 7,
    window: 1024,
    options: 'mss',
  })
})

test.each([
  ['no date', `18:51:53.083154 IP 10.0.0.2.40000 > 10.0.0.1.22: ${SYN}`, { time: UNDATED, destinationPort: 22 }],
  [
    'IPv6 with -e',
    `18:51:53.083154 96:75:60:e2:6f:3c > ce:03:db:29:ed:e6, ethertype IPv6 (0x86dd), length 78: fd77::2.40000 > fd77::1.22: ${SYN}`,
    { source: 'fd77::2', sourcePort: 40_000, destination: 'fd77::1', destinationPort: 22 },
  ],
  [
    'the flags of accurate ECN',
    '18:51:53.083154 IP 10.0.0.2.40000 > 10.0.0.1.22: Flags [SEWe], seq 1, win 65535, length 0',
    { flags: 2 | 64 | 128 },
  ],
  ['-q', '18:51:53.083154 IP 10.0.0.2.40000 > 10.0.0.1.22: tcp 0', { transport: 'tcp', flags: -1 }],
  [
    'ARP behind tags',
    '    1  2019-12-08 21:59:54.599412 00:20:d2:5a:fb:3f > ff:ff:ff:ff:ff:ff, ethertype 802.1Q-QinQ (0x88a8), length 64: vlan 200, p 0, ethertype 802.1Q (0x8100), vlan 2001, p 0, ethertype ARP (0x0806), Request who-has 172.21.79.100 tell 172.21.79.97, length 42',
    { transport: 'arp', source: '172.21.79.97', destination: '172.21.79.100' },
  ],
])('%s', (_, line, packet) => {
  expect(parseTcpdumpLine(line, UNDATED)).toMatchObject(packet)
})

test.each([
  '2026-11-24 18:51:53.083154 someone said: 10.0.0.2.40000 > 10.0.0.1.22: Flags [S], length 0',
  '18:51:53.083154 IP 10.0.0.2.40000 > 10.0.0.1.22: tcp 0',
  '2026-11-24 18:51:53.083154 IP (tos 0x0, ttl 64, id 0, offset 0, flags [DF], proto TCP (6), length 60)',
])('no packet, or none whose time is known: %s', (line) => {
  expect(parseTcpdumpLine(line)).toBeUndefined()
})
