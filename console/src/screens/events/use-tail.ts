import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { filterOf, type EventQuery, type Hit } from '../../api/events.ts'
import { useEventSource } from '../../event-source.ts'

/** More are not read, and older ones are found by the search. */
const MOST_ROWS = 500
/** So often the histogram and the rows below are brought up to date. */
const REFRESH_MILLIS = 10_000

export interface Tail {
  readonly connected: boolean
  /** Events that matched, or may have, and were not sent because there were too many at once. */
  readonly dropped: number
  /** How many have arrived while somebody reads. */
  readonly held: number
  /** The rows that have arrived, the newest first, then those that were found, unless they were cleared. */
  rowsWith(found: readonly Hit[]): readonly Hit[]
  /** Only what arrives from now on is shown. */
  clear(): void
}

/**
 * Matching events as they arrive, whatever time they carry.
 *
 * @param on whether to listen
 * @param paused what arrives is held until it ends, so that rows do not move under who reads
 */
export function useTail(query: EventQuery, on: boolean, paused: boolean, refresh: () => void): Tail {
  const { index, text, lucene, pills } = query
  const address = useMemo(() => {
    if (!on) return undefined
    try {
      const filter = { bool: { filter: filterOf({ text, lucene, pills }) } }
      return `/_vedetta/live/events?${new URLSearchParams({ index, query: JSON.stringify(filter) }).toString()}`
    } catch {
      // What is wrong with the query is told where it is written.
      return undefined
    }
  }, [on, index, text, lucene, pills])
  const [rows, setRows] = useState<readonly Hit[]>([])
  const [held, setHeld] = useState<readonly Hit[]>([])
  const [cleared, setCleared] = useState(false)
  const stale = useRef(false)
  useEffect(() => {
    setRows([])
    setHeld([])
    setCleared(false)
  }, [address])
  useEffect(() => {
    if (paused || held.length === 0) return
    setRows((before) => [...held, ...before].slice(0, MOST_ROWS))
    setHeld([])
  }, [paused, held])
  const { connected, dropped } = useEventSource(address, ['rows'], (kind, data) => {
    if (kind === 'missed') {
      // After a new start of the server the search finds what came meanwhile.
      if (data === undefined) refresh()
      return
    }
    const { hits } = data as { hits: readonly Hit[] }
    stale.current = true
    if (hits.length > 0) setHeld((before) => [...hits, ...before].slice(0, MOST_ROWS))
  })
  useEffect(() => {
    if (address === undefined || paused) return undefined
    const timer = setInterval(() => {
      if (stale.current) refresh()
      stale.current = false
    }, REFRESH_MILLIS)
    return () => clearInterval(timer)
  }, [address, paused, refresh])
  const rowsWith = useCallback(
    (found: readonly Hit[]) => {
      if (address === undefined) return found
      if (cleared) return rows
      const live = new Set(rows.map(nameOf))
      return [...rows, ...found.filter((hit) => !live.has(nameOf(hit)))]
    },
    [address, rows, cleared],
  )
  const clear = useCallback(() => {
    setRows([])
    setHeld([])
    setCleared(true)
  }, [])
  return { connected, dropped, held: held.length, rowsWith, clear }
}

function nameOf({ _index, _id }: Hit): string {
  return `${_index}/${_id}`
}
