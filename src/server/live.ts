import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { AlertChange, Alerts } from '../alert/index.ts'
import type { Clock } from '../clock/index.ts'
import { isAudited } from './access.ts'
import { shown } from './alert-routes.ts'
import { Backlog, messageText, type EventStream, type EventStreams } from './event-stream.ts'
import { requestUser } from './server.ts'

const KEPT = 1000
const BEAT = 15_000
/** What an analyst does with an alert. */
const STATES: ReadonlySet<string> = new Set(['transition', 'assigned', 'commented'])
/** Alerts that are told of one by one; of more that are changed in one go only how many. */
const MOST_AT_ONCE = 20
/** What people change beside alerts, by the route that changes it. */
const CHANGING =
  /^\/(?:_vedetta\/(cases|silences|saved|rules|users|tokens)|(?:_watcher|_xpack\/watcher)\/(watch))(?:\/|$)/

/** Beside users and tokens, what may end the right of a reader: a logout, and the first user. */
const ENDING: ReadonlySet<string> = new Set(['/_vedetta/session', '/_vedetta/setup'])

export interface LiveOptions {
  readonly alerts: Alerts
  readonly clock: Clock
  readonly streams: EventStreams
  readonly stats: () => object
  readonly mayGoOn: (request: FastifyRequest) => Promise<boolean>
}

/**
 * The live stream, `GET /_vedetta/live`: server-sent events `alert` (opened, grew, ended), `state` (an analyst's change; where
 * many alerts are changed in one go their `count`), `changed` (somebody changed a case, silence, saved search, rule, watch,
 * user or token; `what` is asked for anew) and `stats`. `Last-Event-ID`, or `?after=` where it was the reader who closed,
 * resumes with what was missed; where more was missed than is kept, or the server was started anew, a `reset` says that the
 * list must be read again. A reader that is too slow is told how many were `dropped`.
 */
export function registerLive(app: FastifyInstance, options: LiveOptions): () => void {
  const { alerts, clock, streams, stats, mayGoOn } = options
  const backlog = new Backlog<string>(clock.now(), KEPT)
  const listeners = new Set<EventStream>()

  const tell = (event: string, data: object): void => {
    const text = messageText(event, data, backlog.id(backlog.count + 1))
    backlog.add(text)
    for (const listener of listeners) listener.send(text)
  }
  /** Of one moment: a change of many alerts comes in pieces. */
  let changes: AlertChange[] = []
  const tellChanges = (): void => {
    const told = changes
    changes = []
    const states = told.filter(({ change }) => STATES.has(change))
    const many = states.length > MOST_AT_ONCE
    if (many) tell('state', { change: states[0]!.change, by: states[0]!.by, count: states.length })
    for (const { change, alert, by } of told) {
      const event = STATES.has(change) ? 'state' : 'alert'
      if (event === 'alert' || !many) tell(event, { change, ...(by === undefined ? {} : { by }), alert: shown(alert) })
    }
  }
  const unsubscribe = alerts.subscribe((change) => {
    if (changes.length === 0) queueMicrotask(tellChanges)
    changes.push(change)
  })
  app.addHook('onResponse', async (request, reply) => {
    const route = request.is404 ? undefined : request.routeOptions.url
    if (reply.statusCode >= 300 || !isAudited(request.method, route)) return
    const [, own, watch] = CHANGING.exec(route!) ?? []
    const what = watch === undefined ? own : 'watches'
    if (what !== undefined) tell('changed', { what, by: requestUser(request) ?? null })
    if (what === 'users' || what === 'tokens' || ENDING.has(route!)) await streams.review(mayGoOn)
  })
  let timer = clock.after(BEAT, beat)
  function beat(): void {
    const text = messageText('stats', stats())
    for (const listener of listeners) listener.send(text)
    // Sessions grow old, and the command line changes users too.
    void streams.review(mayGoOn)
    timer = clock.after(BEAT, beat)
  }

  app.get('/_vedetta/live', (request, reply) => {
    const stream = streams.open(reply, (closed) => listeners.delete(closed))
    if (stream === undefined) return
    const last = lastSeen(request)
    if (last === undefined) stream.send(messageText('ready', {}, backlog.id()))
    else {
      const seen = backlog.numberOf(last)
      if (seen === undefined) stream.send(messageText('reset', {}, backlog.id()))
      else for (const text of backlog.after(seen)) stream.send(text)
    }
    stream.send(messageText('stats', stats()))
    listeners.add(stream)
  })

  return () => {
    timer.cancel()
    unsubscribe()
    streams.close()
  }
}

/** The id that a reader had last: a browser that lost the connection says it in a header. */
export function lastSeen({ headers, query }: FastifyRequest): string | undefined {
  const { after } = query as { after?: unknown }
  const given = headers['last-event-id'] ?? after
  return typeof given === 'string' && given !== '' ? given : undefined
}
