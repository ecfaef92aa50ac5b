import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { mmdbDouble, writeMmdb } from '../../../test/mmdb-writer.ts'
import { temporaryFolder } from '../../../test/plugin-fixture.ts'
import { ManualClock } from '../../clock/index.ts'
import { nullLogger } from '../../diagnostic/index.ts'
import { GeoDatabases } from '../../enrich/index.ts'
import type { ValueObject } from '../../event/index.ts'
import type { Store } from '../../search/index.ts'
import { IngestDocument } from '../document.ts'
import { IngestPipelines } from '../pipelines.ts'

const CITY = {
  city: { names: { en: 'Lindau' } },
  continent: { code: 'EU', names: { en: 'Europe' } },
  country: { iso_code: 'DE', is_in_european_union: true, names: { en: 'Germany' } },
  location: { latitude: mmdbDouble(47.5), longitude: mmdbDouble(9.75), time_zone: 'Europe/Berlin' },
  subdivisions: [{ iso_code: 'BY', names: { en: 'Bavaria' } }],
}

describe('what files tell of a value', () => {
  const clock = new ManualClock()
  const folder = temporaryFolder()
  const dataPath = folder.path
  afterAll(() => folder[Symbol.dispose]())
  const pipelines = new IngestPipelines({} as Store, clock, new GeoDatabases(dataPath, clock, nullLogger))
  const run = (processor: object, source: object): unknown => {
    const pipeline = pipelines.compile('p', { processors: [processor] } as unknown as ValueObject)
    const document = new IngestDocument(source as ValueObject, {} as ValueObject, '')
    pipeline.run(document)
    return JSON.parse(JSON.stringify(document.source()))
  }
  const put = (name: string, type: string, networks: Parameters<typeof writeMmdb>[1]): void =>
    writeFileSync(join(dataPath, 'geoip', name), writeMmdb(type, networks))

  beforeAll(() => {
    mkdirSync(join(dataPath, 'geoip'))
    put('GeoLite2-City.mmdb', 'GeoLite2-City', { '192.0.2.0/24': CITY, '2001:db8::/32': { country: CITY.country } })
    const as = { autonomous_system_number: 64_500, autonomous_system_organization: 'Example' }
    put('own.mmdb', 'GeoLite2-ASN', { '192.0.2.0/24': as })
    put('other.mmdb', 'Rooms', { '192.0.2.0/24': { room: 1 } })
  })

  const PLACE = {
    continent_name: 'Europe',
    country_name: 'Germany',
    country_iso_code: 'DE',
    region_iso_code: 'DE-BY',
    region_name: 'Bavaria',
    city_name: 'Lindau',
    location: { lat: 47.5, lon: 9.75 },
  }
  test.each<[options: object, source: object, added: object]>([
    [{ field: 'ip' }, { ip: '192.0.2.7' }, { geoip: PLACE }],
    [{ field: 'ip' }, { ip: '198.51.100.1' }, {}],
    [{ field: 'ip', target_field: 'a.b' }, { ip: '192.0.2.7', a: { c: 1 } }, { a: { c: 1, b: PLACE } }],
    [{ field: 'ip' }, { ip: '2001:db8::1' }, { geoip: { country_name: 'Germany', country_iso_code: 'DE' } }],
    [
      { field: 'ip', properties: ['IP', 'timezone', 'country_in_european_union'] },
      { ip: '192.0.2.7' },
      { geoip: { ip: '192.0.2.7', timezone: 'Europe/Berlin', country_in_european_union: true } },
    ],
    [{ field: 'ip' }, { ip: ['198.51.100.1', '192.0.2.7'] }, { geoip: PLACE }],
    [{ field: 'ip', first_only: false }, { ip: ['198.51.100.1', '192.0.2.7'] }, { geoip: [null, PLACE] }],
    [{ field: 'ip', first_only: false }, { ip: ['198.51.100.1'] }, {}],
    [{ field: 'none', ignore_missing: true }, { ip: '192.0.2.7' }, {}],
    [
      { field: 'ip', database_file: 'own.mmdb' },
      { ip: '192.0.2.7' },
      { geoip: { ip: '192.0.2.7', asn: 64_500, organization_name: 'Example', network: '192.0.2.0/24' } },
    ],
    [
      { field: 'ip', database_file: 'away.mmdb' },
      { ip: '192.0.2.7' },
      { tags: ['_geoip_database_unavailable_away.mmdb'] },
    ],
    [
      { field: 'ip', database_file: '../geoip/own.mmdb' },
      { ip: '192.0.2.7' },
      { tags: ['_geoip_database_unavailable_../geoip/own.mmdb'] },
    ],
  ])('geoip %j of %j', (options, source, added) => {
    expect(run({ geoip: options }, source)).toEqual({ ...source, ...added })
  })

  test.each<[processor: object, source: object, reason: string]>([
    [{ geoip: { field: 'ip' } }, { ip: 'here' }, "'here' is not an IP string literal."],
    [{ geoip: { field: 'ip' } }, {}, 'field [ip] not present as part of path [ip]'],
    [{ geoip: { field: 'ip' } }, { ip: null }, 'field [ip] is null, cannot extract geoip information.'],
    [{ geoip: { field: 'ip' } }, { ip: 3 }, 'field [ip] should contain only string or array of strings'],
    [{ geoip: { field: 'ip' } }, { ip: ['192.0.2.7', 3] }, 'array in field [ip] should only contain strings'],
    [
      { geoip: { field: 'ip', properties: ['isp'] } },
      {},
      'illegal property value [isp]. valid values are [IP, CONTINENT',
    ],
    [{ geoip: { field: 'ip', database_file: 'other.mmdb' } }, {}, 'Unsupported database type [Rooms]'],
    [{ user_agent: { field: 'a' } }, { a: null }, 'field [a] is null, cannot parse user-agent.'],
    [{ user_agent: { field: 'a', properties: ['size'] } }, {}, 'illegal property value [size]'],
    [{ user_agent: { field: 'a', regex_file: 'own.yml' } }, {}, "regex file [own.yml] doesn't exist"],
    [
      { registered_domain: { field: 'a', ignore_missing: false } },
      { a: 'host.internal' },
      'unable to set domain information for document',
    ],
  ])('%j of %j fails', (processor, source, reason) => {
    expect(() => run(processor, source)).toThrow(reason)
  })

  test('a database that comes later is used within a minute, without a new pipeline', async () => {
    const processor = { geoip: { field: 'ip', database_file: 'late.mmdb', properties: ['network'] } }
    const unknown = { ip: '192.0.2.7', tags: ['_geoip_database_unavailable_late.mmdb'] }
    expect(run(processor, { ip: '192.0.2.7' })).toEqual(unknown)
    put('late.mmdb', 'GeoLite2-ASN', { '192.0.0.0/16': { autonomous_system_number: 1 } })
    expect(run(processor, { ip: '192.0.2.7' })).toEqual(unknown)
    await clock.advance(60_000)
    expect(run(processor, { ip: '192.0.2.7' })).toEqual({ ip: '192.0.2.7', geoip: { network: '192.0.0.0/16' } })
  })

  test.each<[options: object, added: object]>([
    [
      {},
      {
        user_agent: {
          name: 'Firefox',
          original: 'Mozilla/5.0 (Windows NT 10.0; rv:128.0) Gecko/20100101 Firefox/128.0',
          version: '128.0',
          os: { name: 'Windows', version: '10', full: 'Windows 10' },
          device: { name: 'Other' },
        },
      },
    ],
    [{ target_field: 'ua', properties: ['Name', 'os'] }, { ua: { name: 'Firefox', os: expect.anything() } }],
    [
      { properties: ['device'], extract_device_type: true },
      { user_agent: { device: { name: 'Other', type: 'Desktop' } } },
    ],
  ])('user_agent %j', (options, added) => {
    const a = 'Mozilla/5.0 (Windows NT 10.0; rv:128.0) Gecko/20100101 Firefox/128.0'
    expect(run({ user_agent: { field: 'a', ...options } }, { a })).toEqual({ a, ...added })
  })

  test.each([
    [
      'Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Mobile/15E148 Safari/604.1',
      'Tablet',
    ],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Mobile/15E148 Safari/604.1',
      'Phone',
    ],
    ['Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/126.0.0.0 Mobile Safari/537.36', 'Phone'],
    ['Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0', 'Desktop'],
    ['Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)', 'Robot'],
    ['curl/8.5.0', 'Other'],
  ])('the type of device of %s is %s', (a, type) => {
    const processor = { user_agent: { field: 'a', properties: ['device'], extract_device_type: true } }
    expect(run(processor, { a })).toMatchObject({ user_agent: { device: { type } } })
  })

  test.each<[name: string, added: object]>([
    ['www.example.ac.uk', { registered_domain: 'example.ac.uk', top_level_domain: 'ac.uk', subdomain: 'www' }],
    ['example.com', { registered_domain: 'example.com', top_level_domain: 'com' }],
    ['co.uk', { top_level_domain: 'co.uk' }],
  ])('registered_domain of %s', (name, added) => {
    const processor = { registered_domain: { field: 'h', target_field: 'url' } }
    expect(run(processor, { h: name })).toEqual({ h: name, url: { domain: name, ...added } })
  })

  test('community_id of ICMP whose type is not known', () => {
    const source = {
      network: { iana_number: '1' },
      source: { ip: '192.168.132.46' },
      destination: { ip: '172.24.177.29' },
    }
    const id = '1:tTzSWYTCd+HV5W2Q/cSW6AszABM='
    expect(run({ community_id: {} }, source)).toEqual({ ...source, network: { iana_number: '1', community_id: id } })
  })
})
