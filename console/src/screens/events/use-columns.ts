import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useMemo, useRef } from 'react'
import { profile, type Profile } from '../../api/profile.ts'
import { useUrlState } from '../../url-state.ts'
import { readColumns, writeColumns, type Column } from './columns.tsx'

/** A drag of an edge is many changes. */
const SAVED_AFTER = 1_000

/**
 * The columns of the table: those of the address, or where it names none those that the user had last, which the address then
 * has. What is chosen is kept for the user, in whatever browser.
 */
export function useColumns(): [readonly Column[], (columns: readonly Column[]) => void] {
  const [url, setUrl] = useUrlState()
  const client = useQueryClient()
  const kept = useQuery({ queryKey: ['profile'], queryFn: profile.get, staleTime: Infinity, retry: false })
  const begun = useRef(url['cols'] !== undefined)
  const saving = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => {
    if (begun.current || kept.data === undefined) return
    begun.current = true
    if (kept.data.columns) setUrl({ cols: kept.data.columns }, { replace: true })
  }, [kept.data, setUrl])
  const columns = useMemo(() => readColumns(url['cols']), [url['cols']])
  const choose = (next: readonly Column[]): void => {
    begun.current = true
    const cols = writeColumns(next)
    // Every step of a drag is a change: none of them is a place to go back to.
    setUrl({ cols }, { replace: true })
    client.setQueryData<Profile>(['profile'], (before) => ({ ...before, columns: cols ?? '' }))
    clearTimeout(saving.current)
    // Where it cannot be kept the address still has it.
    saving.current = setTimeout(() => void profile.put({ columns: cols ?? '' }).catch(() => undefined), SAVED_AFTER)
  }
  return [columns, choose]
}
