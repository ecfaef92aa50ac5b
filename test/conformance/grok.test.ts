import { describe, expect, test } from 'vitest'
import { stringifyJson } from '../../src/event/index.ts'
import { createGrok } from '../../src/pipeline/grok/index.ts'
import { sharedOpenSearch } from '../engines/index.ts'

/** Texts that the single patterns are tried on, each on all. */
const TEXTS = [
  '',
  'a',
  'Z9_',
  '-12',
  '+3.5',
  '.5',
  '1.',
  '1.2.3',
  '0x1F',
  'deadBEEF',
  '007',
  '0',
  'x 42 y',
  '  spaced  out ',
  'tab\tand\vtab',
  '"quoted \\" text" rest',
  "'single'",
  '`back`',
  '""',
  '\\"escaped"',
  'no "end',
  'é über',
  'user.name-1_x',
  'me+tag@mail.example.org',
  '@x',
  '550e8400-e29b-41d4-a716-446655440000',
  'urn:isbn:0451450523',
  'urn:x:%41b',
  '00:1A:2b:3C:4d:5E',
  '00-1A-2B-3C-4D-5E',
  '001a.2b3c.4d5e',
  '1.2.3.4',
  '255.255.255.255',
  '256.1.1.1',
  '1.2.3.4.5678',
  '01.002.3.4',
  '999.1.2.3.4',
  '::',
  '::1',
  'fe80::1',
  '2001:db8:0:0:0:0:2:1',
  '2001:db8::2:1',
  '1:2:3:4:5:6:7::',
  '::ffff:1.2.3.4',
  '1:2:3:4:5:6:1.2.3.4',
  '12:34:56',
  ':::',
  'fe80::1.5353',
  '64:ff9b::192.0.2.33',
  'host',
  'host.example.org',
  'host.example.org.',
  '-bad.example',
  'a..b',
  'my-host:8080',
  '[::1]:80',
  '10.0.0.1:22',
  'host:0',
  '/usr/local/bin/x',
  '/',
  '/tmp/a b',
  'C:\\Windows\\System32',
  '\\\\server\\share',
  '/dev/pts/3',
  '/dev/tty1',
  '/dev/ttyp0',
  'http://user:pw@example.org:8080/path/x?q=1&r[]=2#f',
  'ftp://host',
  'mailto:x',
  '/p/a/t/h?x=y',
  '?a=b',
  'Jan',
  'March',
  'Mai',
  'Mär',
  'Dez 24',
  'oct',
  'sept',
  'Mayday',
  'Monday',
  'Tue',
  'thu',
  '0',
  '1',
  '9',
  '12',
  '13',
  '31',
  '32',
  '00',
  '1999',
  '99',
  '199',
  '19999',
  '23:59:60',
  '24:00:00',
  '1:2:3',
  '12:34',
  '12:34:56.789',
  '12:34:56,7',
  '23:59:59:1',
  '112:34:56',
  '2024-02-29T12:34:56.789Z',
  '2024-02-29 12:34:56,789+01:00',
  '2024-2-9T01:02',
  '2024-02-29T1234+0100',
  '2024-02-29 12:34:56',
  '02/29/2024',
  '29.02.2024',
  '29-02-24',
  '29/02/2024-12:34:56',
  '02/03/04 05:06:07',
  'PST',
  'CEST',
  'UTC',
  'Mon Jan 02 2006 15:04:05 MST',
  'Mon, 02 Jan 2006 15:04:05 +0100',
  'Mon Jan 02 15:04:05 EST 2006',
  '20240229123456',
  'Nov 26 12:15:04',
  'Nov  6 12:15:04',
  '17/May/2015:10:05:03 +0000',
  'Fri Nov 16 12:13:14 2012',
  'sshd[19571]:',
  'postfix/smtpd[1]',
  'kernel:',
  '<4.6>',
  '<13>',
  'ERROR',
  'error',
  'Warning',
  'WARN',
  'info',
  'Severe',
  'EMERGENCY',
  'debugging',
  'critical',
  'nOtice',
]

const SINGLE = [
  'USERNAME',
  'USER',
  'INT',
  'BASE10NUM',
  'NUMBER',
  'BASE16NUM',
  'BASE16FLOAT',
  'POSINT',
  'NONNEGINT',
  'WORD',
  'NOTSPACE',
  'SPACE',
  'DATA',
  'GREEDYDATA',
  'QUOTEDSTRING',
  'QS',
  'UUID',
  'MAC',
  'CISCOMAC',
  'WINDOWSMAC',
  'COMMONMAC',
  'IPV6',
  'IPV4',
  'IP',
  'HOSTNAME',
  'IPORHOST',
  'HOSTPORT',
  'PATH',
  'UNIXPATH',
  'TTY',
  'WINPATH',
  'URIPROTO',
  'URIHOST',
  'URIPATH',
  'URIPARAM',
  'URIPATHPARAM',
  'URI',
  'MONTH',
  'MONTHNUM',
  'MONTHNUM2',
  'MONTHDAY',
  'DAY',
  'YEAR',
  'HOUR',
  'MINUTE',
  'SECOND',
  'TIME',
  'DATE_US',
  'DATE_EU',
  'ISO8601_TIMEZONE',
  'ISO8601_SECOND',
  'TIMESTAMP_ISO8601',
  'DATE',
  'DATESTAMP',
  'TZ',
  'DATESTAMP_RFC822',
  'DATESTAMP_RFC2822',
  'DATESTAMP_OTHER',
  'DATESTAMP_EVENTLOG',
  'SYSLOGTIMESTAMP',
  'PROG',
  'SYSLOGPROG',
  'SYSLOGHOST',
  'SYSLOGFACILITY',
  'HTTPDATE',
  'LOGLEVEL',
  'EMAILLOCALPART',
  'EMAILADDRESS',
]

const WHOLE: readonly (readonly [string, readonly string[]])[] = [
  [
    '%{COMBINEDAPACHELOG}',
    [
      '83.149.9.216 - - [17/May/2015:10:05:03 +0000] "GET /a/b.png?x=1 HTTP/1.1" 200 203023 "http://semicomplete.com/" "Mozilla/5.0 (Macintosh)"',
      'host.example.org - frank [10/Oct/2000:13:55:36 -0700] "BAD" 400 - "-" "-"',
      '::1 me@example.org - [10/Oct/2000:13:55:36 -0700] "POST /x" 500 7 "a \\" b" ""',
    ],
  ],
  [
    '%{SYSLOGLINE}',
    [
      'Nov 26 12:15:04 zeus sshd[19571]: Failed password for ciro',
      'Nov 26 12:15:04 zeus no program here',
      '2024-01-02T03:04:05Z h p: x',
    ],
  ],
  ['%{SYSLOGBASE}', ['Nov 26 12:15:04 zeus sshd[19571]: Failed', 'Nov  6 12:15:04 <4.6> 10.0.0.1 cron: x']],
  [
    '%{SYSLOG5424LINE}',
    [
      '<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - failed for lonvick',
      '<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 myproc 8710 - [ex@1 a="1"][b@2 c="]"] text',
    ],
  ],
  ['%{CRONLOG}', ['Nov 26 12:15:04 zeus CRON[12]: (root) CMD (run-parts /etc)']],
  [
    '%{SYSLOGPAMSESSION}',
    ['Nov 26 12:15:04 zeus sshd[1]: pam_unix(sshd:session): session opened for user root by (uid=0)'],
  ],
  ['^(?<a>\\w+)(?:-(?<b>\\d+))?%{SPACE}%{WORD:c}', ['x-1 y', 'x y', 'é z', 'x\ny']],
  ['%{INT:n:int} %{NUMBER:f:float} %{WORD:w}', ['1 2.5 x', '-7 3 y', 'x']],
  [
    '%{IP:a}\\.%{INT:p} > %{IP:b}\\.%{INT:q}(?<r>[^$]+)',
    ['1.2.3.4.5 > 6.7.8.9.10: Flags [S]', 'fe80::1.5 > ff02::2.6: x'],
  ],
  ['(?>a+)b%{DATA:x}$', ['aab', 'aaab tail', 'aac']],
  ['%{WORD:first}[[:space:]]+\\h+%{WORD:second}', ['x fz', 'x  0a1z']],
]

// Logstash's dot matches a newline and OpenSearch's does not, a zone of IPv6 (`fe80::1%eth0`) is in ours the name alone, and
// hours of one digit in TIMESTAMP_ISO8601 are Logstash's: no text here has them.
const { engine, skipReason } = await sharedOpenSearch()

async function simulate(pattern: string, texts: readonly string[]): Promise<(Record<string, unknown> | null)[]> {
  const response = await fetch(`${engine!.url}/_ingest/pipeline/_simulate`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      pipeline: { processors: [{ grok: { field: '_text', patterns: [pattern] } }] },
      docs: texts.map((text) => ({ _source: { _text: text } })),
    }),
  })
  const { docs } = (await response.json()) as { docs: { doc?: { _source: Record<string, unknown> } }[] }
  return docs.map(({ doc }) => {
    if (doc === undefined) return null
    const { _text, ...fields } = doc._source
    // Logstash leaves empty captures out, and this is Logstash's grok.
    return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== '' && value !== null))
  })
}

const grok = createGrok()

function ours(pattern: string, texts: readonly string[]): unknown[] {
  const compiled = grok.compile(pattern)
  return texts.map((text) => JSON.parse(stringifyJson(compiled.match(text))) as unknown)
}

describe.skipIf(engine === undefined)(
  `grok agrees with OpenSearch${skipReason === undefined ? '' : ` (${skipReason})`}`,
  () => {
    test.each(SINGLE)('%s wherever it is in a text', async (name) => {
      const pattern = `%{${name}:x}`
      const theirs = await simulate(pattern, TEXTS)
      const both = (results: readonly unknown[]): unknown[] => TEXTS.map((text, i) => [text, results[i]])
      expect(both(ours(pattern, TEXTS))).toEqual(both(theirs))
    })

    test.each(SINGLE)('%s as a whole text', async (name) => {
      const pattern = `\\A(?<x>%{${name}})\\z`
      const theirs = await simulate(pattern, TEXTS)
      const both = (results: readonly unknown[]): unknown[] => TEXTS.map((text, i) => [text, results[i]])
      expect(both(ours(pattern, TEXTS))).toEqual(both(theirs))
    })

    test.each(WHOLE)('%s', async (pattern, texts) => {
      expect(ours(pattern, texts)).toEqual(await simulate(pattern, texts))
    })
  },
)
