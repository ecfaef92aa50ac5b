import { useEffect, useRef, useState } from 'react'

export interface SourceState {
  readonly connected: boolean
  /** Rows or messages that this reader was too slow for. */
  readonly dropped: number
}

/** A browser reconnects only while nobody answers: an answer such as that the session has ended is final for it. */
const AGAIN_MILLIS = 3_000
/** For so long a page out of sight keeps its connection: a browser has but six to a server, whatever the pages. */
const HIDDEN_MILLIS = 10_000

/**
 * Reads server-sent events while the page is in sight. The browser reconnects by itself and says where it stopped, and so
 * does a page that comes back into sight: the server sends what came in between, or `reset` where it no longer has it.
 *
 * @param address undefined reads nothing
 * @param onMessage gets the data of the named events; `missed` where more happened than was told, with `dropped` where it
 *   was more than could be sent
 */
export function useEventSource<Kind extends string>(
  address: string | undefined,
  kinds: readonly Kind[],
  onMessage: (kind: Kind | 'missed', data: unknown) => void,
): SourceState {
  const [state, setState] = useState<SourceState>({ connected: false, dropped: 0 })
  const latest = useRef(onMessage)
  latest.current = onMessage
  const names = kinds.join(' ')
  useEffect(() => {
    if (address === undefined) return undefined
    let source: EventSource | undefined
    let last = ''
    let hiding: ReturnType<typeof setTimeout> | undefined
    let again: ReturnType<typeof setTimeout> | undefined
    const set = (connected: boolean): void =>
      setState((before) => (before.connected === connected ? before : { ...before, connected }))
    const open = (): void => {
      const after = last === '' ? '' : `${address.includes('?') ? '&' : '?'}after=${encodeURIComponent(last)}`
      source = new EventSource(address + after)
      const on = (name: string, act: (data: unknown) => void): void =>
        source!.addEventListener(name, ({ data, lastEventId }: MessageEvent<string>) => {
          last = lastEventId || last
          act(read(data))
        })
      source.addEventListener('open', () => set(true))
      source.addEventListener('error', () => {
        set(false)
        if (source?.readyState !== EventSource.CLOSED) return
        close()
        again = setTimeout(look, AGAIN_MILLIS)
      })
      for (const kind of names.split(' ') as Kind[])
        on(kind, (data) => data !== undefined && latest.current(kind, data))
      on('ready', () => undefined)
      on('reset', () => latest.current('missed', undefined))
      on('dropped', (data) => {
        const { dropped = 0 } = (data ?? {}) as { dropped?: number }
        setState((before) => ({ ...before, dropped: before.dropped + dropped }))
        latest.current('missed', data)
      })
    }
    const close = (): void => {
      source?.close()
      source = undefined
    }
    const look = (): void => {
      clearTimeout(hiding)
      clearTimeout(again)
      if (document.visibilityState === 'hidden') hiding = setTimeout(close, HIDDEN_MILLIS)
      else if (source === undefined) open()
    }
    document.addEventListener('visibilitychange', look)
    look()
    return () => {
      document.removeEventListener('visibilitychange', look)
      clearTimeout(hiding)
      clearTimeout(again)
      close()
    }
  }, [address, names])
  return state
}

function read(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
