import {
  Alert,
  Anchor,
  Button,
  Code,
  CopyButton,
  Group,
  Loader,
  Paper,
  PasswordInput,
  Stack,
  Text,
  TextInput,
  Title,
} from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState, type FormEvent } from 'react'
import { requestJson } from '../api/request.ts'
import { setUp } from '../api/session.ts'
import { ScreenTitle } from '../components/notices.tsx'
import { messages as m } from '../messages.ts'
import { useSession } from '../session-context.tsx'

interface Status {
  inputs: { plugin: string; type?: string; host: string; port: number }[]
}

export default function FirstRun() {
  const { data: status } = useQuery({ queryKey: ['status'], queryFn: () => requestJson<Status>('/_vedetta/status') })
  const portOf = (type: string): number | undefined => status?.inputs.find((input) => input.type === type)?.port
  const [tcpdump, auth] = [portOf('tcpdump'), portOf('auth')]
  return (
    <Stack maw={760}>
      <ScreenTitle title={m.firstRun.title} />
      <Text>{m.firstRun.lead}</Text>
      <Administrator />
      <Paper withBorder p="md">
        <Title order={2} size="h4" mb="xs">
          {m.firstRun.send}
        </Title>
        <Text size="sm" mb="sm">
          {m.firstRun.sendLead}
        </Text>
        <Line
          label={m.firstRun.lineCurl}
          text={`curl -X POST '${location.origin}/vedetta-app/_doc' -H 'content-type: application/json' -d '{"@timestamp":"${new Date().toISOString()}","message":"hello, Vedetta"}'`}
        />
        {tcpdump !== undefined && (
          <Line
            label={m.firstRun.lineTcpdump}
            text={`sudo tcpdump -i any -n -tttt 'tcp[13] == 2' | nc localhost ${tcpdump}`}
          />
        )}
        {auth !== undefined && (
          <Line label={m.firstRun.lineLog} text={`nc -q 1 localhost ${auth} < /var/log/auth.log`} />
        )}
        <Line label={m.firstRun.lineDemo} text={`vedetta demo --url ${location.origin}`} />
        <Arrivals />
      </Paper>
      <Anchor component={Link} to="/alerts">
        {m.firstRun.skip}
      </Anchor>
    </Stack>
  )
}

function Administrator() {
  const { session, refresh } = useSession()
  const [user, setUser] = useState('admin')
  const [password, setPassword] = useState('')
  const [again, setAgain] = useState('')
  const [problem, setProblem] = useState('')
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault()
    if (password !== again) {
      setProblem(m.firstRun.mismatch)
      return
    }
    try {
      await setUp(user, password)
      refresh()
    } catch (error) {
      setProblem((error as Error).message)
    }
  }
  return (
    <Paper withBorder p="md">
      <Title order={2} size="h4" mb="xs">
        {m.firstRun.admin}
      </Title>
      {session.setup ? (
        <form onSubmit={(event) => void submit(event)}>
          <Stack gap="sm" maw={360}>
            <Text size="sm">{m.firstRun.adminLead}</Text>
            <TextInput
              label={m.login.user}
              value={user}
              onChange={(event) => setUser(event.currentTarget.value)}
              autoComplete="username"
              required
            />
            <PasswordInput
              label={m.login.password}
              value={password}
              onChange={(event) => setPassword(event.currentTarget.value)}
              autoComplete="new-password"
              required
            />
            <PasswordInput
              label={m.firstRun.repeat}
              value={again}
              onChange={(event) => setAgain(event.currentTarget.value)}
              autoComplete="new-password"
              required
            />
            {problem !== '' && (
              <Alert color="red" role="alert">
                {problem}
              </Alert>
            )}
            <Button type="submit">{m.firstRun.create}</Button>
          </Stack>
        </form>
      ) : (
        <Text size="sm">{m.firstRun.adminDone(session.user ?? '')}</Text>
      )}
    </Paper>
  )
}

/** A line to copy. */
function Line({ label, text }: { label: string; text: string }) {
  return (
    <Stack gap={4} mb="sm">
      <Group justify="space-between">
        <Text size="sm" fw={600}>
          {label}
        </Text>
        <CopyButton value={text}>
          {({ copied, copy }) => (
            <Button size="compact-xs" variant="default" onClick={copy}>
              {copied ? m.common.copied : m.common.copy}
            </Button>
          )}
        </CopyButton>
      </Group>
      <Code block className="ved-wrap">
        {text}
      </Code>
    </Stack>
  )
}

function Arrivals() {
  const { data } = useQuery({
    queryKey: ['arrivals'],
    queryFn: () => requestJson<{ count: number }>('/_count'),
    refetchInterval: 2_000,
  })
  const count = data?.count ?? 0
  return (
    <Alert color={count > 0 ? 'green' : 'gray'} aria-live="polite">
      {count > 0 ? (
        <Group>
          <Text size="sm">{m.firstRun.arrived(count)}</Text>
          <Anchor component={Link} to={'/events' as never} size="sm">
            {m.firstRun.look}
          </Anchor>
        </Group>
      ) : (
        <Group gap="xs">
          <Loader size="xs" aria-hidden /> <Text size="sm">{m.firstRun.waiting}</Text>
        </Group>
      )}
    </Alert>
  )
}
