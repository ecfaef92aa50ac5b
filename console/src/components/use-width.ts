import { useEffect, useState, type RefObject } from 'react'

/** The width of what holds an element, in pixels, as it changes; `first` until it is known. */
export function useWidth(element: RefObject<HTMLElement | null>, first: number): number {
  const [width, setWidth] = useState(first)
  useEffect(() => {
    const host = element.current?.parentElement
    if (host === null || host === undefined) return undefined
    const observer = new ResizeObserver(() => setWidth(host.clientWidth))
    observer.observe(host)
    return () => observer.disconnect()
  }, [element])
  return width
}
