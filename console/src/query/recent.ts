const KEY = 'vedetta.queries'
const MOST = 20

/** Queries that were typed in this browser, the latest first. */
export function recentQueries(): string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]')
    return Array.isArray(kept) ? kept.filter((text): text is string => typeof text === 'string') : []
  } catch {
    return []
  }
}

export function rememberQuery(text: string): void {
  if (text.trim() === '') return
  const kept = [text, ...recentQueries().filter((other) => other !== text)].slice(0, MOST)
  localStorage.setItem(KEY, JSON.stringify(kept))
}
