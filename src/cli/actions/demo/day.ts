/** One thing that happens in the demonstration: a connection asked for, a login, or a request of a web server. */
export type Happening =
  | {
      readonly kind: 'connection'
      readonly time: number
      readonly source: string
      readonly sourcePort: number
      readonly target: string
      readonly port: number
      /** Whether the target answers; else it refuses. */
      readonly open: boolean
    }
  | {
      readonly kind: 'login'
      readonly time: number
      readonly source: string
      readonly host: string
      readonly user: string
      readonly success: boolean
    }
  | {
      readonly kind: 'request'
      readonly time: number
      readonly source: string
      readonly host: string
      readonly method: string
      readonly path: string
      readonly status: number
    }

export interface DayOptions {
  /** The same seed makes the same day. */
  readonly seed: number
  /** When the day ends, in epoch milliseconds. */
  readonly end: number
  readonly hours: number
  /** Multiplies the ordinary traffic. */
  readonly volume: number
}

const HOUR = 3_600_000
const CLIENTS = Array.from({ length: 40 }, (_, at) => `10.20.1.${at + 10}`)
const SERVERS = [
  { address: '10.20.0.5', ports: [53], name: 'dns' },
  { address: '10.20.0.10', ports: [80, 443], name: 'www' },
  { address: '10.20.0.11', ports: [443], name: 'mail' },
  { address: '10.20.0.20', ports: [22], name: 'bastion' },
  { address: '10.20.0.30', ports: [5432], name: 'db' },
  { address: '10.20.0.40', ports: [445, 139], name: 'files' },
] as const
const USERS = ['ana', 'ben', 'chiara', 'dmitri', 'eva', 'farid']
const GUESSED = ['root', 'admin', 'test', 'oracle', 'ubuntu', 'postgres', 'git', 'backup']
const PATHS = ['/', '/login', '/api/orders', '/api/orders/17', '/static/app.js', '/static/app.css', '/search?q=boots']
const PROBED = ['/wp-login.php', '/.env', '/phpmyadmin/', '/cgi-bin/luci', '/.git/config', '/admin.php']

/**
 * A day of a small network in the order it happens: people at work, and among them a scan of each shape, guessed passwords
 * with one that succeeds, a host inside that looks around after it, and somebody who tries addresses of a web server.
 * All addresses of strangers are from the ranges for documentation.
 */
export function demoDay({ seed, end, hours, volume }: DayOptions): Happening[] {
  const random = generator(seed)
  const start = end - hours * HOUR
  const at = (share: number): number => start + share * hours * HOUR
  const happenings = [
    ...ordinaryTraffic(random, start, end, hours, volume),
    ...ordinaryLogins(random, start, end, hours),
    // Horizontal: one port of a whole network.
    ...scan(random, {
      source: '203.0.113.77',
      start: at(0.2),
      step: 180,
      targets: hostsOf('10.20.2', 200),
      ports: [445],
    }),
    // Slow: a port every few minutes, all day.
    ...scan(random, {
      source: '198.51.100.23',
      start: at(0.02),
      step: Math.round((0.9 * hours * HOUR) / 90),
      targets: ['10.20.0.10'],
      ports: portsOf(random, 90),
    }),
    // Vertical: many ports of one host.
    ...scan(random, {
      source: '203.0.113.9',
      start: at(0.45),
      step: 25,
      targets: ['10.20.0.10'],
      ports: portsOf(random, 1_000),
    }),
    // Block: many ports of many hosts.
    ...scan(random, {
      source: '198.51.100.200',
      start: at(0.62),
      step: 12,
      targets: hostsOf('10.20.0', 24),
      ports: portsOf(random, 40),
    }),
    ...guessing(random, at(0.7)),
    // The one who got in looks around from within.
    ...scan(random, {
      source: '10.20.0.20',
      start: at(0.72),
      step: 90,
      targets: hostsOf('10.20.1', 120),
      ports: [22, 3389],
    }),
    ...webProbes(random, at(0.55)),
    // And one that goes on as the demonstration ends.
    ...scan(random, {
      source: '203.0.113.50',
      start: end - 20_000,
      step: 60,
      targets: ['10.20.0.40'],
      ports: portsOf(random, 300),
    }),
  ]
  return happenings.filter(({ time }) => time <= end).sort((a, b) => a.time - b.time)
}

type Random = () => number

/** Mulberry32, by Tommy Ettinger, public domain: small, and the same everywhere. */
function generator(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

function pick<T>(random: Random, list: readonly T[]): T {
  return list[Math.floor(random() * list.length)]!
}

function hostsOf(network: string, count: number): string[] {
  return Array.from({ length: count }, (_, at) => `${network}.${at + 1}`)
}

function portsOf(random: Random, count: number): number[] {
  const ports = new Set<number>([21, 22, 23, 25, 80, 110, 139, 143, 443, 445, 3306, 3389, 5432, 8080])
  while (ports.size < count) ports.add(1 + Math.floor(random() * 10_000))
  return [...ports].slice(0, count)
}

function ephemeral(random: Random): number {
  return 32_768 + Math.floor(random() * 28_000)
}

function isOpen(target: string, port: number): boolean {
  return SERVERS.some(({ address, ports }) => address === target && (ports as readonly number[]).includes(port))
}

/** Few at night, most before and after noon. */
function busyness(time: number): number {
  const hour = new Date(time).getHours() + new Date(time).getMinutes() / 60
  return 0.15 + Math.exp(-((hour - 10.5) ** 2) / 8) + 0.9 * Math.exp(-((hour - 15) ** 2) / 8)
}

function ordinaryTraffic(random: Random, start: number, end: number, hours: number, volume: number): Happening[] {
  const count = Math.round(400 * hours * volume)
  const found: Happening[] = []
  while (found.length < count) {
    const time = start + random() * (end - start)
    if (random() > busyness(time) / 1.2) continue
    const { address, ports, name } = pick(random, SERVERS)
    const source = pick(random, CLIENTS)
    const port = pick<number>(random, ports)
    found.push({ kind: 'connection', time, source, sourcePort: ephemeral(random), target: address, port, open: true })
    if (name === 'www' && found.length < count) {
      const path = pick(random, PATHS)
      const status = random() < 0.02 ? 500 : random() < 0.04 ? 404 : 200
      found.push({ kind: 'request', time: time + 5, source, host: 'www', method: 'GET', path, status })
    }
  }
  return found
}

function ordinaryLogins(random: Random, start: number, end: number, hours: number): Happening[] {
  return Array.from({ length: Math.round(6 * hours) }, () => {
    const time = start + random() * (end - start)
    const [source, user] = [pick(random, CLIENTS), pick(random, USERS)]
    return { kind: 'login', time, source, host: 'bastion', user, success: random() > 0.08 } as const
  })
}

function scan(
  random: Random,
  scanning: {
    readonly source: string
    readonly start: number
    /** Milliseconds from one probe to the next, on average. */
    readonly step: number
    readonly targets: readonly string[]
    readonly ports: readonly number[]
  },
): Happening[] {
  const { source, start, step, targets, ports } = scanning
  let time = start
  return targets.flatMap((target) =>
    ports.map((port): Happening => {
      time += step * (0.5 + random())
      return {
        kind: 'connection',
        time,
        source,
        sourcePort: ephemeral(random),
        target,
        port,
        open: isOpen(target, port),
      }
    }),
  )
}

/** 240 passwords, of which the last is right. */
function guessing(random: Random, start: number): Happening[] {
  const source = '192.0.2.66'
  let time = start
  const failed = Array.from({ length: 240 }, (): Happening => {
    time += 700 + random() * 1_200
    return { kind: 'login', time, source, host: 'bastion', user: pick(random, GUESSED), success: false }
  })
  return [...failed, { kind: 'login', time: time + 2_000, source, host: 'bastion', user: 'backup', success: true }]
}

function webProbes(random: Random, start: number): Happening[] {
  let time = start
  return Array.from({ length: 120 }, (): Happening => {
    time += 200 + random() * 500
    const path = pick(random, PROBED)
    return { kind: 'request', time, source: '192.0.2.140', host: 'www', method: 'GET', path, status: 404 }
  })
}
