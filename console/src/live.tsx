import { notifications } from '@mantine/notifications'
import { useQueryClient, type QueryClient } from '@tanstack/react-query'
import { createContext, use, useEffect, useMemo, useRef, type ReactNode } from 'react'
import { alertView, type Alert } from './api/alerts.ts'
import { show } from './document.ts'
import { useEventSource, type SourceState } from './event-source.ts'
import { messages as m } from './messages.ts'
import { useSession } from './session-context.tsx'

/** `missed` says that more happened than was told. */
export type LiveKind = 'alert' | 'state' | 'changed' | 'missed'
type Listener = (kind: LiveKind, data: unknown) => void

interface Live extends SourceState {
  subscribe(listener: Listener): () => void
}

const LiveContext = createContext<Live | undefined>(undefined)

const KINDS = ['alert', 'state', 'changed'] as const
const ALERT_KEYS = ['alerts', 'alert-severities', 'alert'] as const
/** What the server calls by one name and screens keep under another besides. */
const FURTHER_KEYS: Readonly<Record<string, readonly string[]>> = { rules: ['rule'], watches: ['watch'] }

const SOON_MILLIS = 150
/** A change of thousands of alerts is thousands of messages; what is shown is asked for once in so long. */
const LEAST_MILLIS = 1_000

/** One live stream for all screens: what others change is asked for anew, what is assigned to this user is said. */
export function LiveProvider({ children }: { children: ReactNode }) {
  const client = useQueryClient()
  const { user } = useSession().session
  const listeners = useRef(new Set<Listener>())
  const outdate = useMemo(() => outdating(client), [client])
  const state = useEventSource('/_vedetta/live', KINDS, (kind, data) => {
    if (kind === 'state') {
      outdate(ALERT_KEYS)
      sayAssigned(data, user)
    } else if (kind === 'changed') {
      const { what = '' } = data as { what?: string }
      outdate([what, ...(FURTHER_KEYS[what] ?? [])])
    } else if (kind === 'missed') outdate(undefined)
    for (const listener of listeners.current) listener(kind, data)
  })
  const { connected, dropped } = state
  const live = useMemo(
    () => ({
      connected,
      dropped,
      subscribe(listener: Listener) {
        listeners.current.add(listener)
        return () => void listeners.current.delete(listener)
      },
    }),
    [connected, dropped],
  )
  return <LiveContext value={live}>{children}</LiveContext>
}

/** What the live stream tells beside that something was changed, which is looked after. */
export function useLive(onMessage: Listener): SourceState {
  const live = use(LiveContext)
  if (live === undefined) throw new Error('outside of the live stream')
  const latest = useRef(onMessage)
  latest.current = onMessage
  const { subscribe } = live
  useEffect(() => subscribe((kind, data) => latest.current(kind, data)), [subscribe])
  return live
}

/** @returns what marks queries as out of date by the beginnings of their keys, all of them where none is given */
function outdating(client: QueryClient): (keys: readonly string[] | undefined) => void {
  let waiting: Set<string> | 'all' = new Set()
  let timer: ReturnType<typeof setTimeout> | undefined
  let before = -Infinity
  const flush = (): void => {
    const keys = waiting
    waiting = new Set()
    timer = undefined
    before = performance.now()
    if (keys === 'all') void client.invalidateQueries()
    else for (const key of keys) void client.invalidateQueries({ queryKey: [key] })
  }
  return (keys) => {
    if (keys === undefined) waiting = 'all'
    else if (waiting !== 'all') for (const key of keys) waiting.add(key)
    timer ??= setTimeout(flush, Math.max(SOON_MILLIS, before + LEAST_MILLIS - performance.now()))
  }
}

function sayAssigned(data: unknown, user: string | null): void {
  const { change, by, alert } = data as { change?: string; by?: string; alert?: Alert }
  if (change !== 'assigned' || alert === undefined || user === null || by === user) return
  const view = alertView(alert)
  if (view.assignee !== user) return
  notifications.show({
    id: `assigned ${alert.id}`,
    autoClose: false,
    title: m.inbox.assignedToYou(show(by ?? '', 100)),
    message: (
      <a href={`/_vedetta/ui/alerts/${encodeURIComponent(alert.id)}`}>
        {show(`${view.rule} ${view.entityValue}`, 200)}
      </a>
    ),
  })
}
