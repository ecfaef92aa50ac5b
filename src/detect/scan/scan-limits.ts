import { limits, SCAN_SETTINGS, type Limit, type ScanSettings } from './settings.ts'
import type { WindowTable } from './window-table.ts'

const HOUR = 3_600_000

/** What is too much, by the question that a window asks. */
export interface ScanLimits {
  readonly vertical: readonly Limit[]
  readonly sweep: readonly Limit[]
  /** Of ports that ordinary clients ask of many hosts. */
  readonly manySweep: readonly Limit[]
  readonly block: readonly Limit[]
  readonly target: readonly Limit[]
  readonly port: readonly Limit[]
  /** Multiplies what the test of first contacts asks for, and once more for sources of the own networks. */
  readonly sequentialFactor: number
  readonly homeFactor: number
}

export function scanLimits({ ports, hosts, unknownFactor }: ScanSettings): ScanLimits {
  return {
    vertical: limits(ports, unknownFactor),
    sweep: limits(hosts, unknownFactor),
    manySweep: limits(hosts, unknownFactor * 2, 10),
    block: limits(hosts * 2, unknownFactor),
    target: limits(ports * 4, unknownFactor),
    port: [{ millis: HOUR, failed: hosts * 8, tried: Infinity }],
    // Who wants to hear of more hosts only has less to fear of few.
    sequentialFactor: Math.max(1, hosts / SCAN_SETTINGS.hosts),
    homeFactor: 10,
  }
}

/** A limit that a window is over, and what it counts. */
export interface Hit {
  readonly limit: Limit
  readonly threshold: number
  readonly count: number
  readonly failed: number
}

/** The first limit that a window is over, where at least `leastShare` of its contacts are not known to have succeeded. */
export function over(
  table: WindowTable,
  row: number,
  time: number,
  all: readonly Limit[],
  leastShare = 0,
): Hit | undefined {
  const most = table.total(row)
  for (const limit of all) {
    // A contact of which nothing is known weighs less than a failure.
    const share = limit.failed / limit.tried
    // Most windows hold too little whatever its times are: those need not be gone through.
    if (most.failed + (most.tried - most.failed) * share < limit.failed - 1e-9) continue
    const { failed, tried, succeeded } = table.count(row, time - limit.millis)
    if (tried < (tried + succeeded) * leastShare) continue
    const weight = failed + (tried - failed) * share
    if (weight >= limit.failed - 1e-9)
      return { limit, threshold: failed === 0 ? limit.tried : limit.failed, count: tried, failed }
  }
  return undefined
}
