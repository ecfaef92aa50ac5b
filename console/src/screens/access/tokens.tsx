import { Alert, Button, Code, CopyButton, Group, Select, Text, TextInput } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { access, type Token } from '../../api/access.ts'
import { Confirm } from '../../components/confirm.tsx'
import { Empty, ErrorNotice, Waiting } from '../../components/notices.tsx'
import { Panel } from '../../components/panel.tsx'
import { show } from '../../document.ts'
import { messages as m } from '../../messages.ts'
import { saying } from '../../saying.ts'
import { formatTime } from '../../time.ts'

const ROLES = ['shipper', 'viewer', 'analyst', 'administrator'].map((value) => ({
  value,
  label: m.access.roles[value]!,
}))

export function Tokens() {
  const client = useQueryClient()
  const found = useQuery({ queryKey: ['tokens'], queryFn: access.tokens })
  const [name, setName] = useState('')
  const [role, setRole] = useState('shipper')
  const [made, setMade] = useState<{ id: string; token: string }>()
  const [revoking, setRevoking] = useState<Token>()
  const refresh = (): Promise<void> => client.invalidateQueries({ queryKey: ['tokens'] })
  const create = (): void =>
    void saying(async () => {
      setMade(await access.createToken(name, role))
      setName('')
    }).then(refresh)
  return (
    <Panel title={m.access.tokens}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          create()
        }}
      >
        <Group align="end" mb="md">
          <TextInput
            label={m.access.tokenName}
            value={name}
            required
            placeholder="logstash"
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Select
            label={m.access.role}
            w={300}
            allowDeselect={false}
            value={role}
            data={ROLES}
            onChange={(value) => setRole(value ?? 'shipper')}
          />
          <Button type="submit">{m.access.addToken}</Button>
        </Group>
      </form>
      {made !== undefined && (
        <Alert color="gray" mb="md" role="status" title={m.access.tokenOnce}>
          <Group>
            <Code className="ved-wrap">{made.token}</Code>
            <CopyButton value={made.token}>
              {({ copied, copy }) => (
                <Button size="compact-xs" variant="default" onClick={copy}>
                  {copied ? m.common.copied : m.common.copy}
                </Button>
              )}
            </CopyButton>
          </Group>
          <Text size="sm" mt="xs">
            {m.access.tokenUse}
          </Text>
          <Code block className="ved-wrap">
            {`Authorization: Bearer ${made.token}\nAuthorization: ApiKey ${btoa(`${made.id}:${made.token}`)}`}
          </Code>
        </Alert>
      )}
      {found.error !== null && <ErrorNotice error={found.error} retry={() => void found.refetch()} />}
      {found.isPending && found.error === null && <Waiting />}
      {found.data?.length === 0 && <Empty title={m.access.noTokens} />}
      {found.data !== undefined && found.data.length > 0 && (
        <table className="ved-table ved-roomy">
          <thead>
            <tr>
              <th>{m.access.tokenName}</th>
              <th>{m.access.role}</th>
              <th>{m.access.created}</th>
              <th>Id</th>
              <th>{m.common.actions}</th>
            </tr>
          </thead>
          <tbody>
            {found.data.map((token) => (
              <tr key={token.id}>
                <td>{show(token.name, 128)}</td>
                <td>{token.role}</td>
                <td>{formatTime(token.created, false)}</td>
                <td className="ved-mono">{token.id}</td>
                <td>
                  <Button size="compact-xs" variant="default" onClick={() => setRevoking(token)}>
                    {m.common.remove}
                  </Button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {revoking !== undefined && (
        <Confirm
          question={m.access.revokeSure(revoking.name)}
          action={m.common.remove}
          onClose={() => setRevoking(undefined)}
          onDone={() => void saying(() => access.deleteToken(revoking.id)).then(refresh)}
        />
      )}
    </Panel>
  )
}
