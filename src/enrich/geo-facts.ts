import { double, newObject, type Value } from '../event/index.ts'

/** What a MaxMind file says of an address; which members there are depends on the file's type. */
interface GeoRecord {
  readonly city?: Named
  readonly continent?: Named & { readonly code?: string }
  readonly country?: Country
  readonly registered_country?: Country
  readonly location?: {
    readonly accuracy_radius?: number
    readonly latitude?: number
    readonly longitude?: number
    readonly metro_code?: number
    readonly time_zone?: string
  }
  readonly postal?: { readonly code?: string }
  readonly subdivisions?: readonly (Named & { readonly iso_code?: string })[]
  readonly traits?: Traits
}

interface Named {
  readonly names?: { readonly en?: string }
}

interface Country extends Named {
  readonly iso_code?: string
  readonly is_in_european_union?: boolean
}

/** At the top of ASN, ISP, Domain, Connection Type and Anonymous IP files, in `traits` of Enterprise files. */
interface Traits {
  readonly autonomous_system_number?: number
  readonly autonomous_system_organization?: string
  readonly connection_type?: string
  readonly domain?: string
  readonly isp?: string
  readonly mobile_country_code?: string
  readonly mobile_network_code?: string
  readonly organization?: string
  readonly user_type?: string
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

type Fact = (lookup: Lookup) => Value | undefined

const traits = ({ record }: Lookup): Traits => record.traits ?? (record as Traits)
const trait =
  (name: keyof Traits): Fact =>
  (lookup) =>
    traits(lookup)[name]
/** A file leaves out what is false. */
const flag =
  (name: keyof Traits): Fact =>
  (lookup) =>
    traits(lookup)[name] === true
const coordinate = (value: number | undefined): Value | undefined => (value === undefined ? undefined : double(value))
/** The most specific of a country's divisions is the last. */
const region = ({ record }: Lookup) => record.subdivisions?.at(-1)

/** Every fact that a file can tell of an address, read from what was found; undefined where it does not say. */
export const GEO_FACTS = {
  ip: ({ ip }) => ip,
  network: ({ network }) => network,
  city_name: ({ record }) => record.city?.names?.en,
  continent_code: ({ record }) => record.continent?.code,
  continent_name: ({ record }) => record.continent?.names?.en,
  country_iso_code: ({ record }) => record.country?.iso_code,
  country_name: ({ record }) => record.country?.names?.en,
  country_in_european_union: ({ record }) => record.country && record.country.is_in_european_union === true,
  registered_country_iso_code: ({ record }) => record.registered_country?.iso_code,
  registered_country_name: ({ record }) => record.registered_country?.names?.en,
  registered_country_in_european_union: ({ record }) =>
    record.registered_country && record.registered_country.is_in_european_union === true,
  region_code: (lookup) => region(lookup)?.iso_code,
  region_name: (lookup) => region(lookup)?.names?.en,
  region_iso_code: (lookup) => {
    const country = lookup.record.country?.iso_code
    const code = region(lookup)?.iso_code
    return country === undefined || code === undefined ? undefined : `${country}-${code}`
  },
  postal_code: ({ record }) => record.postal?.code,
  metro_code: ({ record }) => record.location?.metro_code,
  timezone: ({ record }) => record.location?.time_zone,
  accuracy_radius: ({ record }) => record.location?.accuracy_radius,
  latitude: ({ record }) => coordinate(record.location?.latitude),
  longitude: ({ record }) => coordinate(record.location?.longitude),
  location: ({ record }) => {
    const { latitude, longitude } = record.location ?? {}
    if (latitude === undefined || longitude === undefined) return undefined
    const point = newObject()
    point['lat'] = double(latitude)
    point['lon'] = double(longitude)
    return point
  },
  autonomous_system_number: trait('autonomous_system_number'),
  autonomous_system_organization: trait('autonomous_system_organization'),
  connection_type: trait('connection_type'),
  domain: trait('domain'),
  isp: trait('isp'),
  mobile_country_code: trait('mobile_country_code'),
  mobile_network_code: trait('mobile_network_code'),
  organization: trait('organization'),
  user_type: trait('user_type'),
  anonymous: flag('is_anonymous'),
  anonymous_vpn: flag('is_anonymous_vpn'),
  hosting_provider: flag('is_hosting_provider'),
  public_proxy: flag('is_public_proxy'),
  residential_proxy: flag('is_residential_proxy'),
  tor_exit_node: flag('is_tor_exit_node'),
} as const satisfies Readonly<Record<string, Fact>>

export type GeoFact = keyof typeof GEO_FACTS

/** What a file of anonymous addresses tells, each true or false. */
export const ANONYMITY = [
  'hosting_provider',
  'tor_exit_node',
  'anonymous_vpn',
  'anonymous',
  'public_proxy',
  'residential_proxy',
] as const satisfies readonly GeoFact[]
