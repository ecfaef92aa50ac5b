import { useEffect, useRef, useState } from 'react'

export interface LiveState {
  readonly connected: boolean
  readonly dropped: number
}

/**
 * Listens to the live stream; the browser reconnects by itself and says where it stopped, so that nothing is missed.
 * `onEvent` is called for each alert and each change of state.
 */
export function useLive(onEvent: (kind: 'alert' | 'state', data: unknown) => void): LiveState {
  const [state, setState] = useState<LiveState>({ connected: false, dropped: 0 })
  const latest = useRef(onEvent)
  latest.current = onEvent
  useEffect(() => {
    const source = new EventSource('/_vedetta/live')
    const read = (kind: 'alert' | 'state') => (event: MessageEvent<string>) => {
      let data: unknown
      try {
        data = JSON.parse(event.data)
      } catch {
        return
      }
      const dropped = (data as { dropped?: number } | null)?.dropped
      if (typeof dropped === 'number')
        setState((before) => (before.dropped === dropped ? before : { ...before, dropped }))
      latest.current(kind, data)
    }
    source.addEventListener('open', () => setState((before) => ({ ...before, connected: true })))
    source.addEventListener('error', () => setState((before) => ({ ...before, connected: false })))
    source.addEventListener('alert', read('alert'))
    source.addEventListener('state', read('state'))
    return () => source.close()
  }, [])
  return state
}
