import { Badge } from '@mantine/core'
import { SEVERITY_COLOURS } from '../theme.ts'

export function SeverityBadge({ severity }: { severity: string }) {
  const colour = SEVERITY_COLOURS[severity] ?? SEVERITY_COLOURS['informational']!
  return (
    <Badge
      size="sm"
      radius="sm"
      tt="none"
      styles={{
        root: { background: colour.ground, color: colour.text, minWidth: 68, overflow: 'visible' },
        label: { overflow: 'visible' },
      }}
    >
      {severity === 'informational' ? 'info' : severity}
    </Badge>
  )
}

/** Counts over time, small; the numbers are in its label. */
export function Sparkline({ counts, label }: { counts: readonly number[]; label: string }) {
  const most = Math.max(1, ...counts)
  const width = 96
  const step = width / Math.max(1, counts.length)
  return (
    <svg width={width} height={20} role="img" aria-label={`${label}: ${counts.join(', ')}`}>
      {counts.map((count, at) => (
        <rect
          key={at}
          x={at * step}
          width={Math.max(1, step - 1)}
          y={20 - (count / most) * 19}
          height={(count / most) * 19}
          fill="var(--ved-line)"
        />
      ))}
    </svg>
  )
}
