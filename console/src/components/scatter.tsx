import { useComputedColorScheme } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import { formatClock, formatTime, type Span } from '../time.ts'
import { useWidth } from './use-width.ts'

export interface Points {
  readonly times: Float64Array
  readonly ys: Float64Array
  readonly length: number
}

export interface Window {
  readonly span: Span
  readonly low: number
  readonly high: number
}

const LEFT = 64
const BOTTOM = 22

/**
 * Every point of a scan as time × y, by density: each pixel counts its points in a typed array and takes its colour from
 * the logarithm, so a million points are one pass and one image. A drag chooses a window.
 */
export function Scatter({
  points,
  window: view,
  label,
  nameOfY,
  onWindow,
}: {
  points: Points
  window: Window
  label: string
  nameOfY: (y: number) => string
  onWindow: (window: Window) => void
}) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const colorScheme = useComputedColorScheme()
  const width = useWidth(canvas, 900)
  const [drag, setDrag] = useState<{ x0: number; y0: number; x1: number; y1: number } | undefined>()
  const height = 380
  useEffect(() => {
    if (canvas.current !== null) {
      const took = paint(canvas.current, points, view, nameOfY, width, height)
      canvas.current.dataset['painted'] = String(points.length)
      canvas.current.dataset['millis'] = took.toFixed(1)
    }
  }, [points, points.length, view, nameOfY, width, colorScheme])
  const place = (event: React.PointerEvent<HTMLCanvasElement>): [number, number] => {
    const box = event.currentTarget.getBoundingClientRect()
    return [event.clientX - box.left, event.clientY - box.top]
  }
  return (
    <div style={{ position: 'relative' }}>
      <canvas
        ref={canvas}
        role="img"
        aria-label={label}
        style={{ width: '100%', height, cursor: 'crosshair', touchAction: 'none' }}
        onPointerDown={(event) => {
          const [x, y] = place(event)
          event.currentTarget.setPointerCapture(event.pointerId)
          setDrag({ x0: x, y0: y, x1: x, y1: y })
        }}
        onPointerMove={(event) => {
          const [x1, y1] = place(event)
          setDrag((before) => before && { ...before, x1, y1 })
        }}
        onPointerUp={() => {
          if (drag !== undefined && Math.abs(drag.x1 - drag.x0) > 4 && Math.abs(drag.y1 - drag.y0) > 4) {
            const timeAt = (x: number): number =>
              view.span.from + ((x - LEFT) / (width - LEFT)) * (view.span.to - view.span.from)
            const yAt = (y: number): number => view.high - (y / (height - BOTTOM)) * (view.high - view.low)
            onWindow({
              span: {
                from: Math.floor(timeAt(Math.min(drag.x0, drag.x1))),
                to: Math.ceil(timeAt(Math.max(drag.x0, drag.x1))),
              },
              low: Math.max(0, Math.floor(yAt(Math.max(drag.y0, drag.y1)))),
              high: Math.ceil(yAt(Math.min(drag.y0, drag.y1))),
            })
          }
          setDrag(undefined)
        }}
      />
      {drag !== undefined && (
        <div
          style={{
            position: 'absolute',
            pointerEvents: 'none',
            border: '1px solid var(--ved-line)',
            left: Math.min(drag.x0, drag.x1),
            top: Math.min(drag.y0, drag.y1),
            width: Math.abs(drag.x1 - drag.x0),
            height: Math.abs(drag.y1 - drag.y0),
          }}
        />
      )}
    </div>
  )
}

function paint(
  canvas: HTMLCanvasElement,
  points: Points,
  view: Window,
  nameOfY: (y: number) => string,
  width: number,
  height: number,
): number {
  const started = performance.now()
  canvas.width = width
  canvas.height = height
  const context = canvas.getContext('2d')!
  const style = getComputedStyle(document.documentElement)
  const colour = (name: string): string => style.getPropertyValue(name).trim()
  const [innerWidth, innerHeight] = [Math.max(1, width - LEFT), height - BOTTOM]
  const counts = new Uint32Array(innerWidth * innerHeight)
  const scaleX = innerWidth / Math.max(1, view.span.to - view.span.from)
  const scaleY = innerHeight / Math.max(1, view.high - view.low)
  let most = 1
  for (let at = 0; at < points.length; at++) {
    const x = ((points.times[at]! - view.span.from) * scaleX) | 0
    const y = innerHeight - 1 - (((points.ys[at]! - view.low) * scaleY) | 0)
    if (x < 0 || x >= innerWidth || y < 0 || y >= innerHeight) continue
    const count = ++counts[y * innerWidth + x]!
    if (count > most) most = count
  }
  const image = context.createImageData(innerWidth, innerHeight)
  const pixels = new Uint32Array(image.data.buffer)
  const [red, green, blue] = [1, 3, 5].map((from) =>
    Number.parseInt(colour('--ved-line').slice(from, from + 2), 16),
  ) as [number, number, number]
  const full = Math.log2(most + 1)
  // A lone point must be seen: the fewer there are, the more of its empty neighbours it covers.
  const reach = points.length > 100_000 ? 1 : points.length > 5_000 ? 2 : 3
  for (let y = 0; y < innerHeight; y++)
    for (let x = 0; x < innerWidth; x++) {
      const count = counts[y * innerWidth + x]!
      if (count === 0) continue
      const alpha = 110 + Math.round(145 * (Math.log2(count + 1) / full))
      const pixel = ((alpha << 24) | (blue << 16) | (green << 8) | red) >>> 0
      pixels[y * innerWidth + x] = pixel
      for (let up = 0; up <= reach && up <= y; up++)
        for (let right = 0; right <= reach && x + right < innerWidth; right++) {
          const place = (y - up) * innerWidth + x + right
          if (counts[place] === 0) pixels[place] = pixel
        }
    }
  context.putImageData(image, LEFT, 0)
  context.strokeStyle = colour('--ved-grid')
  context.fillStyle = colour('--ved-ink')
  context.font = '11px system-ui, sans-serif'
  context.strokeRect(LEFT + 0.5, 0.5, innerWidth - 1, innerHeight - 1)
  context.textAlign = 'right'
  for (let tick = 0; tick <= 5; tick++) {
    const y = (innerHeight * tick) / 5
    context.fillText(
      nameOfY(Math.round(view.high - ((view.high - view.low) * tick) / 5)).slice(0, 10),
      LEFT - 6,
      Math.min(innerHeight, Math.max(10, y + 4)),
    )
  }
  context.textAlign = 'center'
  const long = view.span.to - view.span.from > 86_400_000
  const ticks = Math.max(2, Math.floor(innerWidth / 160))
  for (let tick = 0; tick <= ticks; tick++) {
    const time = view.span.from + ((view.span.to - view.span.from) * tick) / ticks
    const x = LEFT + (innerWidth * tick) / ticks
    context.textAlign = tick === ticks ? 'right' : tick === 0 ? 'left' : 'center'
    context.fillText(long ? formatTime(time, false).slice(5, 16) : formatClock(time), x, height - 6)
  }
  return performance.now() - started
}
