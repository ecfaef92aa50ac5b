import { seenEvent, type SeenEvent, type SigmaRules } from '../../detect/index.ts'
import type { Finding } from '../../alert/index.ts'
import { fail } from '../../diagnostic/index.ts'
import { toValue } from '../../event/index.ts'
import { checkSearch } from '../../search/dsl/index.ts'
import type { Router, Store } from '../../search/index.ts'
import { guardStore } from '../guarded-store.ts'
import { objectOf, textOf } from './body.ts'

const EVENTS = { expressions: ['*'], ignoreUnavailable: true, allowNoIndices: true }
const DAY_MILLIS = 86_400_000
const PAGE = 2_000
const MOST_EVENTS = 1_000_000
const MOST_DAYS = 31
const LONGEST_MILLIS = 30_000
const SAMPLES = 20
/** As far as a search may be paged by position. */
const MOST_SKIPPED = 10_000

/**
 * `POST /_vedetta/rules/_preview` with `{ id, days }`: what a rule would have raised over the stored events, judged in their
 * order by the live engine, with the rules it builds on and the filters. It ends when the caller leaves, after a million
 * events or half a minute, and says so.
 */
export function registerPreviewRoutes(router: Router, rules: SigmaRules, unguarded: Store, now: () => number): void {
  const store = guardStore(unguarded)
  router.route({
    method: 'POST',
    path: '/_vedetta/rules/_preview',
    async handle(request) {
      const body = objectOf(request, ['id', 'days'])
      const days = body['days'] ?? 7
      if (typeof days !== 'number' || !Number.isInteger(days) || days < 1 || days > MOST_DAYS)
        throw fail('rest.validation', { reason: `'days' must be a whole number from 1 to ${MOST_DAYS}` })
      const { rule, detector } = rules.trial(textOf(body, 'id', 1_000))
      const to = now()
      const from = to - days * DAY_MILLIS
      const raised = new Raised(from, days)
      const keep = (findings: readonly Finding[]): void => {
        for (const finding of findings) if (finding.phase === 'open' && finding.rule.id === rule.id) raised.add(finding)
      }
      let events = 0
      let truncated = false
      for await (const page of pagesOf(store, from, to, request.signal)) {
        keep(detector.see(page))
        events += page.length
        if (events >= MOST_EVENTS || now() - to > LONGEST_MILLIS) {
          truncated = true
          break
        }
      }
      keep(detector.tick(to))
      return {
        body: { id: rule.id, days, from, to, events, truncated, ...raised.told() },
      }
    },
  })
}

/** Counts, and the last few: a rule that matches every event keeps no million findings. */
class Raised {
  private readonly from: number
  private readonly perDay: number[]
  private alerts = 0
  private readonly last: Finding[] = []

  constructor(from: number, days: number) {
    this.from = from
    this.perDay = Array.from({ length: days }, () => 0)
  }

  add(finding: Finding): void {
    const { perDay } = this
    const day = Math.min(perDay.length - 1, Math.max(0, Math.floor((finding.time - this.from) / DAY_MILLIS)))
    perDay[day] = perDay[day]! + 1
    this.alerts++
    this.last.push(finding)
    if (this.last.length > SAMPLES) this.last.shift()
  }

  told(): object {
    const { alerts, perDay, last } = this
    const samples = last.toReversed().map(({ time, entity, reason }) => ({ time, entity: entity.value, reason }))
    return { alerts, perDay, samples }
  }
}

async function* pagesOf(
  store: Store,
  from: number,
  to: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<SeenEvent[]> {
  let since = from
  // Those of the moment `since` that were read already.
  let skip = 0
  for (;;) {
    const search = checkSearch(
      toValue({
        size: PAGE,
        from: skip,
        track_total_hits: false,
        query: { range: { '@timestamp': { gte: since, lte: to, format: 'epoch_millis' } } },
        sort: [{ '@timestamp': { order: 'asc', unmapped_type: 'date' } }],
      }),
    )
    const { hits } = await store.search(EVENTS, search, signal === undefined ? {} : { signal })
    const times = hits.hits.map(({ sort }) => Number(sort?.[0]))
    const last = times.at(-1)
    if (last === undefined) return
    yield hits.hits.flatMap(({ _source, _index, _id }) => {
      const event = _source === undefined ? undefined : seenEvent(_source, _index, _id)
      return event === undefined ? [] : [event]
    })
    if (times.length < PAGE) return
    const same = times.filter((time) => time === last).length
    skip = last === since ? skip + same : same
    since = last
    if (skip + PAGE > MOST_SKIPPED) {
      since++
      skip = 0
    }
  }
}
