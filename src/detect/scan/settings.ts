import { CAPACITY } from './window-arena.ts'

/** Distinct elements within a window that are a scan. */
export interface Limit {
  readonly millis: number
  /** Of contacts known to have failed. */
  readonly failed: number
  /** Of contacts not known to have succeeded. */
  readonly tried: number
}

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

export interface ScanSettings {
  /** Ports of one host, by one source. */
  readonly ports: number
  /** Hosts on one port, by one source. */
  readonly hosts: number
  /** Multiplies what contacts without a known outcome need: a source of SYNs alone says nothing of success. */
  readonly unknownFactor: number
  /** Without a probe for so long, an episode is over; milliseconds. */
  readonly quietMillis: number
  /** Addresses and networks whose scans are wanted: own scanners, monitoring, service discovery, balancers. */
  readonly allowed: readonly string[]
  /** Own networks: they tell inbound, outbound and internal apart. */
  readonly home: readonly string[]
  /** Keys in each table; the longest idle are forgotten, scanners last. */
  readonly tracked: number
}

export const SCAN_SETTINGS: ScanSettings = {
  ports: 15,
  hosts: 25,
  unknownFactor: 3.4,
  quietMillis: HOUR,
  allowed: [],
  home: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7', 'fe80::/10', '127.0.0.0/8', '::1/128'],
  tracked: 50_000,
}

/** A minute, an hour, a day: slow scans need more elements, not more speed. */
export function limits(base: number, unknownFactor: number, factor = 1): readonly Limit[] {
  return [
    [MINUTE, 1],
    [HOUR, 4 / 3],
    [DAY, 5 / 3],
  ].map(([millis, slower]) => {
    const failed = Math.min(CAPACITY, Math.ceil(base * slower! * factor))
    return { millis: millis!, failed, tried: Math.min(CAPACITY, Math.ceil(failed * unknownFactor)) }
  })
}
