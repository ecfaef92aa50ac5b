import { double, newObject, type Value } from '../../../../event/index.ts'

/** What a MaxMind file says of an address; which members there are depends on the file's type. */
export interface GeoRecord {
  readonly city?: Named
  readonly continent?: Named & { readonly code?: string }
  readonly country?: Named & { readonly iso_code?: string }
  readonly location?: {
    readonly latitude?: number
    readonly longitude?: number
    readonly metro_code?: number
    readonly time_zone?: string
  }
  readonly postal?: { readonly code?: string }
  readonly subdivisions?: readonly (Named & { readonly iso_code?: string })[]
  readonly traits?: Traits
  readonly domain?: string
}

interface Named {
  readonly names?: { readonly en?: string }
}

/** At the top of ASN, ISP and Anonymous IP files, in `traits` of Enterprise files. */
interface Traits {
  readonly autonomous_system_number?: number
  readonly autonomous_system_organization?: string
  readonly isp?: string
  readonly organization?: string
  readonly is_anonymous?: boolean
  readonly is_anonymous_vpn?: boolean
  readonly is_hosting_provider?: boolean
  readonly is_public_proxy?: boolean
  readonly is_residential_proxy?: boolean
  readonly is_tor_exit_node?: boolean
}

export interface Lookup {
  /** The address as Java prints it. */
  readonly ip: string
  /** The network that the answer holds for, as `1.2.3.0/24`. */
  readonly network: string
  readonly record: GeoRecord
}

interface GeoField {
  /** Where it goes with the names of Logstash 7 and before, below the target. */
  readonly legacy: string
  /** Where it goes with the names of ECS; null where ECS has no such field. */
  readonly ecs: string | null
  read(lookup: Lookup): Value | undefined
}

const traits = ({ record }: Lookup): Traits => record.traits ?? (record as Traits)
/** An Enterprise or Anonymous IP file leaves out what is false. */
const flag = (name: keyof Traits) => (lookup: Lookup) => traits(lookup)[name] === true
const coordinate = (value: number | undefined): Value | undefined => (value === undefined ? undefined : double(value))
/** The most specific of a country's divisions is the last. */
const region = ({ record }: Lookup) => record.subdivisions?.at(-1)

function location({ record }: Lookup): Value | undefined {
  const { latitude, longitude } = record.location ?? {}
  if (latitude === undefined || longitude === undefined) return undefined
  const point = newObject()
  point['lat'] = double(latitude)
  point['lon'] = double(longitude)
  return point
}

function regionIsoCode(lookup: Lookup): Value | undefined {
  const country = lookup.record.country?.iso_code
  const code = region(lookup)?.iso_code
  return country === undefined || code === undefined ? undefined : `${country}-${code}`
}

/** Every field of the plugin's reference, in the order in which they are written into an event. */
export const GEO_FIELDS = {
  autonomous_system_number: {
    legacy: '[asn]',
    ecs: '[as][number]',
    read: (lookup) => traits(lookup).autonomous_system_number,
  },
  autonomous_system_organization: {
    legacy: '[as_org]',
    ecs: '[as][organization][name]',
    read: (lookup) => traits(lookup).autonomous_system_organization,
  },
  city_name: { legacy: '[city_name]', ecs: '[geo][city_name]', read: ({ record }) => record.city?.names?.en },
  country_name: {
    legacy: '[country_name]',
    ecs: '[geo][country_name]',
    read: ({ record }) => record.country?.names?.en,
  },
  continent_code: {
    legacy: '[continent_code]',
    ecs: '[geo][continent_code]',
    read: ({ record }) => record.continent?.code,
  },
  continent_name: {
    legacy: '[continent_name]',
    ecs: '[geo][continent_name]',
    read: ({ record }) => record.continent?.names?.en,
  },
  country_code2: {
    legacy: '[country_code2]',
    ecs: '[geo][country_iso_code]',
    read: ({ record }) => record.country?.iso_code,
  },
  // The third letter has not been in the files for long; Logstash keeps the name and writes two.
  country_code3: { legacy: '[country_code3]', ecs: null, read: ({ record }) => record.country?.iso_code },
  domain: { legacy: '[domain]', ecs: '[domain]', read: ({ record }) => record.domain ?? null },
  ip: { legacy: '[ip]', ecs: '[ip]', read: ({ ip }) => ip },
  isp: { legacy: '[isp]', ecs: '[mmdb][isp]', read: (lookup) => traits(lookup).isp },
  postal_code: { legacy: '[postal_code]', ecs: '[geo][postal_code]', read: ({ record }) => record.postal?.code },
  dma_code: { legacy: '[dma_code]', ecs: '[mmdb][dma_code]', read: ({ record }) => record.location?.metro_code },
  region_name: {
    legacy: '[region_name]',
    ecs: '[geo][region_name]',
    read: (lookup) => region(lookup)?.names?.en,
  },
  region_code: { legacy: '[region_code]', ecs: '[geo][region_code]', read: (lookup) => region(lookup)?.iso_code },
  region_iso_code: { legacy: '[region_iso_code]', ecs: '[geo][region_iso_code]', read: regionIsoCode },
  timezone: { legacy: '[timezone]', ecs: '[geo][timezone]', read: ({ record }) => record.location?.time_zone },
  location: { legacy: '[location]', ecs: '[geo][location]', read: location },
  latitude: {
    legacy: '[latitude]',
    ecs: '[geo][location][lat]',
    read: ({ record }) => coordinate(record.location?.latitude),
  },
  longitude: {
    legacy: '[longitude]',
    ecs: '[geo][location][lon]',
    read: ({ record }) => coordinate(record.location?.longitude),
  },
  organization: {
    legacy: '[organization]',
    ecs: '[mmdb][organization]',
    read: (lookup) => traits(lookup).organization,
  },
  network: { legacy: '[network]', ecs: '[ip_traits][network]', read: ({ network }) => network },
  hosting_provider: {
    legacy: '[hosting_provider]',
    ecs: '[ip_traits][hosting_provider]',
    read: flag('is_hosting_provider'),
  },
  tor_exit_node: { legacy: '[tor_exit_node]', ecs: '[ip_traits][tor_exit_node]', read: flag('is_tor_exit_node') },
  anonymous_vpn: { legacy: '[anonymous_vpn]', ecs: '[ip_traits][anonymous_vpn]', read: flag('is_anonymous_vpn') },
  anonymous: { legacy: '[anonymous]', ecs: '[ip_traits][anonymous]', read: flag('is_anonymous') },
  public_proxy: { legacy: '[public_proxy]', ecs: '[ip_traits][public_proxy]', read: flag('is_public_proxy') },
  residential_proxy: {
    legacy: '[residential_proxy]',
    ecs: '[ip_traits][residential_proxy]',
    read: flag('is_residential_proxy'),
  },
} as const satisfies Readonly<Record<string, GeoField>>

export type GeoFieldName = keyof typeof GEO_FIELDS

/** The names that the reference's own table uses beside those that `fields` takes in Logstash. */
export const GEO_FIELD_ALIASES: Readonly<Record<string, GeoFieldName>> = {
  asn: 'autonomous_system_number',
  as_org: 'autonomous_system_organization',
}

const ANONYMITY = [
  'hosting_provider',
  'tor_exit_node',
  'anonymous_vpn',
  'anonymous',
  'public_proxy',
  'residential_proxy',
] as const
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
export const GEO_DATABASE_KINDS: readonly GeoDatabaseKind[] = [
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
