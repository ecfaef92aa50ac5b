/** Processors that add what files tell of a value: geoip, user_agent, registered_domain. */
import { parse } from 'tldts'
import {
  ANONYMITY,
  deviceTypeOf,
  dotted,
  ExpiringCache,
  GEO_FACTS,
  javaAddress,
  shippedParser,
} from '../../enrich/index.ts'
import type { GeoDatabase, GeoFact, UserAgent } from '../../enrich/index.ts'
import { newObject, type ValueObject } from '../../event/index.ts'
import { fail } from '../../diagnostic/index.ts'
import type { ProcessorSpec } from '../processor.ts'
import { bounded } from './texts.ts'

/** Facts under the names that the processor gives them, where those differ. */
const NAMED_FACTS: Readonly<Record<string, GeoFact>> = {
  asn: 'autonomous_system_number',
  organization_name: 'autonomous_system_organization',
  isp_organization_name: 'organization',
}

const COUNTRY = ['continent_name', 'country_name', 'country_iso_code'] as const
const MORE_OF_COUNTRY = [
  'continent_code',
  'country_in_european_union',
  'registered_country_in_european_union',
  'registered_country_iso_code',
  'registered_country_name',
] as const
const CITY = [...COUNTRY, 'region_iso_code', 'region_name', 'city_name', 'location'] as const
const MORE_OF_CITY = [...MORE_OF_COUNTRY, 'timezone', 'postal_code', 'accuracy_radius'] as const
const AS = ['asn', 'organization_name', 'network'] as const
const ISP = ['isp', 'isp_organization_name', 'mobile_country_code', 'mobile_network_code'] as const

/** For the end of a file's type: what is written by default, and what may be asked for beside it and `ip`. */
const GEO_PROPERTIES: readonly [suffix: string, defaults: readonly string[], others: readonly string[]][] = [
  ['-City', CITY, MORE_OF_CITY],
  ['-Country', COUNTRY, MORE_OF_COUNTRY],
  ['-ASN', ['ip', ...AS], []],
  ['-Anonymous-IP', ANONYMITY, []],
  ['-Connection-Type', ['connection_type'], []],
  ['-Domain', ['domain'], []],
  ['-ISP', ['ip', ...AS, ...ISP], []],
  ['-Enterprise', CITY, [...MORE_OF_CITY, ...AS, ...ANONYMITY, ...ISP, 'domain', 'user_type', 'connection_type']],
]

/** @throws parse_exception for a property that the file's kind does not have, or a file of no known kind */
function propertiesOf(database: GeoDatabase, file: string, wanted: readonly string[] | undefined): readonly string[] {
  const kind = GEO_PROPERTIES.find(([suffix]) => database.type.endsWith(suffix))
  if (kind === undefined)
    throw fail('ingest.parse', {
      reason: `[database_file] Unsupported database type [${database.type}] for file [${file}]`,
    })
  const [, defaults, others] = kind
  if (wanted === undefined) return defaults
  const valid = [...new Set(['ip', ...defaults, ...others])]
  return wanted.map((name) => {
    const property = name.toLowerCase()
    if (valid.includes(property)) return property
    throw fail('ingest.parse', {
      reason: `[properties] illegal property value [${name}]. valid values are [${valid.map((one) => one.toUpperCase()).join(', ')}]`,
    })
  })
}

function placeOf(database: GeoDatabase, properties: readonly string[], text: string): ValueObject | null {
  if (javaAddress(text) === undefined) throw fail('ingest.failed', { reason: `'${text}' is not an IP string literal.` })
  const lookup = database.find(text)
  if (lookup === null) return null
  const found = newObject()
  for (const property of properties) {
    const value = GEO_FACTS[NAMED_FACTS[property] ?? (property as GeoFact)](lookup)
    if (value !== undefined) found[property] = value
  }
  return Object.keys(found).length === 0 ? null : found
}

const geoip: ProcessorSpec = {
  name: 'geoip',
  summary: 'Where an address is and whose it is, from a file in the MaxMind DB format in `path.data/geoip`.',
  create(config, surroundings) {
    const field = config.text('field')
    const target = config.text('target_field', 'geoip')
    const file = config.text('database_file', 'GeoLite2-City.mmdb')
    const wanted = config.list('properties')
    const ignoreMissing = config.flag('ignore_missing', false)
    const firstOnly = config.flag('first_only', true)
    // Nothing is downloaded here: the file is put there by who runs this.
    config.flag('download_database_on_pipeline_creation', true)
    config.flag('fallback_to_default_databases', true)
    let known: { readonly database: GeoDatabase; readonly properties: readonly string[] } | undefined
    const open = (): typeof known => {
      const database = surroundings.geoDatabase(file)
      if (database !== known?.database)
        known = database && { database, properties: propertiesOf(database, file, wanted) }
      return known
    }
    open()
    return (document) => {
      const value = document.given(field, ignoreMissing, 'extract geoip information')
      if (value === undefined) return
      const opened = open()
      if (opened === undefined) return document.append('tags', [`_geoip_database_unavailable_${file}`], true)
      const { database, properties } = opened
      if (typeof value === 'string') {
        const found = placeOf(database, properties, value)
        if (found !== null) document.set(target, found)
        return
      }
      if (!Array.isArray(value))
        throw fail('ingest.failed', { reason: `field [${field}] should contain only string or array of strings` })
      const found = value.map((item) => {
        if (typeof item === 'string') return placeOf(database, properties, item)
        throw fail('ingest.failed', { reason: `array in field [${field}] should only contain strings` })
      })
      const first = found.find((item) => item !== null)
      if (first !== undefined) document.set(target, firstOnly ? first : found)
    }
  },
}

const AGENT_PROPERTIES = ['name', 'os', 'device', 'original', 'version'] as const
const CACHED_AGENTS = 1_000

function describeAgent(agent: UserAgent, text: string, properties: readonly string[], typed: boolean): ValueObject {
  const { browser, os, device } = agent
  const found = newObject()
  const add = (into: ValueObject, name: string, value: string | undefined): void => {
    if (value !== undefined) into[name] = value
  }
  for (const property of properties) {
    if (property === 'name') found['name'] = browser.family
    else if (property === 'original') found['original'] = text
    else if (property === 'version') add(found, 'version', dotted(browser))
    else if (property === 'device')
      found['device'] = Object.assign(newObject(), { name: device, ...(typed ? { type: deviceTypeOf(agent) } : {}) })
    else if (os.family !== 'Other') {
      const system = Object.assign(newObject(), { name: os.family })
      const version = dotted(os)
      add(system, 'version', version)
      if (version !== undefined) system['full'] = `${os.family} ${version}`
      found['os'] = system
    }
  }
  return found
}

const userAgent: ProcessorSpec = {
  name: 'user_agent',
  summary: 'Browser, operating system and device from the text of a user agent.',
  create(config, surroundings) {
    const field = config.text('field')
    const target = config.text('target_field', 'user_agent')
    const file = config.text('regex_file', undefined)
    if (file !== undefined && file !== '_default_')
      throw fail('ingest.parse', {
        reason: `[regex_file] regex file [${file}] doesn't exist: expressions of your own go into the useragent filter of a pipeline`,
      })
    const properties =
      config.list('properties')?.map((name) => {
        const property = name.toLowerCase()
        if ((AGENT_PROPERTIES as readonly string[]).includes(property)) return property
        throw fail('ingest.parse', {
          reason: `[properties] illegal property value [${name}]. valid values are [${AGENT_PROPERTIES.map((one) => one.toUpperCase()).join(', ')}]`,
        })
      }) ?? AGENT_PROPERTIES
    const typed = config.flag('extract_device_type', false)
    const ignoreMissing = config.flag('ignore_missing', false)
    const parser = shippedParser()
    const cache = new ExpiringCache<UserAgent>(CACHED_AGENTS, surroundings.clock)
    return (document) => {
      const text = document.text(field, ignoreMissing, 'parse user-agent')
      if (text === undefined) return
      let agent = cache.get(text)
      if (agent === undefined) {
        agent = bounded('user agents', () => parser.parse(text))
        cache.set(text, agent)
      }
      document.set(target, describeAgent(agent, text, properties, typed))
    }
  },
}

const registeredDomain: ProcessorSpec = {
  name: 'registered_domain',
  summary: 'Divides a domain name by the Public Suffix List.',
  create(config) {
    const field = config.text('field')
    const target = config.text('target_field', '')
    const ignoreMissing = config.flag('ignore_missing', true)
    const at = (name: string): string => (target === '' ? name : `${target}.${name}`)
    return (document) => {
      const text = document.text(field, ignoreMissing, 'process it')
      if (text === undefined) return
      const { domain, isIcann, isPrivate, publicSuffix, subdomain } = parse(text, {
        allowPrivateDomains: true,
        extractHostname: false,
      })
      // The rule for all that is not in the list would make any last word a suffix.
      const listed = isIcann === true || isPrivate === true
      if (!listed || publicSuffix === null) {
        if (ignoreMissing) return
        throw fail('ingest.failed', { reason: 'unable to set domain information for document' })
      }
      document.set(at('domain'), text)
      if (domain !== null) document.set(at('registered_domain'), domain)
      document.set(at('top_level_domain'), publicSuffix)
      if (subdomain !== null && subdomain !== '') document.set(at('subdomain'), subdomain)
    }
  },
}

export const ENRICHMENT: readonly ProcessorSpec[] = [geoip, userAgent, registeredDomain]
