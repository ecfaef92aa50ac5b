import { copyFileSync, existsSync, mkdirSync, renameSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ManualClock } from '../../../../clock/index.ts'
import { mmdbDouble, writeMmdb, type MmdbMap } from '../../../../../test/mmdb-writer.ts'
import { temporaryFolder } from '../../../../../test/plugin-fixture.ts'
import { filterFixture, runFilter } from '../../../../../test/filter-fixture.ts'

const en = (name: string): MmdbMap => ({ names: { en: name, de: `${name} (de)` } })

const MILTON: MmdbMap = {
  city: en('Milton'),
  continent: { code: 'NA', ...en('North America') },
  country: { iso_code: 'US', ...en('United States') },
  location: {
    latitude: mmdbDouble(47.2513),
    longitude: mmdbDouble(-122),
    metro_code: 819,
    time_zone: 'America/Los_Angeles',
  },
  postal: { code: '98354' },
  subdivisions: [
    { iso_code: 'XX', ...en('Nowhere') },
    { iso_code: 'WA', ...en('Washington') },
  ],
}

const FILES: Readonly<Record<string, [string, Readonly<Record<string, MmdbMap>>]>> = {
  city: [
    'GeoLite2-City',
    {
      '216.160.83.56/29': MILTON,
      '2607:f0d0:1002::/48': { ...MILTON, city: en('Dallas') },
      '10.0.0.0/8': { country: { iso_code: 'ZZ' } },
    },
  ],
  country: ['GeoLite2-Country', { '2a02:d5c0::/29': { country: { iso_code: 'ES', ...en('Spain') } } }],
  asn: [
    'GeoLite2-ASN',
    { '12.81.92.0/22': { autonomous_system_number: 7018, autonomous_system_organization: 'AT&T Services' } },
  ],
  isp: [
    'GeoIP2-ISP',
    { '1.128.0.0/11': { autonomous_system_number: 1221, isp: 'Telstra Internet', organization: 'Telstra' } },
  ],
  domain: ['GeoIP2-Domain', { '1.2.0.0/16': { domain: 'maxmind.com' }, '1.3.0.0/16': {} }],
  enterprise: [
    'GeoIP2-Enterprise',
    { '74.209.16.0/20': { ...MILTON, traits: { autonomous_system_number: 14_671, is_hosting_provider: true } } },
  ],
  anonymous: ['GeoIP2-Anonymous-IP', { '81.2.69.0/24': { is_anonymous: true, is_tor_exit_node: true } }],
  connection: ['GeoIP2-Connection-Type', { '1.0.0.0/8': { connection_type: 'Corporate' } }],
}

const folder = temporaryFolder()
const file = (name: string): string => join(folder.path, `${name}.mmdb`)
beforeAll(() => {
  for (const [name, [kind, networks]] of Object.entries(FILES)) writeFileSync(file(name), writeMmdb(kind, networks))
})
afterAll(() => folder[Symbol.dispose]())

const CITY = {
  city_name: 'Milton',
  country_name: 'United States',
  continent_code: 'NA',
  country_code2: 'US',
  country_code3: 'US',
  ip: '216.160.83.58',
  postal_code: '98354',
  dma_code: 819,
  region_name: 'Washington',
  region_code: 'WA',
  timezone: 'America/Los_Angeles',
  location: { lat: 47.2513, lon: -122 },
  latitude: 47.2513,
  longitude: -122,
}
const FAILED = { tags: ['_geoip_lookup_failure'] }

describe('geoip', () => {
  test.each<[database: string, config: string, event: object, added: object]>([
    ['city', 'source => "ip"', { ip: '216.160.83.58' }, { geoip: CITY }],
    ['city', 'source => "ip"', { ip: ['216.160.83.58', '127.0.0.1'] }, { geoip: CITY }],
    [
      'city',
      'source => "[client][ip]" ecs_compatibility => v8',
      { client: { ip: '216.160.83.58' } },
      {
        client: {
          ip: '216.160.83.58',
          geo: {
            city_name: 'Milton',
            country_name: 'United States',
            continent_code: 'NA',
            country_iso_code: 'US',
            postal_code: '98354',
            region_name: 'Washington',
            region_iso_code: 'US-WA',
            timezone: 'America/Los_Angeles',
            location: { lat: 47.2513, lon: -122 },
          },
          mmdb: { dma_code: 819 },
        },
      },
    ],
    [
      'city',
      'source => "ip" target => "[host]" fields => ["continent_code", "ip", "CONTINENT_NAME"]',
      { ip: '2607:f0d0:1002:51::4' },
      { host: { continent_code: 'NA', continent_name: 'North America', ip: '2607:f0d0:1002:51:0:0:0:4' } },
    ],
    ['city', 'source => "ip" fields => ["ip"]', { ip: '::ffff:216.160.83.58' }, { geoip: { ip: '216.160.83.58' } }],
    [
      'city',
      'source => "ip" target => "server" fields => ["latitude"] ecs_compatibility => v1',
      { ip: '216.160.83.58' },
      { server: { geo: { location: { lat: 47.2513 } } } },
    ],
    [
      'city',
      'source => "ip" target => "server" fields => ["country_code3", "region_code"] ecs_compatibility => v1',
      { ip: '216.160.83.58' },
      { server: { geo: { region_code: 'WA' } } },
    ],
    ['city', 'source => "ip"', { ip: '10.1.1.1' }, { geoip: {}, ...FAILED }],
    ['city', 'source => "ip"', { ip: '127.0.0.1' }, { geoip: {}, ...FAILED }],
    ['city', 'source => "ip"', { ip: '-' }, { geoip: {}, ...FAILED }],
    ['city', 'source => "ip"', { ip: 'N/A' }, { geoip: {}, ...FAILED }],
    ['city', 'source => "ip"', { ip: '123.45.67.89,61.160.232.222' }, { geoip: {}, ...FAILED }],
    ['city', 'source => "ip"', { ip: '' }, FAILED],
    ['city', 'source => "ip"', { ip: '   ' }, FAILED],
    ['city', 'source => "ip"', {}, FAILED],
    ['city', 'source => "ip"', { ip: 7 }, FAILED],
    ['city', 'source => "ip" tag_on_failure => []', { ip: '::1' }, { geoip: {} }],
    ['city', 'source => "ip" tag_on_failure => ["a", "b"]', { ip: '::1' }, { geoip: {}, tags: ['a', 'b'] }],
    ['city', 'source => "ip" add_tag => "found" fields => ip', { ip: '::1' }, { geoip: {}, ...FAILED }],
    [
      'city',
      'source => "ip" add_field => { "where" => "%{[geoip][city_name]}" } fields => ["city_name"]',
      { ip: '216.160.83.58' },
      { geoip: { city_name: 'Milton' }, where: 'Milton' },
    ],
    [
      'country',
      'source => "ip"',
      { ip: '2a02:d5c0:0:0:0:0:0:0' },
      { geoip: { country_name: 'Spain', country_code2: 'ES', ip: '2a02:d5c0:0:0:0:0:0:0' } },
    ],
    [
      'asn',
      'source => "ip" target => "source" ecs_compatibility => v8',
      { ip: '12.81.92.1' },
      { source: { as: { number: 7018, organization: { name: 'AT&T Services' } }, ip: '12.81.92.1' } },
    ],
    [
      'asn',
      'source => "ip" fields => ["autonomous_system_number", "network"]',
      { ip: '12.81.93.1' },
      { geoip: { asn: 7018, network: '12.81.92.0/22' } },
    ],
    ['asn', 'source => "ip" fields => ["as_org"]', { ip: '12.81.92.1' }, { geoip: { as_org: 'AT&T Services' } }],
    [
      'isp',
      'source => "ip" target => "client" ecs_compatibility => v8',
      { ip: '1.128.0.1' },
      {
        client: {
          as: { number: 1221 },
          ip: '1.128.0.1',
          mmdb: { isp: 'Telstra Internet', organization: 'Telstra' },
        },
      },
    ],
    ['domain', 'source => "ip"', { ip: '1.2.0.1' }, { geoip: { domain: 'maxmind.com' } }],
    ['domain', 'source => "ip" add_tag => "x"', { ip: '1.3.0.1' }, { geoip: { domain: null }, tags: ['x'] }],
    [
      'enterprise',
      'source => "ip" fields => ["network", "autonomous_system_number", "hosting_provider", "anonymous", "timezone"]',
      { ip: '74.209.24.1' },
      {
        geoip: {
          asn: 14_671,
          timezone: 'America/Los_Angeles',
          network: '74.209.16.0/20',
          hosting_provider: true,
          anonymous: false,
        },
      },
    ],
    [
      'anonymous',
      'source => "ip" target => "source" ecs_compatibility => v8',
      { ip: '81.2.69.1' },
      {
        source: {
          ip_traits: {
            hosting_provider: false,
            tor_exit_node: true,
            anonymous_vpn: false,
            anonymous: true,
            public_proxy: false,
            residential_proxy: false,
          },
        },
      },
    ],
  ])('%s: geoip { %s } of %j', async (database, config, event, added) => {
    expect(await runFilter(`geoip { database => "${file(database)}" ${config} }`, event)).toEqual({
      ...event,
      ...added,
    })
  })

  test.each([
    ['source => "ip" database => "/nonexistent.mmdb"', /'database' names \/nonexistent\.mmdb, which cannot be read/],
    [
      `source => "ip" database => "${import.meta.filename}"`,
      /which cannot be read: it is not in the MaxMind DB format/,
    ],
    [`source => "ip" database => "CONNECTION"`, /its type 'GeoIP2-Connection-Type' is none of those that geoip knows/],
    ['source => "ip" ecs_compatibility => v8', /'source => "ip"' needs 'target'/],
    ['source => "[ip]" ecs_compatibility => v8', /'source => "\[ip\]"' needs 'target'/],
    ['source => "ip" fields => ["planet"]', /'fields' must be a list in which each value is one of autonomous/],
  ])('geoip { %s } is refused', async (config, message) => {
    await expect(runFilter(`geoip { ${config.replace('CONNECTION', file('connection'))} }`, {})).rejects.toThrow(
      message,
    )
  })

  test('a database in path.data is used where none is named', async () => {
    using data = temporaryFolder()
    mkdirSync(join(data.path, 'geoip'))
    copyFileSync(file('asn'), join(data.path, 'geoip', 'GeoLite2-ASN.mmdb'))
    const config = 'geoip { source => "ip" default_database_type => "ASN" fields => "asn" }'
    expect(await runFilter(config, { ip: '12.81.92.1' }, { dataPath: data.path })).toMatchObject({
      geoip: { asn: 7018 },
    })
  })

  test.skipIf(existsSync('/var/lib/GeoIP') || existsSync('/usr/share/GeoIP'))(
    'without any database, that is said and every event tagged',
    async () => {
      const none = filterFixture('geoip { source => "ip" }', { dataPath: '/data' })
      expect(await none.run({ ip: '1.1.1.1' })).toEqual([{ ip: '1.1.1.1', tags: ['_geoip_expired_database'] }])
      expect(none.notices).toEqual([expect.stringContaining('/data/geoip/GeoLite2-City.mmdb')])
    },
  )

  test('a file that is replaced is read again; one that is no database changes nothing', async () => {
    const clock = new ManualClock()
    const path = join(folder.path, 'replaced.mmdb')
    copyFileSync(file('country'), path)
    const filter = filterFixture(`geoip { source => "ip" database => "${path}" fields => "country_name" }`, { clock })
    const where = async (): Promise<unknown> => (await filter.run({ ip: '2a02:d5c0::1' }))[0]!['geoip']
    expect(await where()).toEqual({ country_name: 'Spain' })
    writeFileSync(`${path}.new`, writeMmdb('GeoLite2-Country', { '2a02::/16': { country: en('España') } }))
    renameSync(`${path}.new`, path)
    expect(await where()).toEqual({ country_name: 'Spain' })
    await clock.advance(60_000)
    expect(await where()).toEqual({ country_name: 'España' })
    writeFileSync(path, 'no database')
    utimesSync(path, 1, 1)
    await clock.advance(60_000)
    expect(await where()).toEqual({ country_name: 'España' })
    expect(filter.log).toContain('warn: the database could not be read again; the old one stays')
  })
})
