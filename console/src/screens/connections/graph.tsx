import { useComputedColorScheme } from '@mantine/core'
import { useEffect, useMemo, useRef, useState } from 'react'
import { useWidth } from '../../components/use-width.ts'
import { messages as m } from '../../messages.ts'
import type { Edge } from './edges.ts'
import { layOut, type Place } from './layout.ts'

const HEIGHT = 520
const MARGIN = { x: 60, y: 24 }
/** Pixels around a node that are the node for a pointer. */
const REACH = 14

/** The connections as arrows between dots. A click on a dot chooses it. */
export function Graph({
  edges,
  center,
  alerted,
  onChoose,
}: {
  edges: readonly Edge[]
  center: string
  alerted: ReadonlySet<string>
  onChoose: (address: string) => void
}) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const colorScheme = useComputedColorScheme()
  const width = useWidth(canvas, 640)
  const [pointed, setPointed] = useState<string>()
  const places = useMemo(() => layOut(edges, center), [edges, center])
  useEffect(() => {
    if (canvas.current !== null) paint(canvas.current, { edges, places, center, alerted, pointed }, width)
  }, [edges, places, center, alerted, pointed, width, colorScheme])
  const nearest = (event: React.MouseEvent<HTMLCanvasElement>): string | undefined => {
    const box = event.currentTarget.getBoundingClientRect()
    const [x, y] = [event.clientX - box.left, event.clientY - box.top]
    let best: string | undefined
    let least = REACH
    for (const [name, place] of places) {
      const at = onCanvas(place, width)
      const distance = Math.hypot(at.x - x, at.y - y)
      if (distance < least) [best, least] = [name, distance]
    }
    return best
  }
  return (
    <canvas
      ref={canvas}
      role="img"
      aria-label={m.connections.picture(center, places.size, edges.length)}
      data-nodes={places.size}
      style={{ width: '100%', height: HEIGHT, cursor: pointed === undefined ? 'default' : 'pointer' }}
      onMouseMove={(event) => setPointed(nearest(event))}
      onMouseLeave={() => setPointed(undefined)}
      onClick={(event) => {
        const chosen = nearest(event)
        if (chosen !== undefined) onChoose(chosen)
      }}
    />
  )
}

function onCanvas({ x, y }: Place, width: number): Place {
  return { x: MARGIN.x + x * (width - 2 * MARGIN.x), y: MARGIN.y + y * (HEIGHT - 2 * MARGIN.y) }
}

interface Picture {
  readonly edges: readonly Edge[]
  readonly places: ReadonlyMap<string, Place>
  readonly center: string
  readonly alerted: ReadonlySet<string>
  /** The node under the pointer, whose connections stand out. */
  readonly pointed: string | undefined
}

function paint(canvas: HTMLCanvasElement, { edges, places, center, alerted, pointed }: Picture, width: number): void {
  const ratio = devicePixelRatio || 1
  canvas.width = width * ratio
  canvas.height = HEIGHT * ratio
  const context = canvas.getContext('2d')!
  context.scale(ratio, ratio)
  const style = getComputedStyle(document.documentElement)
  const colour = (name: string): string => style.getPropertyValue(name).trim()
  const [ink, line, alarm, ground] = ['--ved-ink', '--ved-line', '--ved-alarm', '--mantine-color-body'].map(colour) as [
    string,
    string,
    string,
    string,
  ]
  const weights = new Map<string, number>()
  for (const { from, to, count } of edges)
    for (const name of [from, to]) weights.set(name, (weights.get(name) ?? 0) + count)
  const most = Math.log2(1 + Math.max(1, ...edges.map(({ count }) => count)))
  const heaviest = Math.log2(1 + Math.max(1, ...weights.values()))
  const radiusOf = (name: string): number => 4 + (7 * Math.log2(1 + (weights.get(name) ?? 0))) / heaviest
  const touches = ({ from, to }: Edge): boolean => pointed === undefined || from === pointed || to === pointed

  for (const edge of edges) {
    const [from, to] = [onCanvas(places.get(edge.from)!, width), onCanvas(places.get(edge.to)!, width)]
    context.globalAlpha = touches(edge) ? 0.6 : 0.08
    context.strokeStyle = context.fillStyle = line
    context.lineWidth = 0.75 + (2.5 * Math.log2(1 + edge.count)) / most
    arrow(context, from, to, radiusOf(edge.to))
  }
  context.globalAlpha = 1
  const order = [...places].sort(
    ([a], [b]) => rank(b, center, pointed) - rank(a, center, pointed) || weights.get(b)! - weights.get(a)!,
  )
  for (const [name, place] of order) {
    const { x, y } = onCanvas(place, width)
    const radius = radiusOf(name)
    context.beginPath()
    context.arc(x, y, radius, 0, 2 * Math.PI)
    context.fillStyle = alerted.has(name) ? alarm : name === center ? ink : line
    context.fill()
    context.lineWidth = 2
    context.strokeStyle = ground
    context.stroke()
  }
  context.font = '12px system-ui, sans-serif'
  context.textAlign = 'center'
  // The busiest get their names first; a name that would lie on another is left to the pointer and the table.
  const taken: { x: number; y: number; width: number }[] = []
  for (const [name, place] of order) {
    const { x, y } = onCanvas(place, width)
    const radius = radiusOf(name)
    const text = name.slice(0, 40)
    const half = context.measureText(text).width / 2
    const at = { x: Math.min(width - half - 2, Math.max(half + 2, x)), y: y - radius - 5, width: half }
    const free = taken.every((one) => Math.abs(one.y - at.y) > 13 || Math.abs(one.x - at.x) > one.width + half + 4)
    if (!free && name !== pointed) continue
    taken.push(at)
    context.lineWidth = 3
    context.strokeText(text, at.x, at.y)
    context.fillStyle = ink
    context.fillText(text, at.x, at.y)
  }
}

function rank(name: string, center: string, pointed: string | undefined): number {
  return name === pointed ? 2 : name === center ? 1 : 0
}

function arrow(context: CanvasRenderingContext2D, from: Place, to: Place, radius: number): void {
  const angle = Math.atan2(to.y - from.y, to.x - from.x)
  const tip = { x: to.x - Math.cos(angle) * (radius + 2), y: to.y - Math.sin(angle) * (radius + 2) }
  const size = 5 + context.lineWidth
  context.beginPath()
  context.moveTo(from.x, from.y)
  context.lineTo(tip.x - Math.cos(angle) * size * 0.7, tip.y - Math.sin(angle) * size * 0.7)
  context.stroke()
  context.beginPath()
  context.moveTo(tip.x, tip.y)
  for (const side of [-1, 1])
    context.lineTo(tip.x - Math.cos(angle + side * 0.4) * size, tip.y - Math.sin(angle + side * 0.4) * size)
  context.fill()
}
