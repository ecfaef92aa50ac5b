import { Paper, Title } from '@mantine/core'
import type { ReactNode } from 'react'

/** A part of a screen under a heading of its own. */
export function Panel({ title, aside, children }: { title: string; aside?: ReactNode; children: ReactNode }) {
  return (
    <Paper withBorder p="md" component="section" aria-label={title}>
      <div className="ved-heading">
        <Title order={2} size="h5">
          {title}
        </Title>
        {aside}
      </div>
      {children}
    </Paper>
  )
}
