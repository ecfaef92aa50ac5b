import { fail } from '../../../../diagnostic/index.ts'
import { findGeoDatabase, GEO_FACTS, GeoDatabase, geoDatabasePlaces, type Lookup } from '../../../../enrich/index.ts'
import {
  fieldPath,
  newObject,
  parseFieldPath,
  type Event,
  type FieldPath,
  type Value,
} from '../../../../event/index.ts'
import { option, type, type OptionType } from '../../../../settings/index.ts'
import { defineFilter, type FilterContext } from '../../define.ts'
import { below, fieldReference } from '../field-option.ts'
import {
  GEO_FIELD_ALIASES,
  GEO_FIELDS,
  kindOf,
  type GeoDatabaseKind,
  type GeoField,
  type GeoFieldName,
} from './fields.ts'

/** What Logstash says of an event when it has no database that it may use. */
const NO_DATABASE_TAG = '_geoip_expired_database'
/** Where ECS expects `geo` fields; elsewhere they are written, with a notice. */
const ECS_TARGETS = ['client', 'destination', 'host', 'observer', 'server', 'source']

const geoField: OptionType<GeoFieldName> = {
  name: 'geoip field',
  read(raw) {
    const name = String(raw).toLowerCase()
    const known = name in GEO_FIELDS ? (name as GeoFieldName) : GEO_FIELD_ALIASES[name]
    return known === undefined ? type.no(`one of ${Object.keys(GEO_FIELDS).join(', ')}`) : type.ok(known)
  },
}

export const geoip = defineFilter({
  name: 'geoip',
  summary: 'Says where an address is and whose it is, from a file in the MaxMind DB format.',
  options: {
    source: option(fieldReference, {
      required: true,
      describe:
        'The field with the address; of a list, its first. A host name is not looked up: let dns do that before.',
    }),
    database: option(type.string, {
      describe:
        'A file of MaxMind or in its format: City, Country, ASN, ISP, Domain, Enterprise or Anonymous-IP. ' +
        'Without it `GeoLite2-City.mmdb` (or `-ASN`) in `path.data/geoip`, /var/lib/GeoIP or /usr/share/GeoIP. ' +
        'A file that is replaced is read again within a minute.',
    }),
    default_database_type: option(type.oneOf('City', 'ASN'), {
      default: 'City',
      describe: 'Which file is looked for where `database` is not given.',
    }),
    target: option(fieldReference, {
      describe:
        'Where the fields go: `geoip`, or with the names of ECS the field that holds a source such as `[client][ip]`.',
    }),
    fields: option(type.list(geoField), {
      default: [],
      describe: "Which fields to write; without it those of Logstash for the file's kind.",
    }),
    tag_on_failure: option(type.list(type.string), {
      default: ['_geoip_lookup_failure'],
      describe: 'Tags of events whose address is missing, no address or not in the file.',
    }),
    cache_size: option(type.number({ integer: true, min: 1 }), {
      default: 1000,
      describe: 'How many answers are kept.',
    }),
    ecs_compatibility: option(type.oneOf('disabled', 'v1', 'v8'), {
      describe: "Whose field names are written; the pipeline's setting by default.",
    }),
  },
  examples: [
    {
      title: 'where an address is',
      needs: 'a City file',
      config:
        'source => "src_ip" database => "/var/lib/GeoIP/GeoLite2-City.mmdb" fields => ["country_name", "city_name"]',
      in: { src_ip: '216.160.83.58' },
      out: { src_ip: '216.160.83.58', geoip: { city_name: 'Milton', country_name: 'United States' } },
    },
    {
      title: 'with the names of ECS, beside the address',
      needs: 'an ASN file',
      config: 'source => "[source][ip]" database => "GeoLite2-ASN.mmdb" ecs_compatibility => v8',
      in: { source: { ip: '12.81.92.1' } },
      out: { source: { ip: '12.81.92.1', as: { number: 7018, organization: { name: 'AT&T Services' } } } },
    },
  ],
  create(options, context) {
    const ecs = (options.ecs_compatibility ?? context.ecs) !== 'disabled'
    const target = options.target ?? defaultTarget(options.source, ecs)
    if (ecs && !ECS_TARGETS.includes(target.keys.join('.')))
      context.notice(`geoip: ECS expects its target to be one of ${ECS_TARGETS.join(', ')}, not '${target.text}'`)
    const opened = open(options, context)
    if (opened === undefined) {
      return {
        filter(batch) {
          for (const event of batch) event.tag(NO_DATABASE_TAG)
          return batch
        },
      }
    }
    const { database, kind } = opened
    const missing = options.fields.filter((name) => !kind.available.includes(name))
    if (missing.length > 0)
      context.notice(`geoip: ${database.path} is of kind ${kind.contains}, which has no ${missing.join(', ')}`)
    const write = compileWriter(kind, options.fields, target, ecs)
    return {
      filter(batch) {
        database.refresh()
        for (const event of batch) {
          if (enrich(event, options.source, target, database, write)) context.matched(event)
          else for (const tag of options.tag_on_failure) event.tag(tag)
        }
        return batch
      },
    }
  },
})

function defaultTarget(source: FieldPath, ecs: boolean): FieldPath {
  if (!ecs) return fieldPath('geoip')
  const { keys, metadata } = source
  if (keys.length > 1 && keys.at(-1) === 'ip') {
    const outer = [...(metadata ? ['@metadata'] : []), ...keys.slice(0, -1)]
    return parseFieldPath(outer.map((key) => `[${key}]`).join(''))!
  }
  throw fail('plugin.option_needs', { option: `source => "${source.text}"`, needed: 'target' })
}

interface DatabaseOptions {
  readonly database: string | undefined
  readonly default_database_type: string
  readonly cache_size: number
}

interface Opened {
  readonly database: GeoDatabase
  readonly kind: GeoDatabaseKind
}

function open(options: DatabaseOptions, context: FilterContext): Opened | undefined {
  const { clock, logger, dataPath } = context
  const name = `GeoLite2-${options.default_database_type}.mmdb`
  const path = options.database ?? findGeoDatabase(dataPath, name)
  if (path === undefined) {
    context.notice(
      `geoip has no database and tags every event '${NO_DATABASE_TAG}': ` +
        `name a file in 'database', or put one at ${geoDatabasePlaces(dataPath, name).slice(0, -1).join(' or ')}`,
    )
    return undefined
  }
  try {
    const database = new GeoDatabase(path, options.cache_size, clock, logger)
    return { database, kind: kindOf(database.type) }
  } catch (error) {
    throw fail('plugin.file_unreadable', { option: 'database', path, reason: (error as Error).message })
  }
}

type Writer = (event: Event, lookup: Lookup) => boolean

/** Writes the fields of a lookup below the target; false where the file says too little to be of use. */
function compileWriter(
  kind: GeoDatabaseKind,
  wanted: readonly GeoFieldName[],
  target: FieldPath,
  ecs: boolean,
): Writer {
  const isCity = kind.contains === 'City'
  const fallback = kind.defaults.map((name) => (isCity && !ecs && name === 'region_iso_code' ? 'region_code' : name))
  const names = new Set<string>(wanted.length > 0 ? wanted.filter((name) => kind.available.includes(name)) : fallback)
  const fields = Object.entries<GeoField>(GEO_FIELDS).flatMap(([name, { legacy, ecs: ecsName, fact, missing }]) => {
    const place = ecs ? ecsName : legacy
    return names.has(name) && place !== null
      ? [{ path: below(target, fieldPath(place)), read: (lookup: Lookup) => GEO_FACTS[fact](lookup) ?? missing }]
      : []
  })
  return (event, lookup) => {
    // Where a city file has no coordinates Logstash takes nothing from it.
    if (isCity) {
      const { latitude, longitude } = lookup.record.location ?? {}
      if (latitude === undefined && longitude === undefined) return false
    }
    let any = false
    for (const { path, read } of fields) {
      const value: Value | undefined = read(lookup)
      if (value === undefined) continue
      event.set(path, value)
      any = true
    }
    return any
  }
}

function enrich(event: Event, source: FieldPath, target: FieldPath, database: GeoDatabase, write: Writer): boolean {
  const value = event.get(source)
  const address = Array.isArray(value) ? value[0] : value
  if (typeof address !== 'string' || address.trim() === '') return false
  if (!event.has(target)) event.set(target, newObject())
  const lookup = database.find(address)
  return lookup !== null && write(event, lookup)
}
