import {
  Alert,
  Button,
  Center,
  Container,
  Loader,
  Modal,
  Paper,
  PasswordInput,
  Stack,
  TextInput,
  Title,
} from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useMemo, useState, type FormEvent, type ReactNode } from 'react'
import { ApiError, watchConnection } from './api/request.ts'
import { getSession, login } from './api/session.ts'
import { messages as m } from './messages.ts'
import { SessionContext } from './session-context.tsx'

/** Shows the screens to who is logged in; when a session ends, the login stands before the screen, which keeps its state. */
export function SessionGate({ children }: { children: ReactNode }) {
  const client = useQueryClient()
  const {
    data: session,
    error,
    refetch,
  } = useQuery({ queryKey: ['session'], queryFn: getSession, staleTime: Infinity })
  const [ended, setEnded] = useState(false)
  const [offline, setOffline] = useState(false)
  useEffect(
    () =>
      watchConnection(
        () => setEnded(true),
        (reached) => setOffline(!reached),
      ),
    [],
  )
  useEffect(() => {
    if (!offline) return undefined
    const timer = setInterval(() => {
      void getSession().then(
        () => client.invalidateQueries(),
        () => undefined,
      )
    }, 2_000)
    return () => clearInterval(timer)
  }, [offline, client])
  const state = useMemo(
    () => (session === undefined ? undefined : { session, refresh: () => void refetch() }),
    [session, refetch],
  )
  const entered = async (): Promise<void> => {
    setEnded(false)
    await refetch()
    await client.invalidateQueries()
  }
  if (state === undefined)
    return (
      <Center h="100vh">
        {error === null ? <Loader aria-label={m.common.loading} /> : <Alert color="red">{error.message}</Alert>}
      </Center>
    )
  if (state.session.role === null)
    return (
      <Container component="main" size={380} pt="15vh">
        <Paper withBorder p="xl">
          <Title order={1} size="h3" mb="md">
            {m.login.title}
          </Title>
          <LoginForm onDone={entered} />
        </Paper>
      </Container>
    )
  return (
    <SessionContext value={state}>
      {offline && (
        <Alert role="alert" color="red" variant="filled" radius={0} style={{ position: 'sticky', top: 0, zIndex: 400 }}>
          {m.errors.offline}
        </Alert>
      )}
      {children}
      <Modal opened={ended} onClose={() => {}} withCloseButton={false} title={m.login.title} closeOnEscape={false}>
        <Alert color="yellow" mb="md">
          {m.errors.session}
        </Alert>
        <LoginForm onDone={entered} />
      </Modal>
    </SessionContext>
  )
}

function LoginForm({ onDone }: { onDone: () => Promise<void> }) {
  const [user, setUser] = useState('')
  const [password, setPassword] = useState('')
  const [problem, setProblem] = useState('')
  const [busy, setBusy] = useState(false)
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault()
    setBusy(true)
    setProblem('')
    try {
      await login(user, password)
      await onDone()
    } catch (error) {
      setProblem(error instanceof ApiError ? error.message : String(error))
    } finally {
      setBusy(false)
    }
  }
  return (
    <form onSubmit={(event) => void submit(event)}>
      <Stack>
        <TextInput
          label={m.login.user}
          autoComplete="username"
          value={user}
          onChange={(event) => setUser(event.currentTarget.value)}
          data-autofocus
          required
        />
        <PasswordInput
          label={m.login.password}
          autoComplete="current-password"
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          required
        />
        {problem !== '' && (
          <Alert role="alert" color="red">
            {problem}
          </Alert>
        )}
        <Button type="submit" loading={busy}>
          {m.login.submit}
        </Button>
      </Stack>
    </form>
  )
}
