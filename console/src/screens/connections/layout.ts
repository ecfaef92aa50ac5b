import type { Edge } from './edges.ts'

/** A place in a picture whose sides are 1. */
export interface Place {
  readonly x: number
  readonly y: number
}

const ROUNDS = 220

/**
 * Places for the ends of edges by forces (Fruchterman and Reingold 1991): all push each other away, edges pull. The same edges
 * give the same picture; `center` stays in the middle.
 */
export function layOut(edges: readonly Edge[], center: string): ReadonlyMap<string, Place> {
  const names = [...new Set(edges.flatMap(({ from, to }) => [from, to]))]
  const index = new Map(names.map((name, at) => [name, at]))
  // Begun on a circle, each turned by the golden angle, so that no two begin in one place.
  const xs = names.map((_, at) => 0.5 + 0.35 * Math.cos(at * 2.399963) * Math.sqrt((at + 1) / names.length))
  const ys = names.map((_, at) => 0.5 + 0.35 * Math.sin(at * 2.399963) * Math.sqrt((at + 1) / names.length))
  const ideal = 0.75 / Math.sqrt(Math.max(1, names.length))
  const middle = index.get(center)
  const degrees = new Float64Array(names.length)
  for (const { from, to } of edges) for (const name of [from, to]) degrees[index.get(name)!]!++
  for (let round = 0; round < ROUNDS; round++) {
    const [dx, dy] = [new Float64Array(names.length), new Float64Array(names.length)]
    const force = (a: number, b: number, strength: (distance: number) => number): void => {
      const [x, y] = [xs[a]! - xs[b]!, ys[a]! - ys[b]!]
      const distance = Math.max(0.001, Math.hypot(x, y))
      const push = strength(distance) / distance
      dx[a]! += x * push
      dy[a]! += y * push
      dx[b]! -= x * push
      dy[b]! -= y * push
    }
    for (let a = 0; a < names.length; a++)
      for (let b = 0; b < a; b++) force(a, b, (distance) => (ideal * ideal) / distance)
    for (const { from, to } of edges) {
      const [a, b] = [index.get(from)!, index.get(to)!]
      // A hub would draw all it knows into one heap.
      const weight = ideal * Math.sqrt(Math.max(1, Math.min(degrees[a]!, degrees[b]!)))
      if (a !== b) force(a, b, (distance) => -(distance * distance) / weight)
    }
    const furthest = 0.08 * (1 - round / ROUNDS)
    for (let at = 0; at < names.length; at++) {
      // A weak pull keeps parts without a connection in the picture.
      const [x, y] = [dx[at]! + (0.5 - xs[at]!) * ideal * 2, dy[at]! + (0.5 - ys[at]!) * ideal * 2]
      const length = Math.max(0.0001, Math.hypot(x, y))
      const step = Math.min(length, furthest) / length
      xs[at] = at === middle ? 0.5 : clamp(xs[at]! + x * step)
      ys[at] = at === middle ? 0.5 : clamp(ys[at]! + y * step)
    }
  }
  const [wide, high] = [stretched(xs), stretched(ys)]
  return new Map(names.map((name, at) => [name, { x: wide(xs[at]!), y: high(ys[at]!) }]))
}

/** Makes places fill the picture. */
function stretched(values: readonly number[]): (value: number) => number {
  const [least, most] = [Math.min(...values), Math.max(...values)]
  return (value) => (most - least < 0.01 ? 0.5 : 0.02 + (0.96 * (value - least)) / (most - least))
}

function clamp(value: number): number {
  return Math.min(0.98, Math.max(0.02, value))
}
