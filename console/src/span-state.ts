import { useCallback, useMemo, useState } from 'react'
import { resolveSpan, type Span } from './time.ts'
import { useUrlState } from './url-state.ts'

/** The span of time that a screen is about: its bounds stand in the address, and what they mean is as of one moment. */
export interface SpanState {
  /** As chosen, such as `now-24h`. */
  readonly from: string
  readonly to: string
  readonly span: Span
  /** The moment that `span` was worked out at. */
  readonly now: number
  /** Works the span out anew, as of this moment. */
  refresh(): void
  /** What the picker of times is given. */
  readonly picker: { from: string; to: string; onChange: (range: { from: string; to: string }) => void }
}

export function useSpan(): SpanState {
  const [url, setUrl] = useUrlState()
  const from = url['from'] ?? 'now-24h'
  const to = url['to'] ?? 'now'
  const [now, setNow] = useState(() => Date.now())
  const refresh = useCallback(() => setNow(Date.now()), [])
  const span = useMemo(() => resolveSpan(from, to, now), [from, to, now])
  const onChange = (range: { from: string; to: string }): void => {
    refresh()
    setUrl(range)
  }
  return { from, to, span, now, refresh, picker: { from, to, onChange } }
}
