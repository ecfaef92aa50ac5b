import { ANONYMITY, type GeoFact } from '../../../../enrich/index.ts'

export interface GeoField {
  /** Where it goes with the names of Logstash 7 and before, below the target. */
  readonly legacy: string
  /** Where it goes with the names of ECS; null where ECS has no such field. */
  readonly ecs: string | null
  readonly fact: GeoFact
  /** Written where the file does not say; without it nothing is. */
  readonly missing?: null
}

/** Every field of the plugin's reference, in the order in which they are written into an event. */
export const GEO_FIELDS = {
  autonomous_system_number: { legacy: '[asn]', ecs: '[as][number]', fact: 'autonomous_system_number' },
  autonomous_system_organization: {
    legacy: '[as_org]',
    ecs: '[as][organization][name]',
    fact: 'autonomous_system_organization',
  },
  city_name: { legacy: '[city_name]', ecs: '[geo][city_name]', fact: 'city_name' },
  country_name: { legacy: '[country_name]', ecs: '[geo][country_name]', fact: 'country_name' },
  continent_code: { legacy: '[continent_code]', ecs: '[geo][continent_code]', fact: 'continent_code' },
  continent_name: { legacy: '[continent_name]', ecs: '[geo][continent_name]', fact: 'continent_name' },
  country_code2: { legacy: '[country_code2]', ecs: '[geo][country_iso_code]', fact: 'country_iso_code' },
  // The third letter has not been in the files for long; Logstash keeps the name and writes two.
  country_code3: { legacy: '[country_code3]', ecs: null, fact: 'country_iso_code' },
  domain: { legacy: '[domain]', ecs: '[domain]', fact: 'domain', missing: null },
  ip: { legacy: '[ip]', ecs: '[ip]', fact: 'ip' },
  isp: { legacy: '[isp]', ecs: '[mmdb][isp]', fact: 'isp' },
  postal_code: { legacy: '[postal_code]', ecs: '[geo][postal_code]', fact: 'postal_code' },
  dma_code: { legacy: '[dma_code]', ecs: '[mmdb][dma_code]', fact: 'metro_code' },
  region_name: { legacy: '[region_name]', ecs: '[geo][region_name]', fact: 'region_name' },
  region_code: { legacy: '[region_code]', ecs: '[geo][region_code]', fact: 'region_code' },
  region_iso_code: { legacy: '[region_iso_code]', ecs: '[geo][region_iso_code]', fact: 'region_iso_code' },
  timezone: { legacy: '[timezone]', ecs: '[geo][timezone]', fact: 'timezone' },
  location: { legacy: '[location]', ecs: '[geo][location]', fact: 'location' },
  latitude: { legacy: '[latitude]', ecs: '[geo][location][lat]', fact: 'latitude' },
  longitude: { legacy: '[longitude]', ecs: '[geo][location][lon]', fact: 'longitude' },
  organization: { legacy: '[organization]', ecs: '[mmdb][organization]', fact: 'organization' },
  network: { legacy: '[network]', ecs: '[ip_traits][network]', fact: 'network' },
  hosting_provider: { legacy: '[hosting_provider]', ecs: '[ip_traits][hosting_provider]', fact: 'hosting_provider' },
  tor_exit_node: { legacy: '[tor_exit_node]', ecs: '[ip_traits][tor_exit_node]', fact: 'tor_exit_node' },
  anonymous_vpn: { legacy: '[anonymous_vpn]', ecs: '[ip_traits][anonymous_vpn]', fact: 'anonymous_vpn' },
  anonymous: { legacy: '[anonymous]', ecs: '[ip_traits][anonymous]', fact: 'anonymous' },
  public_proxy: { legacy: '[public_proxy]', ecs: '[ip_traits][public_proxy]', fact: 'public_proxy' },
  residential_proxy: {
    legacy: '[residential_proxy]',
    ecs: '[ip_traits][residential_proxy]',
    fact: 'residential_proxy',
  },
} as const satisfies Readonly<Record<string, GeoField>>

export type GeoFieldName = keyof typeof GEO_FIELDS

/** The names that the reference's own table uses beside those that `fields` takes in Logstash. */
export const GEO_FIELD_ALIASES: Readonly<Record<string, GeoFieldName>> = {
  asn: 'autonomous_system_number',
  as_org: 'autonomous_system_organization',
}

const CITY = [
  'ip',
  'city_name',
  'continent_code',
  'country_name',
  'country_code2',
  'country_code3',
  'postal_code',
  'dma_code',
  'region_name',
  'region_iso_code',
  'timezone',
  'location',
  'latitude',
  'longitude',
] as const
const COUNTRY = ['ip', 'country_code2', 'country_name', 'continent_name'] as const
const AS = ['autonomous_system_number', 'autonomous_system_organization'] as const

/** A kind of file: what it can answer, and what is written unless `fields` says otherwise. */
export interface GeoDatabaseKind {
  /** What the type in the file's metadata contains, such as `City` of `GeoLite2-City`. */
  readonly contains: string
  readonly defaults: readonly GeoFieldName[]
  readonly available: readonly GeoFieldName[]
}

/** In the order in which Logstash tells them apart. */
const GEO_DATABASE_KINDS: readonly GeoDatabaseKind[] = [
  { contains: 'City', defaults: CITY, available: [...CITY, 'continent_name', 'region_code'] },
  { contains: 'Country', defaults: COUNTRY, available: COUNTRY },
  { contains: 'Domain', defaults: ['domain'], available: ['domain'] },
  { contains: 'ASN', defaults: ['ip', ...AS], available: ['ip', ...AS, 'network'] },
  {
    contains: 'ISP',
    defaults: ['ip', ...AS, 'isp', 'organization'],
    available: ['ip', ...AS, 'isp', 'organization'],
  },
  {
    contains: 'Enterprise',
    defaults: [...COUNTRY, 'region_iso_code', 'region_name', 'city_name', 'location'],
    available: [
      ...COUNTRY,
      'region_iso_code',
      'region_name',
      'city_name',
      'timezone',
      'location',
      ...AS,
      'network',
      ...ANONYMITY,
    ],
  },
  { contains: 'Anonymous-IP', defaults: ANONYMITY, available: ['ip', ...ANONYMITY] },
]

/** @throws Error for a type that none of them is for */
export function kindOf(type: string): GeoDatabaseKind {
  const kind = GEO_DATABASE_KINDS.find(({ contains }) => type.includes(contains))
  if (kind === undefined) throw new Error(`its type '${type}' is none of those that geoip knows`)
  return kind
}
