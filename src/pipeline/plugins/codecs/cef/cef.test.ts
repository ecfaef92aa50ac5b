import { describe, expect, test } from 'vitest'
import { makeCodec } from '../../../../../test/plugin-fixture.ts'
import { ManualClock } from '../../../../clock/index.ts'
import { Event, toValue, type ValueObject } from '../../../../event/index.ts'
import type { FixtureOptions } from '../../../../../test/plugin-fixture.ts'

function read(text: string, options: Record<string, string | boolean> = {}, fixture: FixtureOptions = {}) {
  const decoder = makeCodec('cef', options, fixture).decoder()
  return [...decoder.decode(Buffer.from(text)), ...decoder.flush()].map((event) => {
    const { '@version': _version, ...fields } = JSON.parse(event.toJson()) as Record<string, unknown>
    return fields
  })
}

const HEAD = 'CEF:0|security|threatmanager|1.0|100|trojan successfully stopped|10|'

describe('what an extension says', () => {
  test.each([
    ['src=10.0.0.192 dst=12.121.122.82 spt=1232', { sourceAddress: '10.0.0.192', sourcePort: '1232' }],
    ['moo=this\\|has an escaped pipe', { moo: 'this\\|has an escaped pipe' }],
    ['moo=this|has an pipe', { moo: 'this|has an pipe' }],
    ['moo=this \\=has \\= equals\\=', { moo: 'this =has = equals=' }],
    ['moo=a \\\\= b', { moo: 'a \\= b' }],
    ['moo=one\\ntwo\\rthree', { moo: 'one\ntwo\rthree' }],
    ['msg=a  lot of   space  act=x', { message: 'a  lot of   space', deviceAction: 'x' }],
    ['cs1= cs1Label=Foo Bar', { deviceCustomString1: '', deviceCustomString1Label: 'Foo Bar' }],
    ['ad.field[0]=1 ad.name[1]=two ad.Error_,Code=3', { 'ad.Error_,Code': '3' }],
    ['foo[0]=bar', { foo: { '0': 'bar' } }],
    ["request='https://x/y?a=b' requestClientApplication='Foo; =Email:u@e.com; Guid:t=' act=z", { deviceAction: 'z' }],
    ['dlat=1.5 slong=2 dtz=CET', { destinationGeoLatitude: '1.5', sourceGeoLongitude: '2', deviceTimeZone: 'CET' }],
    ['destinationLatitude=1.5', { destinationLatitude: '1.5' }],
    ['reason=why outcome=ok rt=Sep 07 2018 14:50:39', { Reason: 'why', deviceReceiptTime: 'Sep 07 2018 14:50:39' }],
    [' src=1.1.1.1', { sourceAddress: '1.1.1.1' }],
    ['no pairs here', {}],
    ['c6a15=::1 cn15Label=n', { deviceCustomIPv6Address15: '::1', deviceCustomNumber15Label: 'n' }],
  ])('%s', (extension, expected) => {
    expect(read(HEAD + extension)[0]).toMatchObject({ cefVersion: '0', severity: '10', ...expected })
  })
})

describe('what a header says', () => {
  test.each([
    ['CEF:0|a\\|b|c\\\\|1|2|3|4|', { deviceVendor: 'a|b', deviceProduct: 'c\\', severity: '4' }],
    ['CEF:0|||1.0|100|n|10|src=1.1.1.1', { deviceVendor: '', deviceProduct: '', sourceAddress: '1.1.1.1' }],
    ['Syslogdate Sysloghost CEF:0|a|b|c|d|e|f|', { syslog: 'Syslogdate Sysloghost', cefVersion: '0' }],
    ['"CEF:0|a|b|c|d|e|f|src=1.1.1.1"', { deviceVendor: 'a', sourceAddress: '1.1.1.1' }],
    ['CEF:0|a|b=c|d|e|f|1|', { deviceProduct: 'b=c' }],
  ])('%s', (text, expected) => {
    expect(read(text)[0]).toMatchObject(expected)
  })

  test.each(['', 'no cef', '0|a|b|c|d|e|f|', 'XCEF:0|a|b|c|d|e|f|', '{"a":1}'])('%j is no CEF', (text) => {
    expect(read(text)[0]).toMatchObject({ message: text, tags: ['_cefparsefailure'] })
  })

  test('bytes that are no UTF-8 are a failure, and shown', () => {
    const [event] = makeCodec('cef')
      .decoder()
      .decode(Buffer.concat([Buffer.from('CEF:0|a|b|c|d|e|f|msg='), Buffer.from([0xc3, 0x28])]))
    expect(event!.data['tags']).toEqual(['_cefparsefailure'])
    expect(event!.data['message']).toBe('CEF:0|a|b|c|d|e|f|msg=\\xC3(')
  })
})

describe('under ECS', () => {
  const now = Date.UTC(2026, 4, 12, 12)
  const ecs = (extension: string, options = {}): Record<string, unknown> =>
    read(HEAD + extension, options, { ecs: 'v8', clock: new ManualClock(now) })[0]!

  test.each([
    ['dvchost=x dvc=1.2.3.4 deviceExternalId=7', {}, { observer: { hostname: 'x', ip: '1.2.3.4', name: '7' } }],
    ['dvchost=x dvcmac=m', { device: 'host' }, { host: { name: 'x', mac: 'm' } }],
    ['request=http://a duser=root out=5', {}, { url: { original: 'http://a' }, destination: { bytes: '5' } }],
    ['sourceLongitude=2.5', {}, { source: { geo: { location: { lon: '2.5' } } } }],
    ['sourceAddress=1.1.1.1 unknownKey=y', {}, { source: { ip: '1.1.1.1' }, unknownKey: 'y' }],
    ['cfp15=1.5', {}, { cef: { device_custom_floating_point_15: { value: '1.5' } } }],
    ['fileHash=abc oldFileHash=def', {}, { file: { hash: 'abc' }, cef: { old_file: { hash: 'def' } } }],
    ['rt=May 12 2026 10:00:00 UTC', {}, { '@timestamp': '2026-05-12T10:00:00.000Z' }],
    ['rt=May 12 2026 10:00:00.250 dtz=-08:00', {}, { '@timestamp': '2026-05-12T18:00:00.250Z' }],
    ['start=May 13 10:00:00', { default_timezone: 'UTC' }, { event: { start: '2026-05-13T10:00:00.000Z' } }],
    ['end=May 15 10:00:00', { default_timezone: 'UTC' }, { event: { end: '2025-05-15T10:00:00.000Z' } }],
    ['art=1500000000000', {}, { event: { created: '2017-07-14T02:40:00.000Z' } }],
    [
      'rt=Mai 12 2026 10:00:00',
      { locale: 'de_DE', default_timezone: 'UTC' },
      { '@timestamp': '2026-05-12T10:00:00.000Z' },
    ],
    ['rt=Jul 12 2026 10:00:00 JST', {}, { '@timestamp': '2026-07-12T01:00:00.000Z' }],
    ['rt=Jan 12 2026 10:00:00 PST', {}, { '@timestamp': '2026-01-12T18:00:00.000Z' }],
  ])('%s %j', (extension, options, expected) => {
    expect(ecs(extension, options)).toMatchObject(expected)
  })

  test('a time that is none fails the event', () => {
    expect(ecs('rt=yesterday')).toMatchObject({ message: `${HEAD}rt=yesterday`, tags: ['_cefparsefailure'] })
  })

  test('on the last day of a year, January is the next one', () => {
    const clock = new ManualClock(Date.UTC(2026, 11, 31, 23))
    const [event] = read(`${HEAD}rt=Jan 01 00:10:00`, { default_timezone: 'UTC' }, { ecs: 'v1', clock })
    expect(event!['@timestamp']).toBe('2027-01-01T00:10:00.000Z')
  })
})

test('a delimiter in its written form, over chunks, and the rest at the end', () => {
  const decoder = makeCodec('cef', { delimiter: '\\r\\n' }).decoder()
  const events = [`${HEAD}cn1=1\r`, `\n${HEAD}cn1=2\r\n${HEAD}`, 'cn1=3'].flatMap((chunk) =>
    decoder.decode(Buffer.from(chunk)),
  )
  expect([...events, ...decoder.flush()].map(({ data }) => data['deviceCustomNumber1'])).toEqual(['1', '2', '3'])
})

test('the text as it came', () => {
  expect(read(`${HEAD}a=b`, { raw_data_field: '[raw][cef]' })[0]).toMatchObject({ raw: { cef: `${HEAD}a=b` } })
})

describe('written', () => {
  const event = Event.at(0, toValue({ vendor: 'a|b\\c', foo: 'x=y\\z\r\n', src: '1.1.1.1', sev: '11' }) as ValueObject)
  event.data['source'] = toValue({ ip: '1.1.1.1' })
  event.data['list'] = toValue(['a', 1])
  const write = (options: Record<string, string | boolean | string[]>, ecs: 'disabled' | 'v8' = 'disabled') =>
    String(makeCodec('cef', options, { ecs }).encode(event))

  test.each([
    [{}, 'CEF:0|Elasticsearch|Logstash|1.0|Logstash|Logstash|6|'],
    [{ vendor: '%{vendor}', severity: '%{sev}' }, 'CEF:0|a\\|b\\\\c|Logstash|1.0|Logstash|Logstash|6|'],
    [{ vendor: '', severity: '5.0' }, 'CEF:0|Elasticsearch|Logstash|1.0|Logstash|Logstash|5|'],
    [{ fields: ['foo', 'gone', 'list'] }, '|foo=x\\=y\\\\z\\n list=["a",1]'],
    [{ fields: ['src'], delimiter: '\\n' }, '|src=1.1.1.1\n'],
    [{ fields: ['@timestamp'] }, '|timestamp=1970-01-01T00:00:00.000Z'],
  ])('%j', (options, expected) => {
    expect(write(options).endsWith(expected)).toBe(true)
  })

  test('full names become short keys', () => {
    event.data['sourceAddress'] = '2.2.2.2'
    expect(write({ fields: ['sourceAddress'], reverse_mapping: true })).toMatch(/\|src=2\.2\.2\.2$/)
    expect(write({ fields: ['[source][ip]'] }, 'v8')).toMatch(/\|sourceAddress=1\.1\.1\.1$/)
    expect(write({ fields: ['[source][ip]'], reverse_mapping: true }, 'v8')).toMatch(/\|src=1\.1\.1\.1$/)
  })
})

test('a megabyte of one word, of equals signs and of dots is read in no time', () => {
  for (const unit of ['a', '=', 'a.', 'a=', ' a=', '[0]', `${'a'.repeat(1000)}-=`, `${'a.'.repeat(500)}|=`])
    expect(read(HEAD + unit.repeat(1_000_000 / unit.length))).toHaveLength(1)
})
