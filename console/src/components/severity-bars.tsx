import type { AlertGroup } from '../api/alerts.ts'
import { messages as m } from '../messages.ts'
import { SEVERITY_COLOURS } from '../theme.ts'
import { formatTime } from '../time.ts'

const ORDER = ['informational', 'low', 'medium', 'high', 'critical'] as const
const HEIGHT = 120

/** Alerts over time, a bar for each part, its severities on top of each other; the numbers are the table below it. */
export function SeverityBars({ groups }: { groups: readonly AlertGroup[] }) {
  const parts = groups[0]?.sparkline.length ?? 0
  const counts = (severity: string): readonly number[] =>
    groups.find(({ key }) => key['severity'] === severity)?.sparkline ?? []
  const total = groups.reduce((sum, { count }) => sum + count, 0)
  const sums = Array.from({ length: parts }, (_, at) => ORDER.reduce((sum, name) => sum + (counts(name)[at] ?? 0), 0))
  const most = Math.max(1, ...sums)
  const width = 100 / Math.max(1, parts)
  return (
    <figure style={{ margin: 0 }}>
      <svg
        width="100%"
        height={HEIGHT}
        viewBox={`0 0 100 ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={m.overview.histogram(total)}
      >
        {sums.map((_, at) => {
          let top = HEIGHT
          return ORDER.map((name) => {
            const height = ((counts(name)[at] ?? 0) / most) * (HEIGHT - 2)
            top -= height
            return height === 0 ? null : (
              <rect
                key={`${at}-${name}`}
                x={at * width}
                width={width * 0.85}
                y={top}
                height={height}
                fill={SEVERITY_COLOURS[name]!.ground}
              />
            )
          })
        })}
      </svg>
      <div className="ved-ends" aria-hidden>
        <span>{formatTime(Math.min(...groups.map(({ first }) => Number(first))), false)}</span>
        <span>{formatTime(Math.max(...groups.map(({ last }) => Number(last))), false)}</span>
      </div>
      <figcaption className="ved-legend">
        {[...ORDER].reverse().map((name) => {
          const count = groups.find(({ key }) => key['severity'] === name)?.count ?? 0
          return count === 0 ? null : (
            <span key={name}>
              <i style={{ background: SEVERITY_COLOURS[name]!.ground }} aria-hidden />
              {name === 'informational' ? 'info' : name} {m.common.count(count)}
            </span>
          )
        })}
      </figcaption>
    </figure>
  )
}
