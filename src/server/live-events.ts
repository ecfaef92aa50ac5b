import type { FastifyInstance } from 'fastify'
import type { Clock, Timer } from '../clock/index.ts'
import type { Logger } from '../diagnostic/index.ts'
import { toValue } from '../event/index.ts'
import { checkSearch } from '../search/dsl/index.ts'
import type { BulkItem, SearchHit, Store } from '../search/index.ts'
import { Backlog, messageText, type EventStream, type EventStreams } from './event-stream.ts'
import { guardStore } from './guarded-store.ts'
import { lastSeen } from './live.ts'
import { readJson } from './request-body.ts'
import { requestIdentity } from './server.ts'

/** Where an event is that came a moment ago. */
interface Arrival {
  readonly index: string
  readonly id: string
}

const KEPT = 20_000
/** After the last reader has gone, for the one who comes back. */
const NOTED_AFTER = 60_000
const LOOK_MILLIS = 400
/** Of one look: more are counted, not searched. */
const MOST_SEARCHED = 5_000
/** Of one look: nobody reads faster. */
const MOST_ROWS = 100
/** Of the look for what came while a reader was away. */
const MOST_MISSED = 500

/** Those of the arrivals that a query finds, the newest first. */
type Look = (arrivals: readonly Arrival[], size: number) => Promise<{ total: number; hits: readonly SearchHit[] }>

export interface LiveEventsOptions {
  readonly store: Store
  readonly clock: Clock
  readonly logger: Logger
  readonly streams: EventStreams
}

/**
 * The live tail, `GET /_vedetta/live/events?index=&query=`: server-sent events `rows` with the stored events that match, as
 * they arrive, whatever time they carry. What came is noted by its id while somebody reads, and looked for with the
 * query, so that a tail finds what a search does, under the same rights. `Last-Event-ID` resumes after the last row;
 * where more has come meanwhile than is kept a `reset` says so. What is more than a reader can follow is told as `dropped`.
 */
export class LiveEvents {
  private readonly options: LiveEventsOptions
  private readonly arrivals: Backlog<Arrival>
  private readers = 0
  private notedUntil = 0

  constructor(options: LiveEventsOptions) {
    this.options = options
    this.arrivals = new Backlog(options.clock.now(), KEPT)
  }

  /** Told of every bulk once it is durable. */
  note(items: readonly BulkItem[]): void {
    if (this.readers === 0 && this.options.clock.now() > this.notedUntil) return
    for (const { action, index, id, status } of items)
      if (status < 300 && action !== 'delete' && !index.startsWith('.vedetta') && !index.startsWith('.watch'))
        this.arrivals.add({ index, id })
  }

  register(app: FastifyInstance): void {
    const { store, streams } = this.options
    app.get('/_vedetta/live/events', async (request, reply) => {
      const { index = '*', query } = request.query as { index?: string; query?: string }
      const asked = query === undefined ? { match_all: {} } : readJson(query)
      // Refused before the answer begins.
      checkSearch(toValue({ query: asked }))
      const who = requestIdentity(request)
      const guarded = guardStore(store, () => who)
      const selection = { expressions: index.split(','), ignoreUnavailable: true, allowNoIndices: true }
      await guarded.resolveIndices(selection)
      const search: Look = async (arrivals, size) => {
        const body = {
          size,
          track_total_hits: true,
          query: { bool: { filter: [asked, { ids: { values: arrivals.map(({ id }) => id) } }] } },
          sort: [{ '@timestamp': { order: 'desc', unmapped_type: 'date' } }],
        }
        const { hits } = await guarded.search(selection, checkSearch(toValue(body)))
        const places = new Set(arrivals.map((one) => `${one.index}/${one.id}`))
        // An id may be that of an older event of another index.
        const found = hits.hits.filter(({ _index, _id }) => places.has(`${_index}/${_id}`))
        return { total: hits.total?.value ?? found.length, hits: found }
      }
      let end = (): void => {}
      const stream = streams.open(reply, () => end())
      if (stream !== undefined) end = this.follow(stream, lastSeen(request), search)
    })
  }

  /** @returns what ends it */
  private follow(stream: EventStream, last: string | undefined, search: Look): () => void {
    const { clock, logger } = this.options
    const { arrivals } = this
    const seen = last === undefined ? undefined : arrivals.numberOf(last)
    if (seen === undefined) stream.send(messageText(last === undefined ? 'ready' : 'reset', {}, arrivals.id()))
    let at = seen ?? arrivals.count
    let returned = seen !== undefined
    let timer: Timer | undefined
    let ended = false
    const look = async (): Promise<void> => {
      try {
        if (at < arrivals.count) {
          const came = arrivals.count
          const fresh = arrivals.after(at).slice(returned ? 0 : -MOST_SEARCHED)
          const { total, hits } = await search(fresh, returned ? MOST_MISSED : MOST_ROWS)
          if (ended) return
          stream.drop(came - at - fresh.length + Math.max(0, total - hits.length))
          at = came
          returned = false
          // Without rows too: the one who comes back goes on from here.
          stream.send(messageText('rows', { hits }, arrivals.id(came)), hits.length)
        }
      } catch (error) {
        // The index is gone or closed for a moment; the next look tells.
        logger.debug({ err: error }, 'a live tail could not be looked up')
      }
      if (!ended) timer = clock.after(LOOK_MILLIS, () => void look())
    }
    this.readers++
    void look()
    return () => {
      ended = true
      timer?.cancel()
      this.readers--
      this.notedUntil = clock.now() + NOTED_AFTER
    }
  }
}
