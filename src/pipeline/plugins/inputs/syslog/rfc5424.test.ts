import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseRfc5424 } from './rfc5424.ts'

const NOTHING = {
  timestamp: undefined,
  hostname: undefined,
  appName: undefined,
  procId: undefined,
  msgId: undefined,
  structuredData: undefined,
  message: '',
}

// The first four are the examples of RFC 5424, section 6.5.
test.each<[string, object]>([
  [
    "<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - \ufeff'su root' failed for lonvick on /dev/pts/8",
    {
      priority: 34,
      timestamp: '2003-10-11T22:14:15.003Z',
      hostname: 'mymachine.example.com',
      appName: 'su',
      msgId: 'ID47',
      message: "'su root' failed for lonvick on /dev/pts/8",
    },
  ],
  [
    "<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 myproc 8710 - - %% It's time to make the do-nuts.",
    {
      priority: 165,
      timestamp: '2003-08-24T05:14:15.000003-07:00',
      hostname: '192.0.2.1',
      appName: 'myproc',
      procId: '8710',
      message: "%% It's time to make the do-nuts.",
    },
  ],
  [
    '<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 [exampleSDID@32473 iut="3" eventSource="Application" eventID="1011"] \ufeffAn application event log entry...',
    {
      priority: 165,
      timestamp: '2003-10-11T22:14:15.003Z',
      hostname: 'mymachine.example.com',
      appName: 'evntslog',
      msgId: 'ID47',
      structuredData: { 'exampleSDID@32473': { iut: '3', eventSource: 'Application', eventID: '1011' } },
      message: 'An application event log entry...',
    },
  ],
  [
    '<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 [exampleSDID@32473 iut="3"][examplePriority@32473 class="high"]',
    {
      priority: 165,
      timestamp: '2003-10-11T22:14:15.003Z',
      hostname: 'mymachine.example.com',
      appName: 'evntslog',
      msgId: 'ID47',
      structuredData: { 'exampleSDID@32473': { iut: '3' }, 'examplePriority@32473': { class: 'high' } },
    },
  ],
  ['<0>1 - - - - - -', { priority: 0 }],
  ['<13>1 - - - - - - \n', { priority: 13, message: '' }],
  ['<13>1 - - - - - -  as rsyslog writes it\n', { priority: 13, message: 'as rsyslog writes it' }],
  [
    '<13>1 - h a 1 - [a x="q\\"b\\\\c\\]d\\n" x="2"][b] m',
    {
      priority: 13,
      hostname: 'h',
      appName: 'a',
      procId: '1',
      structuredData: { a: { x: ['q"b\\c]d\\n', '2'] }, b: {} },
      message: 'm',
    },
  ],
])('%s', (text, expected) => {
  expect(JSON.parse(JSON.stringify(parseRfc5424(text)))).toEqual(
    JSON.parse(JSON.stringify({ ...NOTHING, version: '1', ...expected })),
  )
})

test.each([
  '<34>Oct 11 22:14:15 mymachine su: failed',
  '<192>1 - - - - - -',
  '<13>0 - - - - - -',
  '<13>1 - - - - -',
  '<13>1 - - - - - -x',
  '<13>1 - - - - - [a x=1]',
  '<13>1 - - - - - [a x="1]',
  '<13>1 - - - - - [',
  '',
])('%s is none', (text) => {
  expect(parseRfc5424(text)).toBeUndefined()
})

test('no text stops it', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(parseRfc5424(`<13>1 - - - - - - ${text}`)?.message).toBe(
        text.replace(/^[\ufeff ]/, '').replace(/\r?\n$/, ''),
      )
      for (const start of ['', '<13>1 - - - - - ', '<13>1 - - - - - [a '])
        expect(() => parseRfc5424(start + text)).not.toThrow()
    }),
  )
})
