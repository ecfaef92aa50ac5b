import type { Evidence, Finding, FindingRule, Severity } from '../../alert/index.ts'
import { fail } from '../../diagnostic/index.ts'
import { isObject, toValue, type ValueObject } from '../../event/index.ts'
import type { Detector, SeenEvent } from '../detector.ts'
import { entityOf } from '../entity.ts'
import { Oldest } from '../oldest.ts'
import { loginEvent, type LoginEvent } from './login-event.ts'

export interface LoginSettings {
  /** Failures of one source within the window that are guessing. */
  readonly failures: number
  /** Different users at which one source fails within the window that are spraying. */
  readonly users: number
  /** Failures before a success that make it suspicious. */
  readonly before: number
  /** Milliseconds. */
  readonly windowMillis: number
  /** Without failures for so long, an episode is over; milliseconds. */
  readonly quietMillis: number
  /** Successes of a user before a new source of theirs is told. */
  readonly learned: number
  /** Sources and users remembered; the least recent are forgotten. */
  readonly tracked: number
}

export const LOGIN_SETTINGS: LoginSettings = {
  failures: 10,
  users: 8,
  before: 5,
  windowMillis: 10 * 60_000,
  quietMillis: 60 * 60_000,
  learned: 5,
  tracked: 100_000,
}

const author = ['Vedetta']

export const LOGIN_RULES = {
  guessing: {
    id: 'vedetta-login-guessing',
    name: 'Password guessing',
    kind: 'login',
    version: '1',
    description: 'One source fails to log in again and again.',
    tags: ['attack.credential_access', 'attack.t1110', 'attack.t1110.001'],
    author,
  },
  spraying: {
    id: 'vedetta-login-spraying',
    name: 'Password spraying',
    kind: 'login',
    version: '1',
    description: 'One source fails to log in as many different users.',
    tags: ['attack.credential_access', 'attack.t1110', 'attack.t1110.003'],
    author,
  },
  success: {
    id: 'vedetta-login-success-after-failures',
    name: 'Login after failures',
    kind: 'login',
    version: '1',
    description: 'A source that failed to log in again and again has succeeded.',
    tags: ['attack.credential_access', 'attack.initial_access', 'attack.t1110', 'attack.t1078'],
    author,
  },
  newSource: {
    id: 'vedetta-login-new-source',
    name: 'Login from a new source',
    kind: 'login',
    version: '1',
    description: 'A user logs in from a network they never came from before.',
    tags: ['attack.initial_access', 'attack.t1078'],
    author,
  },
} as const satisfies Record<string, FindingRule>

interface Attempt {
  readonly time: number
  readonly user: string
}

interface Source {
  /** Failures within the window, in order of time; the oldest are dropped over the cap. */
  recent: Attempt[]
  /** Of the episode. */
  start: number
  first: number
  last: number
  count: number
  users: Set<string>
  hosts: Set<string>
  evidence: Evidence[]
  told: { guessing: number; spraying: number }
  succeeded: string[]
}

interface User {
  count: number
  networks: Set<string>
}

const RECENT = 512
const LISTED = 1000
const EVIDENCE = 50
const NETWORKS = 64
const VERSION = 1

/** Guessing, spraying, a success after failures and a new source of a user, on whatever tells of logins. */
export function createLoginDetector(settings: Partial<LoginSettings> = {}): Detector {
  return new LoginDetector({ ...LOGIN_SETTINGS, ...settings })
}

class LoginDetector implements Detector {
  readonly name = 'login'
  private readonly settings: LoginSettings
  /** The least recent first. */
  private readonly sources = new Map<string, Source>()
  private readonly users = new Map<string, User>()
  private readonly oldestSources = new Oldest(this.sources)
  private readonly oldestUsers = new Oldest(this.users)
  private evicted = 0
  private logins = 0
  private newest = 0
  private swept = 0

  constructor(settings: LoginSettings) {
    this.settings = settings
  }

  see(events: readonly SeenEvent[]): Finding[] {
    const findings: Finding[] = []
    for (const event of events) {
      const login = loginEvent(event)
      if (login === undefined) continue
      this.logins++
      if (login.time > this.newest) this.newest = login.time
      if (login.success) this.succeeded(login, findings)
      else this.failed(login, findings)
    }
    return findings
  }

  tick(now: number): Finding[] {
    const findings: Finding[] = []
    // Once a minute is often enough for what ends after an hour.
    if (now - this.swept < 60_000 && now >= this.swept) return findings
    this.swept = now
    for (const [address, source] of this.sources) {
      if (now - source.last < this.settings.quietMillis) continue
      this.end(address, source, findings)
      this.sources.delete(address)
    }
    return findings
  }

  snapshot(): ValueObject {
    return toValue({
      version: VERSION,
      newest: this.newest,
      sources: [...this.sources].map(([address, { users, hosts, ...source }]) => ({
        ...source,
        address,
        users: [...users],
        hosts: [...hosts],
      })),
      users: [...this.users].map(([name, { count, networks }]) => ({ name, count, networks: [...networks] })),
    }) as ValueObject
  }

  restore(state: Uint8Array | ValueObject): void {
    if (!isObject(state) || state['version'] !== VERSION)
      throw fail('detect.snapshot', { name: this.name, reason: 'it is of another version' })
    type Kept = Omit<Source, 'users' | 'hosts'> & { address: string; users: string[]; hosts: string[] }
    const { sources, users, newest } = state as unknown as {
      sources: Kept[]
      users: { name: string; count: number; networks: string[] }[]
      newest: number
    }
    this.newest = newest
    this.sources.clear()
    for (const { address, users, hosts, ...source } of sources)
      this.sources.set(address, { ...source, users: new Set(users), hosts: new Set(hosts) })
    this.users.clear()
    for (const { name, count, networks } of users) this.users.set(name, { count, networks: new Set(networks) })
  }

  get stats(): Detector['stats'] {
    return { logins: this.logins, sources: this.sources.size, users: this.users.size, evicted: this.evicted }
  }

  private failed(login: LoginEvent, findings: Finding[]): void {
    const source = this.sourceOf(login, findings)
    const user = login.user ?? ''
    insert(source.recent, { time: login.time, user })
    const newest = Math.max(source.last, login.time)
    while (source.recent.length > RECENT || source.recent[0]!.time <= newest - this.settings.windowMillis)
      source.recent.shift()
    source.count++
    source.first = Math.min(source.first, login.time)
    source.last = newest
    note(source.users, login.user)
    note(source.hosts, login.host)
    if (source.evidence.length < EVIDENCE && login.id !== undefined)
      source.evidence.push({ index: login.index, id: login.id })

    const { told } = source
    if (told.guessing === 0 ? source.recent.length >= this.settings.failures : source.count >= told.guessing * 2) {
      const phase = told.guessing === 0 ? 'open' : 'update'
      told.guessing = source.count
      findings.push(this.guessing(login.source, source, login.time, phase))
    }
    const distinct = new Set(source.recent.map(({ user }) => user).filter((name) => name !== '')).size
    if (told.spraying === 0 ? distinct >= this.settings.users : source.users.size >= told.spraying * 2) {
      const phase = told.spraying === 0 ? 'open' : 'update'
      told.spraying = source.users.size
      findings.push(this.spraying(login.source, source, login.time, phase))
    }
  }

  private succeeded(login: LoginEvent, findings: Finding[]): void {
    const source = this.sources.get(login.source)
    const before = source?.recent.filter(({ time }) => Math.abs(login.time - time) <= this.settings.windowMillis).length
    if (source !== undefined && before !== undefined && before >= this.settings.before) {
      const user = login.user ?? 'an unknown user'
      const again = source.succeeded.includes(user)
      if (!again && source.succeeded.length < LISTED) {
        source.succeeded.push(user)
        note(source.hosts, login.host)
        findings.push({
          ...this.base(LOGIN_RULES.success, login.source, source, login.time, 'open', 'critical'),
          last: login.time,
          urgent: true,
          count: before,
          threshold: this.settings.before,
          reason: `${login.source} logged in as ${source.succeeded.join(', ')}${login.host === undefined ? '' : ` on ${login.host}`} after ${before} failures within ${minutes(this.settings.windowMillis)}`,
          evidence: [...(login.id === undefined ? [] : [{ index: login.index, id: login.id }]), ...source.evidence],
          fields: toValue({
            source: { ip: login.source },
            user: { name: source.succeeded },
            event: { outcome: 'success' },
          }) as ValueObject,
        })
      }
    }
    if (login.user !== undefined) this.learn(login, login.user, findings)
  }

  private learn(login: LoginEvent, name: string, findings: Finding[]): void {
    const user = this.users.get(name) ?? { count: 0, networks: new Set<string>() }
    this.users.delete(name)
    this.users.set(name, user)
    if (this.users.size > this.settings.tracked) {
      this.users.delete(this.oldestUsers.take()!)
      this.evicted++
    }
    const network = networkOf(login.source)
    const fresh = !user.networks.has(network)
    // Who comes from everywhere has no habit.
    if (fresh && user.count >= this.settings.learned && user.networks.size < NETWORKS)
      findings.push({
        rule: LOGIN_RULES.newSource,
        entity: entityOf(['user.name', 'source.ip'], [name, login.source]),
        episodeStart: login.time,
        time: login.time,
        first: login.time,
        last: login.time,
        phase: 'open',
        severity: 'low',
        count: 1,
        reason: `${name} logged in from ${login.source}, a network not seen in ${user.count} logins before`,
        culprits: [login.source],
        targets: login.host === undefined ? [] : [login.host],
        evidence: login.id === undefined ? [] : [{ index: login.index, id: login.id }],
        fields: toValue({
          source: { ip: login.source },
          user: { name },
          event: { outcome: 'success' },
        }) as ValueObject,
      })
    user.count++
    if (fresh && user.networks.size < NETWORKS) user.networks.add(network)
  }

  private sourceOf(login: LoginEvent, findings: Finding[]): Source {
    const before = this.sources.get(login.source)
    const over = before !== undefined && login.time - before.last > this.settings.quietMillis
    if (over) this.end(login.source, before, findings)
    const source: Source =
      before !== undefined && !over
        ? before
        : {
            recent: [],
            start: login.time,
            first: login.time,
            last: login.time,
            count: 0,
            users: new Set(),
            hosts: new Set(),
            evidence: [],
            told: { guessing: 0, spraying: 0 },
            succeeded: [],
          }
    this.sources.delete(login.source)
    this.sources.set(login.source, source)
    if (this.sources.size > this.settings.tracked) this.evict()
    return source
  }

  /** Forgets the least recent source that was told of nothing, so that a flood of others cannot hide an attacker. */
  private evict(): void {
    this.evicted++
    for (let looked = 0; ; looked++) {
      const address = this.oldestSources.take()!
      const { told } = this.sources.get(address)!
      if (told.guessing + told.spraying > 0 && looked < 100) continue
      this.sources.delete(address)
      return
    }
  }

  private end(address: string, source: Source, findings: Finding[]): void {
    if (source.told.guessing > 0) findings.push(this.guessing(address, source, source.last, 'end'))
    if (source.told.spraying > 0) findings.push(this.spraying(address, source, source.last, 'end'))
    if (source.succeeded.length > 0)
      findings.push({
        ...this.base(LOGIN_RULES.success, address, source, source.last, 'end', 'critical'),
        urgent: true,
        threshold: this.settings.before,
        reason: `${address} logged in as ${source.succeeded.join(', ')} after failures; ${source.count} failures in all, quiet since`,
        fields: toValue({ source: { ip: address }, user: { name: source.succeeded } }) as ValueObject,
      })
  }

  private guessing(address: string, source: Source, time: number, phase: Finding['phase']): Finding {
    return {
      ...this.base(LOGIN_RULES.guessing, address, source, time, phase, source.count >= 1000 ? 'high' : 'medium'),
      threshold: this.settings.failures,
      reason: `${address} failed to log in ${source.count} times since ${new Date(source.first).toISOString()}${usersOf(source)}, ${this.settings.failures} within ${minutes(this.settings.windowMillis)} are the limit`,
    }
  }

  private spraying(address: string, source: Source, time: number, phase: Finding['phase']): Finding {
    return {
      ...this.base(LOGIN_RULES.spraying, address, source, time, phase, 'high'),
      count: source.users.size,
      threshold: this.settings.users,
      reason: `${address} failed to log in as ${source.users.size}${source.users.size >= LISTED ? ' or more' : ''} different users, ${this.settings.users} within ${minutes(this.settings.windowMillis)} are the limit`,
    }
  }

  private base(
    rule: FindingRule,
    address: string,
    source: Source,
    time: number,
    phase: Finding['phase'],
    severity: Severity,
  ): Finding {
    return {
      rule,
      entity: { field: 'source.ip', value: address },
      episodeStart: source.start,
      time,
      first: source.first,
      last: source.last,
      phase,
      severity,
      count: source.count,
      reason: '',
      culprits: [address],
      targets: [...source.hosts],
      evidence: [...source.evidence],
      fields: toValue({
        source: { ip: address },
        user: { name: [...source.users].slice(0, 100) },
        event: { outcome: 'failure' },
      }) as ValueObject,
    }
  }
}

function usersOf(source: Source): string {
  const names = [...source.users]
  if (names.length === 0) return ''
  return ` as ${names.slice(0, 3).join(', ')}${names.length > 3 ? ` and ${names.length - 3} others` : ''}`
}

function note(set: Set<string>, value: string | undefined): void {
  if (value !== undefined && set.size < LISTED) set.add(value)
}

/** Keeps the list in order of time, as events come late at times. */
function insert(list: Attempt[], attempt: Attempt): void {
  let at = list.length
  while (at > 0 && list[at - 1]!.time > attempt.time) at--
  if (at === list.length) list.push(attempt)
  else list.splice(at, 0, attempt)
}

function minutes(millis: number): string {
  return `${Math.round(millis / 60_000)} minutes`
}

/** The /24 or /64 of an address: within it a new address is no news. */
function networkOf(address: string): string {
  if (address.includes(':')) return address.split(':').slice(0, 4).join(':')
  const parts = address.split('.')
  return parts.length === 4 ? parts.slice(0, 3).join('.') : address
}
