import { Anchor, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { alertView, type Alert } from '../api/alerts.ts'
import { show } from '../document.ts'
import { formatTime } from '../time.ts'
import { SeverityBadge } from './severity.tsx'

/** An alert in a list of another screen: how grave, the rule, which leads to it, and why. */
export function AlertLine({ alert, dated = false, children }: { alert: Alert; dated?: boolean; children?: ReactNode }) {
  const view = alertView(alert)
  return (
    <div className="ved-alert-line">
      <SeverityBadge severity={view.severity} />
      <div>
        <Anchor
          size="sm"
          component={Link}
          to={'/alerts' as never}
          search={{ alert: alert.id, status: 'any', from: 'now-1y' } as never}
        >
          {show(view.rule, 200)}
        </Anchor>
        <Text size="sm" className="ved-wrap">
          {show(view.reason, 1_000)}
        </Text>
        {dated && (
          <Text size="xs" className="ved-dim">
            {formatTime(view.first, false)} · {view.status}
          </Text>
        )}
      </div>
      {children}
    </div>
  )
}
