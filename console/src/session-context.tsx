import { createContext, use } from 'react'
import type { SessionInfo } from './api/session.ts'

export interface SessionState {
  readonly session: SessionInfo
  refresh(): void
}

export const SessionContext = createContext<SessionState | undefined>(undefined)

export function useSession(): SessionState {
  const state = use(SessionContext)
  if (state === undefined) throw new Error('outside of a session')
  return state
}

/** Whether the user may change alerts, or everything. */
export function useMay(): { triage: boolean; administer: boolean } {
  const { role } = useSession().session
  return { triage: role === 'analyst' || role === 'administrator', administer: role === 'administrator' }
}
