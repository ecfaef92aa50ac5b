import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback } from 'react'

export type UrlState = Readonly<Record<string, string | undefined>>

/** All state of a screen: plain parameters of its address, so that a copied address shows the same. */
export function useUrlState(): [UrlState, (patch: UrlState, options?: { replace?: boolean }) => void] {
  const search = useSearch({ strict: false }) as UrlState
  const navigate = useNavigate()
  const set = useCallback(
    (patch: UrlState, options: { replace?: boolean } = {}) => {
      void navigate({
        to: '.',
        search: ((before: UrlState) => clean({ ...before, ...patch })) as never,
        replace: options.replace ?? false,
        resetScroll: false,
      })
    },
    [navigate],
  )
  return [search, set]
}

export function clean(state: UrlState): Record<string, string> {
  return Object.fromEntries(Object.entries(state).filter(([, value]) => value !== undefined && value !== '')) as Record<
    string,
    string
  >
}

export function parseSearch(text: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(text))
}

export function stringifySearch(search: Record<string, unknown>): string {
  const text = new URLSearchParams(clean(search as UrlState)).toString()
  return text === '' ? '' : `?${text}`
}
