import { useEffect, useRef, useState } from 'react'

export interface LiveState {
  readonly connected: boolean
  /** Messages that this reader was too slow for. */
  readonly dropped: number
}

/** `missed` says that more happened than was told: what is shown must be asked for anew. */
export type LiveKind = 'alert' | 'state' | 'missed'

/**
 * Listens to the live stream; the browser reconnects by itself and says where it stopped, so that nothing is missed:
 * the server sends what came in between, or `reset` where it no longer has it.
 * `onEvent` is called for each alert, each change of state, and where something was missed.
 */
export function useLive(onEvent: (kind: LiveKind, data: unknown) => void): LiveState {
  const [state, setState] = useState<LiveState>({ connected: false, dropped: 0 })
  const latest = useRef(onEvent)
  latest.current = onEvent
  useEffect(() => {
    const source = new EventSource('/_vedetta/live')
    const read = (event: MessageEvent<string>): unknown => {
      try {
        return JSON.parse(event.data)
      } catch {
        return undefined
      }
    }
    const tell = (kind: 'alert' | 'state') => (event: MessageEvent<string>) => {
      const data = read(event)
      if (data !== undefined) latest.current(kind, data)
    }
    source.addEventListener('open', () => setState((before) => ({ ...before, connected: true })))
    source.addEventListener('error', () => setState((before) => ({ ...before, connected: false })))
    source.addEventListener('alert', tell('alert'))
    source.addEventListener('state', tell('state'))
    source.addEventListener('reset', () => latest.current('missed', undefined))
    source.addEventListener('dropped', (event) => {
      const { dropped = 0 } = (read(event) ?? {}) as { dropped?: number }
      setState((before) => ({ ...before, dropped: before.dropped + dropped }))
      latest.current('missed', undefined)
    })
    return () => source.close()
  }, [])
  return state
}
