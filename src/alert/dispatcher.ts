import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { Clock, Timer } from '../clock/index.ts'
import type { Logger } from '../diagnostic/index.ts'
import { isObject, parseJson, stringifyJson, toValue, type ValueObject } from '../event/index.ts'
import { readIfThere, replaceFile } from '../journal/index.ts'
import type { Message, Notifier } from '../notify/index.ts'
import type { AlertChange, StoredAlert } from './alerts.ts'
import { textAt, valueAt } from './document.ts'
import { subjectOf, textOf, webhookBody, type MessageSettings } from './message.ts'
import { routesOf, type InhibitRule, type Receiver, type RouteNode, type RouteTable } from './route-file.ts'
import { valuesOf } from './silences.ts'

export interface DispatcherOptions {
  readonly table: RouteTable
  readonly notifier: Pick<Notifier, 'deliver'>
  readonly clock: Clock
  readonly logger: Logger
  /** `path.data`: what waits lies in `notify-routes.json`. */
  readonly dataPath: string
  readonly message: MessageSettings
}

/** Which receiver an alert goes to, and with which others. */
export interface Routed {
  readonly receiver: string
  readonly group: string
  readonly urgent: boolean
}

/**
 * Tells receivers of alerts by the routes.
 *
 * - Urgent alerts are told at once, each for itself.
 * - Of the others the first of a group is told after `group_wait`; what follows waits for the receiver's digest,
 *   at most one in each `group_interval`, which holds all groups that have something new.
 * - What waits is on disk within a second and goes on after a restart; messages have stable ids, so that none is repeated.
 */
export interface Dispatcher {
  accept(alert: StoredAlert, change: AlertChange['change']): void
  /** Alerts that wait for a digest. */
  pending(): number
  stop(): Promise<void>
}

interface Lane {
  /** No digest before it; epoch milliseconds. */
  nextDigest: number
  readonly waiting: Map<string, { readonly alert: StoredAlert; readonly group: string }>
  timer: Timer | undefined
  dueAt: number
}

interface State {
  readonly lanes: Readonly<
    Record<string, { nextDigest: number; dueAt: number; waiting: { alert: StoredAlert; group: string }[] }>
  >
  readonly groups: readonly (readonly [string, number])[]
  readonly urgent: readonly string[]
}

const REMEMBERED = 20_000
const ACTIVE = 20_000
const WAITING = 10_000
const SAVE_AFTER = 250

export function routeAlert(table: RouteTable, document: ValueObject): Routed[] {
  const urgent = textAt(document, 'vedetta.alert.urgent') === 'true'
  return routesOf(table.root, document).map((node) => ({
    receiver: node.receiver,
    group: groupOf(node, document),
    urgent,
  }))
}

function groupOf(node: RouteNode, document: ValueObject): string {
  const names = node.groupBy.includes('...') ? ['rule', 'entity'] : node.groupBy
  return stringifyJson(toValue([node.receiver, ...names.map((name) => `${name}=${valuesOf(document, name)[0] ?? ''}`)]))
}

export async function openDispatcher(options: DispatcherOptions): Promise<Dispatcher> {
  const dispatcher = new RoutedDispatcher(options)
  await dispatcher.load()
  return dispatcher
}

class RoutedDispatcher implements Dispatcher {
  private readonly options: DispatcherOptions
  private readonly lanes = new Map<string, Lane>()
  /** When a group was told last. */
  private readonly groups = new Map<string, number>()
  private readonly urgent = new Set<string>()
  private readonly active = new Map<string, ValueObject>()
  private saving: Promise<void> = Promise.resolve()
  private saveTimer: Timer | undefined
  private repeats: { alert: StoredAlert; node: RouteNode; timer: Timer }[] = []
  private stopped = false

  constructor(options: DispatcherOptions) {
    this.options = options
  }

  async load(): Promise<void> {
    const file = await readIfThere(this.path()).catch(() => undefined)
    if (file === undefined) return
    try {
      const state = parseJson(file.toString()) as unknown as State
      for (const [group, time] of state.groups) this.groups.set(group, time)
      for (const id of state.urgent) this.urgent.add(id)
      for (const [receiver, { nextDigest, dueAt, waiting }] of Object.entries(state.lanes)) {
        const lane = this.lane(receiver)
        lane.nextDigest = nextDigest
        for (const { alert, group } of waiting) lane.waiting.set(alert.id, { alert, group })
        if (lane.waiting.size > 0) this.schedule(receiver, lane, dueAt)
      }
    } catch (error) {
      this.options.logger.warn({ err: error }, 'what waited for a digest cannot be read; starting without it')
    }
  }

  accept(alert: StoredAlert, change: AlertChange['change']): void {
    if (this.stopped) return
    const { document } = alert
    if (valueAt(document, 'vedetta.alert.simulated') === true) return
    const ended = textAt(document, 'vedetta.alert.episode') === 'ended'
    this.active.delete(alert.id)
    if (!ended) {
      this.active.set(alert.id, document)
      if (this.active.size > ACTIVE) this.active.delete(this.active.keys().next().value!)
    }
    const news = change === 'opened' || change === 'reopened'
    for (const node of routesOf(this.options.table.root, document)) {
      const receiver = this.options.table.receivers.get(node.receiver)
      if (receiver === undefined) continue
      if (this.inhibited(alert)) continue
      this.route(alert, node, receiver, news, ended)
    }
    this.saveSoon()
  }

  pending(): number {
    let count = 0
    for (const { waiting } of this.lanes.values()) count += waiting.size
    return count
  }

  async stop(): Promise<void> {
    this.stopped = true
    for (const { timer } of this.lanes.values()) timer?.cancel()
    for (const { timer } of this.repeats) timer.cancel()
    this.saveTimer?.cancel()
    await this.save()
  }

  private route(alert: StoredAlert, node: RouteNode, receiver: Receiver, news: boolean, ended: boolean): void {
    const now = this.options.clock.now()
    const lane = this.lane(receiver.name)
    const key = `${receiver.name} ${alert.id}`
    if (textAt(alert.document, 'vedetta.alert.urgent') === 'true' && !this.urgent.has(key) && !ended) {
      this.urgent.add(key)
      if (this.urgent.size > REMEMBERED) this.urgent.delete(this.urgent.values().next().value!)
      lane.waiting.delete(alert.id)
      this.send(receiver, [alert], `urgent ${key}`)
      return
    }
    const before = lane.waiting.get(alert.id)
    if (before !== undefined) {
      // What waits is told as it is when it is told.
      lane.waiting.set(alert.id, { ...before, alert })
      return
    }
    if (ended) {
      this.repeats = this.repeats.filter((repeat) => {
        if (repeat.alert.id === alert.id) repeat.timer.cancel()
        return repeat.alert.id !== alert.id
      })
      this.resolved(alert, receiver)
      return
    }
    if (!news) return
    const group = groupOf(node, alert.document)
    const told = this.groups.get(group)
    const first = told === undefined || now - told >= node.groupInterval
    if (lane.waiting.size >= WAITING) lane.waiting.delete(lane.waiting.keys().next().value!)
    lane.waiting.set(alert.id, { alert, group })
    this.groups.delete(group)
    this.groups.set(group, first ? now : told)
    if (this.groups.size > REMEMBERED) this.groups.delete(this.groups.keys().next().value!)
    if (first) {
      // A new kind of trouble is told now; what else waits stays for the digest.
      if (node.groupWait > 0) this.options.clock.after(node.groupWait, () => this.flushGroup(receiver, group, node))
      else this.flushGroup(receiver, group, node)
    } else this.schedule(receiver.name, lane, Math.max(lane.nextDigest, told + node.groupInterval))
    if (node.repeatInterval !== undefined) this.repeatLater(alert, node, receiver, node.repeatInterval)
  }

  private flushGroup(receiver: Receiver, group: string, node: RouteNode): void {
    if (this.stopped) return
    const lane = this.lane(receiver.name)
    const alerts = [...lane.waiting.values()].filter((entry) => entry.group === group).map(({ alert }) => alert)
    if (alerts.length === 0) return
    for (const { id } of alerts) lane.waiting.delete(id)
    const now = this.options.clock.now()
    this.groups.set(group, now)
    lane.nextDigest = Math.max(lane.nextDigest, now + node.groupInterval)
    this.send(receiver, alerts, `group ${alerts.map(({ id }) => id).join(' ')}`)
    this.saveSoon()
  }

  private schedule(receiver: string, lane: Lane, at: number): void {
    if (lane.timer !== undefined && lane.dueAt <= at) return
    lane.timer?.cancel()
    lane.dueAt = at
    lane.timer = this.options.clock.after(Math.max(0, at - this.options.clock.now()), () => this.digest(receiver, lane))
  }

  private digest(name: string, lane: Lane): void {
    lane.timer = undefined
    if (this.stopped) return
    const receiver = this.options.table.receivers.get(name)
    const entries = [...lane.waiting.values()]
    lane.waiting.clear()
    if (receiver === undefined || entries.length === 0) return
    const now = this.options.clock.now()
    let interval = 0
    for (const { alert, group } of entries) {
      this.groups.set(group, now)
      for (const node of routesOf(this.options.table.root, alert.document))
        if (node.receiver === name) interval = Math.max(interval, node.groupInterval)
    }
    lane.nextDigest = now + interval
    this.send(
      receiver,
      entries.map(({ alert }) => alert),
      `digest ${entries.map(({ alert }) => alert.id).join(' ')}`,
    )
    this.saveSoon()
  }

  private resolved(alert: StoredAlert, receiver: Receiver): void {
    const { name, emails, webhooks, slacks } = receiver
    const wanted = {
      name,
      emails: emails.filter(({ sendResolved }) => sendResolved),
      webhooks: webhooks.filter(({ sendResolved }) => sendResolved),
      slacks: slacks.filter(({ sendResolved }) => sendResolved),
    }
    this.send(wanted, [alert], `resolved ${name} ${alert.id}`)
  }

  private repeatLater(alert: StoredAlert, node: RouteNode, receiver: Receiver, interval: number): void {
    if (this.repeats.length >= WAITING) return
    const timer = this.options.clock.after(interval, () => {
      this.repeats = this.repeats.filter((repeat) => repeat.timer !== timer)
      const document = this.active.get(alert.id)
      if (document === undefined || this.stopped) return
      const status = textAt(document, 'vedetta.alert.status')
      if (status !== undefined && status !== 'open') return
      const now = { ...alert, document }
      this.send(receiver, [now], `repeat ${alert.id} ${Math.floor(this.options.clock.now())}`)
      this.repeatLater(now, node, receiver, interval)
    })
    this.repeats.push({ alert, node, timer })
  }

  /** Whether an active alert speaks for this one. */
  private inhibited(alert: StoredAlert): boolean {
    return this.options.table.inhibit.some((rule) => this.inhibitedBy(rule, alert))
  }

  private inhibitedBy({ source, target, equal }: InhibitRule, { id, document }: StoredAlert): boolean {
    if (!target.every((test) => test(document))) return false
    const same = (other: ValueObject): boolean =>
      equal.every((name) => (valuesOf(other, name)[0] ?? '') === (valuesOf(document, name)[0] ?? ''))
    for (const [other, active] of this.active)
      if (other !== id && source.every((test) => test(active)) && same(active)) return true
    return false
  }

  private send(receiver: Receiver, alerts: readonly StoredAlert[], key: string): void {
    const { message, notifier, logger } = this.options
    const id = createHash('sha256').update(`${receiver.name} ${key}`).digest('hex').slice(0, 40)
    const messages: Message[] = []
    for (const [i, { to, account }] of receiver.emails.entries())
      messages.push({
        kind: 'email',
        messageId: `${id}.${i}@vedetta`,
        account,
        to,
        subject: subjectOf(alerts),
        text: textOf(alerts, message),
      })
    for (const [i, { url }] of receiver.webhooks.entries())
      messages.push({
        kind: 'webhook',
        key: `${id}.webhook.${i}`,
        method: 'POST',
        url,
        headers: { 'content-type': 'application/json' },
        body: stringifyJson(toValue(webhookBody(alerts, receiver.name, key.slice(0, 100), message))),
      })
    for (const [i, { url, channel }] of receiver.slacks.entries())
      messages.push({
        kind: 'webhook',
        key: `${id}.slack.${i}`,
        method: 'POST',
        url,
        headers: { 'content-type': 'application/json' },
        body: stringifyJson(
          toValue({
            ...(channel === undefined ? {} : { channel }),
            text: `${escapeSlack(subjectOf(alerts))}\n${escapeSlack(textOf(alerts, message).slice(0, 30_000))}`,
          }),
        ),
      })
    for (const part of messages)
      notifier.deliver(part).catch((error: unknown) => {
        logger.error({ err: error, receiver: receiver.name }, 'a message about alerts could not be given to the queue')
      })
  }

  private lane(receiver: string): Lane {
    let lane = this.lanes.get(receiver)
    if (lane === undefined) {
      lane = { nextDigest: 0, waiting: new Map(), timer: undefined, dueAt: 0 }
      this.lanes.set(receiver, lane)
    }
    return lane
  }

  private saveSoon(): void {
    if (this.saveTimer !== undefined || this.stopped) return
    this.saveTimer = this.options.clock.after(SAVE_AFTER, () => {
      this.saveTimer = undefined
      void this.save()
    })
  }

  private save(): Promise<void> {
    const state: State = {
      lanes: Object.fromEntries(
        [...this.lanes].map(([name, { nextDigest, dueAt, waiting }]) => [
          name,
          { nextDigest, dueAt, waiting: [...waiting.values()] },
        ]),
      ),
      groups: [...this.groups],
      urgent: [...this.urgent],
    }
    const text = stringifyJson(toValue(state))
    const before = this.saving
    this.saving = (async () => {
      await before
      try {
        await replaceFile(this.path(), text)
      } catch (error) {
        this.options.logger.error({ err: error }, 'what waits for a digest could not be stored')
      }
    })()
    return this.saving
  }

  private path(): string {
    return join(this.options.dataPath, 'notify-routes.json')
  }
}

function escapeSlack(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** An alert's document as `vedetta notify route` is given it: alone, or with its id beside it. */
export function readAlertDocument(value: unknown): ValueObject | undefined {
  const body = toValue(value)
  if (!isObject(body)) return undefined
  const source = body['_source']
  return isObject(source) ? source : body
}
