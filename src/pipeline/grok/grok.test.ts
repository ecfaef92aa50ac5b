import { describe, expect, test } from 'vitest'
import { createGrok, parsePatterns, shippedPatterns } from './index.ts'

function captures(pattern: string, text: string, extra = ''): Record<string, unknown> | null {
  const patterns = new Map([...shippedPatterns(), ...parsePatterns(extra)])
  const found = createGrok(pattern, { patterns }).match(text)
  if (found === undefined) return null
  const result: Record<string, unknown> = {}
  for (const { capture, value } of found) {
    const before = result[capture.field.text]
    result[capture.field.text] = before === undefined ? value : [before, value].flat()
  }
  return result
}

const TCPDUMP =
  '2016-02-09 13:51:09.625253 IP 192.168.1.105.60805 > 192.168.1.1.80: Flags [S], seq 2127832187, win 29200, length 0'

describe('patterns', () => {
  test.each([
    [
      '%{TCPD_TIMESTAMP:timestamp} IP %{IP:src_ip}\\.%{INT:src_port} > %{IP:dst_ip}\\.%{INT:dst_port}(?<payload>[^$]+)',
      TCPDUMP,
      {
        timestamp: '2016-02-09 13:51:09.625253',
        src_ip: '192.168.1.105',
        src_port: '60805',
        dst_ip: '192.168.1.1',
        dst_port: '80',
        payload: ': Flags [S], seq 2127832187, win 29200, length 0',
      },
    ],
    [
      '%{SSH_AUTH_3}',
      'Nov 26 12:15:04 zeus sshd[19571]: Failed password for ciro from 10.0.4.23 port 57961 ssh2',
      { src_user: 'ciro', src_ip: '10.0.4.23', src_port: '57961', auth_type: 'ssh2' },
    ],
    [
      '%{SSH_AUTH_1}',
      'sshd[1]: Accepted publickey for root from fe80::1 port 22 ssh2: RSA SHA256:x',
      { src_user: 'root', src_ip: 'fe80::1', src_port: '22', auth_type: 'ssh2' },
    ],
    ['%{WORD:a:int} %{NUMBER:b:float} %{INT:[c][d]:int}', 'x 2.5 -7', { a: 0, b: 2.5, '[c][d]': -7 }],
    ['%{WORD:w} %{WORD:w}', 'one two', { w: ['one', 'two'] }],
    ['(?<@weird>\\w+)-(?<[x][y]>\\d+)', 'ab-12', { '@weird': 'ab', '[x][y]': '12' }],
    ['%{IP:ip}', 'from ::ffff:192.0.2.1 on', { ip: '::ffff:192.0.2.1' }],
    ['%{IPV6:ip}$', '2001:db8::8a2e:370:7334', { ip: '2001:db8::8a2e:370:7334' }],
    [
      '^%{SYSLOGLINE}',
      'Feb  9 13:51:09 zeus cron[12]: (root) CMD (true)',
      { timestamp: 'Feb  9 13:51:09', logsource: 'zeus', program: 'cron', pid: '12', message: '(root) CMD (true)' },
    ],
    [
      '%{COMBINEDAPACHELOG}',
      '192.0.2.1 - ann [10/Oct/2000:13:55:36 -0700] "GET /a.gif HTTP/1.0" 200 2326 "http://x/" "M 4.08"',
      {
        clientip: '192.0.2.1',
        ident: '-',
        auth: 'ann',
        timestamp: '10/Oct/2000:13:55:36 -0700',
        verb: 'GET',
        request: '/a.gif',
        httpversion: '1.0',
        response: '200',
        bytes: '2326',
        referrer: '"http://x/"',
        agent: '"M 4.08"',
      },
    ],
    ['%{TIMESTAMP_ISO8601:t}', 'at 2016-02-09T13:51:09.625+01:00.', { t: '2016-02-09T13:51:09.625+01:00' }],
    ['%{IPV4:ip}', '999.1.1.1', null],
    ['%{LOGLEVEL:l}', 'nothing', null],
  ])('%s', (pattern, text, expected) => {
    expect(captures(pattern, text)).toEqual(expected)
  })

  test('definitions of the user come first and may use ours', () => {
    expect(captures('%{MINE:x}', 'port 80', 'MINE port %{INT}')).toEqual({ x: 'port 80' })
  })

  test('an empty capture is left out', () => {
    expect(captures('%{DATA:a}b', 'b')).toEqual({})
  })
})

describe('refusals', () => {
  test.each([
    ['%{IPP:x}', 'pattern:1:1: pattern %{IPP} is not defined; did you mean "IP"?', ''],
    ['a %{LOOP}', 'pattern:1:3: pattern %{LOOP} refers to itself', 'LOOP x%{LOOP}'],
    ['%{INT:a:double}', "pattern:1:1: a capture's type must be int, float or string, got 'double'", ''],
    ['%{INT:[a}', "pattern:1:1: '[a' is not a valid field reference", ''],
  ])('%s', (pattern, message, extra) => {
    expect(() => captures(pattern, '', extra)).toThrow(message)
  })

  test('a regular expression that does not compile says so', () => {
    expect(() => captures('(unclosed', '')).toThrow(/^pattern:1:1: invalid regular expression in the pattern: /)
  })

  test('definitions that double do not fill the memory', () => {
    const lines = ['D0 xxxxxxxxxx', ...Array.from({ length: 40 }, (_, i) => `D${i + 1} %{D${i}}%{D${i}}`)]
    expect(() => captures('%{D40}', '', lines.join('\n'))).toThrow(/grows beyond/)
  })
})

test('every shipped pattern compiles, and none runs away on hostile lines', () => {
  const hostile = [
    '1'.repeat(5_000),
    'a.'.repeat(3_000),
    '::'.repeat(2_000),
    '/'.repeat(4_000),
    '"\\'.repeat(2_000),
    ' '.repeat(5_000),
    '1.1.1.'.repeat(1_000),
    'a@'.repeat(2_000),
  ]
  for (const name of shippedPatterns().keys()) {
    const grok = createGrok(`^%{${name}:x}\u0001$`)
    for (const line of hostile) expect(grok.match(line)).toBeUndefined()
  }
})
