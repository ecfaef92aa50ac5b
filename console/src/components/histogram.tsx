import { useComputedColorScheme } from '@mantine/core'
import { useEffect, useRef } from 'react'
import uPlot from 'uplot'
import { show } from '../document.ts'
import { messages as m } from '../messages.ts'
import { chosenZone, formatTime, type Span } from '../time.ts'

export interface Bar {
  readonly time: number
  readonly count: number
}

/** The bars of one value of a field. */
export interface Series {
  readonly name: string
  readonly count: number
  readonly bars: readonly Bar[]
}

/** Told apart on light and dark ground. */
export const SERIES_COLOURS = ['#1098ad', '#f76707', '#845ef7', '#37b24d', '#e64980'] as const
const REST_COLOUR = '#868e96'
const NO_SERIES: readonly Series[] = []

/** Counts over time, stacked where they are split; a drag chooses a span. With a spoken summary and its numbers as a table. */
export function Histogram({
  bars,
  series = NO_SERIES,
  span,
  interval,
  onSpan,
}: {
  bars: readonly Bar[]
  series?: readonly Series[]
  span: Span
  interval: number
  onSpan: (span: Span) => void
}) {
  const host = useRef<HTMLDivElement>(null)
  const colorScheme = useComputedColorScheme()
  const choose = useRef(onSpan)
  choose.current = onSpan
  const total = bars.reduce((sum, { count }) => sum + count, 0)
  useEffect(() => {
    const element = host.current
    if (element === null) return undefined
    const style = getComputedStyle(document.documentElement)
    const colour = (name: string): string => style.getPropertyValue(name).trim()
    const axis = {
      stroke: colour('--ved-ink'),
      grid: { stroke: colour('--ved-grid'), width: 1 },
      ticks: { show: false },
    }
    const plot = new uPlot(
      {
        width: element.clientWidth,
        height: 110,
        legend: { show: false },
        tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), chosenZone()),
        cursor: { drag: { x: true, y: false, setScale: false }, points: { show: false } },
        scales: {
          x: { min: span.from / 1000, max: span.to / 1000 },
          y: { range: (_plot, _min, max) => [0, Math.max(1, max)] },
        },
        axes: [axis, { ...axis, size: 52, space: 24 }],
        series: [
          {},
          // The whole behind, then what is left of it without the last value, and so on: stacked.
          ...[
            series.length === 0 ? colour('--ved-line') : REST_COLOUR,
            ...SERIES_COLOURS.slice(0, series.length).toReversed(),
          ].map((fill) => ({
            fill,
            width: 0,
            points: { show: false },
            paths: uPlot.paths.bars!({ size: [0.9, 40], align: 1 }),
          })),
        ],
        hooks: {
          setSelect: [
            (chart) => {
              if (chart.select.width < 4) return
              const from = chart.posToVal(chart.select.left, 'x') * 1000
              const to = chart.posToVal(chart.select.left + chart.select.width, 'x') * 1000
              chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
              choose.current({ from: Math.floor(from), to: Math.ceil(to) })
            },
          ],
        },
      },
      [bars.map(({ time }) => time / 1000), bars.map(({ count }) => count), ...stacked(bars, series).toReversed()],
      element,
    )
    const observer = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: 110 }))
    observer.observe(element)
    return () => {
      observer.disconnect()
      plot.destroy()
    }
  }, [bars, series, span.from, span.to, colorScheme])
  return (
    <figure style={{ margin: 0 }}>
      <div
        ref={host}
        role="img"
        aria-label={m.events.histogram(total, formatTime(span.from, false), formatTime(span.to, false))}
      />
      {series.length > 0 && (
        <figcaption className="ved-legend">
          {series.map(({ name, count }, at) => (
            <span key={name}>
              <i style={{ background: SERIES_COLOURS[at] }} />
              {show(name, 60)} {m.common.count(count)}
            </span>
          ))}
          <span>
            <i style={{ background: REST_COLOUR }} />
            {m.events.rest} {m.common.count(total - series.reduce((sum, { count }) => sum + count, 0))}
          </span>
        </figcaption>
      )}
      <details>
        <summary>{m.common.asTable}</summary>
        <div className="ved-scroll" style={{ maxHeight: 200 }} tabIndex={0} role="region" aria-label={m.common.asTable}>
          <table className="ved-table">
            <tbody>
              {bars
                .filter(({ count }) => count > 0)
                .map(({ time, count }) => (
                  <tr key={time}>
                    <td>
                      <button
                        type="button"
                        className="ved-value"
                        onClick={() => onSpan({ from: time, to: time + interval - 1 })}
                      >
                        {formatTime(time, false)}
                      </button>
                    </td>
                    <td className="ved-num">{m.common.count(count)}</td>
                  </tr>
                ))}
            </tbody>
          </table>
        </div>
      </details>
    </figure>
  )
}

/** For each series the sum of it and those before, at the times of all bars. */
function stacked(bars: readonly Bar[], series: readonly Series[]): number[][] {
  const sums = bars.map(() => 0)
  return series.map(({ bars: own }) => {
    const counts = new Map(own.map(({ time, count }) => [time, count]))
    bars.forEach(({ time }, at) => (sums[at]! += counts.get(time) ?? 0))
    return [...sums]
  })
}
