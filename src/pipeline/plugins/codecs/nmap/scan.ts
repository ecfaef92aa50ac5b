import { double, newObject, Timestamp, type Value, type ValueObject } from '../../../../event/index.ts'
import { NODE, readXml, type XmlNode } from '../../filters/xml/tree.ts'

/** A host of a scan: what all its events have, its ports and its traceroute. */
export interface ScannedHost {
  readonly fields: ValueObject
  readonly ports: readonly ValueObject[]
  readonly traceroute: ValueObject | null
  readonly hops: readonly ValueObject[]
}

export interface Scan {
  readonly arguments: Value
  readonly version: Value
  readonly startTime: Value
  readonly hostStats: ValueObject
  readonly runStats: ValueObject
  readonly endTime: Value
  readonly hosts: readonly ScannedHost[]
}

/**
 * Reads what `nmap -oX` writes, by the names that logstash-codec-nmap gives. A scan that was interrupted, and so has no end, is
 * read as far as it goes.
 *
 * @throws Error where the text is no XML or no scan.
 */
export function readScan(text: string): Scan {
  const run = readXml(text, { strict: false }).documentElement
  if (run === null || run.nodeName !== 'nmaprun') throw new Error('it has no element nmaprun')
  const startTime = time(run.getAttribute('start'))
  const stats = runStats(first(first(run, 'runstats'), 'finished'))
  return {
    arguments: attribute(run, 'args'),
    version: attribute(run, 'version'),
    startTime,
    hostStats: integers(first(first(run, 'runstats'), 'hosts')),
    runStats: stats,
    endTime: stats['end_time']!,
    hosts: children(run, 'host').map((host) => hostOf(host, startTime)),
  }
}

/** Every attribute as a number. */
function integers(element: XmlNode | undefined): ValueObject {
  return object(
    Object.fromEntries(
      (element?.attributes ?? []).map(({ name, value }) => [name, Number.parseInt(value ?? '', 10) || 0]),
    ),
  )
}

function runStats(finished: XmlNode | undefined): ValueObject {
  return object({
    end_time: time(finished?.getAttribute('time') ?? null),
    elapsed: finished === undefined ? null : double(Number.parseFloat(finished.getAttribute('elapsed') ?? '') || 0),
    summary: attribute(finished, 'summary'),
    exit_status: attribute(finished, 'exit'),
  })
}

function hostOf(host: XmlNode, scanStart: Value): ScannedHost {
  const addresses = children(host, 'address').filter((address) => address.getAttribute('addr') !== null)
  const byType = (kind: string): Value =>
    attribute(
      addresses.find((address) => address.getAttribute('addrtype') === kind),
      'addr',
    )
  const ipv4 = byType('ipv4')
  const ipv6 = byType('ipv6')
  const mac = byType('mac')
  const status = first(host, 'status')
  const hostname = children(first(host, 'hostnames'), 'hostname').find((one) => one.getAttribute('name') !== null)
  const traceroute = tracerouteOf(first(host, 'trace'))
  const times = first(host, 'times')
  return {
    fields: object({
      start_time: time(host.getAttribute('starttime')) ?? scanStart,
      end_time: time(host.getAttribute('endtime')) ?? scanStart,
      ...(times === undefined ? {} : { times: integers(times) }),
      addresses: addresses.map((address) =>
        object({
          type: attribute(address, 'addrtype'),
          addr: attribute(address, 'addr'),
          vendor: attribute(address, 'vendor'),
        }),
      ),
      address: ipv6 ?? ipv4 ?? mac,
      ip: ipv6 ?? ipv4,
      ipv4,
      ipv6,
      mac,
      status:
        status === undefined
          ? null
          : object({ state: attribute(status, 'state'), reason: attribute(status, 'reason') }),
      hostname:
        hostname === undefined
          ? null
          : object({ name: attribute(hostname, 'name'), type: attribute(hostname, 'type') }),
      uptime: uptimeOf(first(host, 'uptime')),
      os: osOf(first(host, 'os')),
    }),
    ports: children(first(host, 'ports'), 'port').map(portOf),
    traceroute,
    hops: traceroute === null ? [] : (traceroute['hops'] as ValueObject[]),
  }
}

function uptimeOf(uptime: XmlNode | undefined): Value {
  if (uptime === undefined) return null
  // Written in the local time of the machine that scanned, without its zone.
  const boot = Date.parse(uptime.getAttribute('lastboot') ?? '')
  return object({
    seconds: integer(uptime, 'seconds'),
    last_boot: Number.isNaN(boot) ? null : Timestamp.fromMillis(boot),
  })
}

function osOf(os: XmlNode | undefined): Value {
  if (os === undefined) return null
  const matches = children(os, 'osmatch')
  const classes = matches.flatMap((match) => children(match, 'osclass'))
  return object({
    ports_used: children(os, 'portused').map((port) => integer(port, 'portid')),
    fingerprint: attribute(first(os, 'osfingerprint'), 'fingerprint'),
    classes:
      classes.length === 0
        ? null
        : classes.map((one) =>
            object({
              type: one.getAttribute('type') ?? '',
              vendor: one.getAttribute('vendor') ?? '',
              family: one.getAttribute('osfamily') ?? '',
              gen: one.getAttribute('osgen') ?? '',
              accuracy: integer(one, 'accuracy'),
            }),
          ),
    matches: matches.map((match) => object({ name: attribute(match, 'name'), accuracy: integer(match, 'accuracy') })),
  })
}

function portOf(port: XmlNode): ValueObject {
  const state = first(port, 'state')
  return object({
    number: integer(port, 'portid'),
    reason: attribute(state, 'reason'),
    protocol: port.getAttribute('protocol') ?? '',
    service: serviceOf(first(port, 'service')),
    script: scriptsOf(port),
    state: state?.getAttribute('state') ?? '',
  })
}

/** What scripts said, by their names. */
function scriptsOf(port: XmlNode): ValueObject {
  return object(
    Object.fromEntries(
      children(port, 'script').map((script) => [script.getAttribute('id') ?? '', attribute(script, 'output')]),
    ),
  )
}

function serviceOf(service: XmlNode | undefined): Value {
  if (service === undefined) return null
  return object({
    name: attribute(service, 'name'),
    ssl: service.getAttribute('tunnel') === 'ssl',
    protocol: attribute(service, 'proto'),
    product: attribute(service, 'product'),
    version: attribute(service, 'version'),
    hostname: attribute(service, 'hostname'),
    device_type: attribute(service, 'devicetype'),
    fingerprint_method: service.getAttribute('method') ?? '',
    fingerprint: attribute(service, 'servicefp'),
    confidence: integer(service, 'conf'),
  })
}

function tracerouteOf(trace: XmlNode | undefined): ValueObject | null {
  if (trace === undefined) return null
  return object({
    port: integer(trace, 'port'),
    protocol: attribute(trace, 'proto'),
    hops: children(trace, 'hop').map((hop, index) =>
      object({
        address: attribute(hop, 'ipaddr'),
        hostname: attribute(hop, 'host'),
        ttl: integer(hop, 'ttl'),
        rtt: integer(hop, 'rtt'),
        index,
      }),
    ),
  })
}

function object(fields: Record<string, Value>): ValueObject {
  return Object.assign(newObject(), fields)
}

function children(element: XmlNode | undefined, name: string): XmlNode[] {
  return element?.children.filter((child) => child.nodeType === NODE.element && child.nodeName === name) ?? []
}

function first(element: XmlNode | undefined, name: string): XmlNode | undefined {
  return children(element, name)[0]
}

function attribute(element: XmlNode | undefined, name: string): string | null {
  return element?.getAttribute(name) ?? null
}

/** The digits a text begins with, as Ruby's to_i reads them. */
function integer(element: XmlNode, name: string): number {
  return Number.parseInt(element.getAttribute(name) ?? '', 10) || 0
}

/** Seconds since the epoch; none where nmap wrote none. */
function time(text: string | null): Timestamp | null {
  const seconds = Number.parseInt(text ?? '', 10)
  return seconds > 0 && seconds < 1e11 ? new Timestamp(seconds * 1_000_000) : null
}
