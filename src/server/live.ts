import type { FastifyInstance, FastifyReply } from 'fastify'
import type { Alerts } from '../alert/index.ts'
import type { Clock } from '../clock/index.ts'
import { stringifyJson, toValue } from '../event/index.ts'
import { shown } from './alert-routes.ts'

interface Message {
  readonly id: number
  readonly text: string
}

interface Listener {
  readonly reply: FastifyReply
  dropped: number
}

const KEPT = 1000
const LISTENERS = 200
/** Bytes that wait for a slow reader before messages are dropped for it. */
const WAITING = 1024 * 1024
const BEAT = 15_000

export interface LiveOptions {
  readonly alerts: Alerts
  readonly clock: Clock
  readonly stats: () => object
}

/**
 * The live stream, `GET /_vedetta/live`: server-sent events `alert` (opened, grew, ended), `state` (an analyst's change) and
 * `stats`. `Last-Event-ID` resumes with what was missed; where more was missed than is kept, or the server was
 * started anew, a `reset` says that the list must be read again. A reader that is too slow is told how many were `dropped`.
 */
export function registerLive(app: FastifyInstance, { alerts, clock, stats }: LiveOptions): () => void {
  // Ids say which start of the process they are of.
  const run = Math.floor(clock.now()).toString(36)
  const kept: Message[] = []
  const listeners = new Set<Listener>()
  let last = 0

  const send = (listener: Listener, text: string): void => {
    const { raw } = listener.reply
    if (raw.writableLength > WAITING) {
      listener.dropped++
      return
    }
    if (listener.dropped > 0) {
      raw.write(`event: dropped\ndata: {"dropped":${listener.dropped}}\n\n`)
      listener.dropped = 0
    }
    raw.write(text)
  }
  const unsubscribe = alerts.subscribe(({ change, alert, by }) => {
    const event = change === 'transition' || change === 'assigned' || change === 'commented' ? 'state' : 'alert'
    const data = stringifyJson(toValue({ change, ...(by === undefined ? {} : { by }), alert: shown(alert) }))
    const id = ++last
    const text = `id: ${run}-${id}\nevent: ${event}\ndata: ${data}\n\n`
    kept.push({ id, text })
    if (kept.length > KEPT) kept.shift()
    for (const listener of listeners) send(listener, text)
  })
  const statsText = (): string => `event: stats\ndata: ${stringifyJson(toValue(stats()))}\n\n`
  let stopped = false
  let timer = clock.after(BEAT, beat)
  function beat(): void {
    if (stopped) return
    for (const listener of listeners) send(listener, statsText())
    timer = clock.after(BEAT, beat)
  }

  app.get('/_vedetta/live', (request, reply) => {
    if (listeners.size >= LISTENERS) {
      void reply.status(503).send('{"error":"too many live readers"}')
      return
    }
    reply.hijack()
    const { raw } = reply
    raw.writeHead(200, {
      ...(reply.getHeaders() as Record<string, string>),
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    })
    raw.write(`retry: 1000\n\n`)
    const from = request.headers['last-event-id']
    const listener: Listener = { reply, dropped: 0 }
    const [ofRun, number] = typeof from === 'string' ? from.split('-') : []
    if (ofRun !== undefined) {
      const seen = Number(number)
      const gap = ofRun !== run || !Number.isInteger(seen) || seen < (kept[0]?.id ?? last + 1) - 1
      if (gap) raw.write(`id: ${run}-${last}\nevent: reset\ndata: {}\n\n`)
      else for (const { id, text } of kept) if (id > seen) send(listener, text)
    } else raw.write(`id: ${run}-${last}\nevent: ready\ndata: {}\n\n`)
    send(listener, statsText())
    listeners.add(listener)
    const forget = (): void => void listeners.delete(listener)
    raw.on('close', forget)
    raw.on('error', forget)
  })

  return () => {
    stopped = true
    timer.cancel()
    unsubscribe()
    for (const { reply } of listeners) reply.raw.end()
    listeners.clear()
  }
}
