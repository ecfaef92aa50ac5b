import { useEffect, useRef } from 'react'
import { tinykeys } from 'tinykeys'

export type Shortcuts = Readonly<Record<string, (event: KeyboardEvent) => void>>

/** Single keys can be switched off (WCAG 2.1.4); chords with Control stay. */
export function singleKeysOn(): boolean {
  return localStorage.getItem('vedetta.keys') !== 'off'
}

function isTyping(event: KeyboardEvent): boolean {
  const target = event.target
  if (!(target instanceof HTMLElement)) return false
  return target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName)
}

function inDialog(event: KeyboardEvent): boolean {
  return event.target instanceof Element && event.target.closest('[role="dialog"]') !== null
}

/** Binds keys of UX habit while a component is shown: none fires while somebody types or in a dialog. */
export function useShortcuts(shortcuts: Shortcuts, options: { inDialogs?: boolean } = {}): void {
  const latest = useRef(shortcuts)
  latest.current = shortcuts
  const keys = Object.keys(shortcuts).join('\n')
  const inDialogs = options.inDialogs === true
  useEffect(() => {
    const bound = Object.fromEntries(
      keys.split('\n').map((key) => [
        key,
        (event: KeyboardEvent) => {
          const chord = key.includes('$mod') || key.includes('Control')
          if (!chord && (!singleKeysOn() || isTyping(event))) return
          if (!chord && !inDialogs && inDialog(event)) return
          event.preventDefault()
          latest.current[key]?.(event)
        },
      ]),
    )
    return tinykeys(window, bound)
  }, [keys, inDialogs])
}
