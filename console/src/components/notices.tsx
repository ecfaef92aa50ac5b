import { Alert, Button, Center, Loader, Stack, Text, Title } from '@mantine/core'
import type { ReactNode } from 'react'
import { messages as m } from '../messages.ts'

export function ErrorNotice({ error, retry }: { error: Error; retry?: () => void }) {
  return (
    <Alert color="red" title={m.errors.title} role="alert" my="sm">
      <Text size="sm" className="ved-wrap">
        {error.message}
      </Text>
      {retry !== undefined && (
        <Button size="xs" variant="default" mt="xs" onClick={retry}>
          {m.common.retry}
        </Button>
      )}
    </Alert>
  )
}

export function CrashNotice({ error }: { error: unknown }) {
  return (
    <Alert color="red" title={m.errors.crash} role="alert" m="md">
      <Text size="sm" className="ved-wrap">
        {error instanceof Error ? error.message : String(error)}
      </Text>
    </Alert>
  )
}

export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <Stack align="center" gap="xs" py="xl">
      <Text fw={600}>{title}</Text>
      {children}
    </Stack>
  )
}

export function Waiting() {
  return (
    <Center py="xl">
      <Loader aria-label={m.common.loading} />
    </Center>
  )
}

/** The heading of a screen, with what stands beside it. */
export function ScreenTitle({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div style={{ display: 'flex', alignItems: 'center', gap: 12, flexWrap: 'wrap', marginBottom: 12 }}>
      <Title order={1} size="h3">
        {title}
      </Title>
      {children}
    </div>
  )
}
