import { Button, Group, Modal, PasswordInput, Select, Stack, TextInput } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { access } from '../../api/access.ts'
import { Confirm } from '../../components/confirm.tsx'
import { Empty, ErrorNotice, Waiting } from '../../components/notices.tsx'
import { Panel } from '../../components/panel.tsx'
import { show } from '../../document.ts'
import { messages as m } from '../../messages.ts'
import { saying } from '../../saying.ts'
import { useSession } from '../../session-context.tsx'
import { formatTime } from '../../time.ts'

const ROLES = Object.entries(m.access.roles).map(([value, label]) => ({ value, label }))

export function Users() {
  const client = useQueryClient()
  const { session } = useSession()
  const found = useQuery({ queryKey: ['users'], queryFn: access.users })
  const [editing, setEditing] = useState<string>()
  const [deleting, setDeleting] = useState<string>()
  const act = (work: () => Promise<unknown>, done?: string): void =>
    void saying(work, done).then(() => client.invalidateQueries({ queryKey: ['users'] }))
  if (found.error !== null) return <ErrorNotice error={found.error} retry={() => void found.refetch()} />
  if (found.data === undefined) return <Waiting />
  const { users, sessions } = found.data
  return (
    <Stack>
      <Panel
        title={m.access.users}
        aside={
          session.user !== null && (
            <Button size="xs" onClick={() => setEditing('')}>
              {m.access.addUser}
            </Button>
          )
        }
      >
        {users.length === 0 && <Empty title={m.access.noUsers} />}
        {users.length > 0 && (
          <table className="ved-table ved-roomy">
            <thead>
              <tr>
                <th>{m.access.user}</th>
                <th>{m.access.role}</th>
                <th>{m.access.created}</th>
                <th>{m.common.actions}</th>
              </tr>
            </thead>
            <tbody>
              {users.map(({ name, role, created }) => (
                <tr key={name}>
                  <td>
                    {show(name, 128)}
                    {name === session.user && <span className="ved-dim"> ({m.access.you})</span>}
                  </td>
                  <td>
                    <Select
                      size="xs"
                      w={280}
                      aria-label={`${m.access.role} ${name}`}
                      allowDeselect={false}
                      value={role}
                      data={ROLES}
                      onChange={(value) =>
                        value !== null && act(() => access.putUser(name, { role: value }), m.access.saved)
                      }
                    />
                  </td>
                  <td>{formatTime(created, false)}</td>
                  <td>
                    <Group gap="xs">
                      <Button size="compact-xs" variant="default" onClick={() => setEditing(name)}>
                        {m.access.changePassword}
                      </Button>
                      {name !== session.user && (
                        <Button size="compact-xs" variant="default" onClick={() => setDeleting(name)}>
                          {m.common.remove}
                        </Button>
                      )}
                    </Group>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Panel>
      <Panel title={m.access.sessions}>
        <table className="ved-table">
          <tbody>
            {sessions.map(({ id, user, address, created, seen }) => (
              <tr key={id}>
                <td>{show(user, 128)}</td>
                <td className="ved-mono">{show(address, 100)}</td>
                <td>
                  {formatTime(created, false)} – {formatTime(seen, false)}
                </td>
                <td>
                  <Button size="compact-xs" variant="default" onClick={() => act(() => access.endSession(id))}>
                    {m.access.logOut}
                  </Button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Panel>
      {editing !== undefined && (
        <UserDialog
          name={editing}
          onClose={() => setEditing(undefined)}
          onDone={(name, body) => act(() => access.putUser(name, body), m.access.saved)}
        />
      )}
      {deleting !== undefined && (
        <Confirm
          question={m.access.deleteSure(deleting)}
          action={m.common.remove}
          onClose={() => setDeleting(undefined)}
          onDone={() => act(() => access.deleteUser(deleting))}
        />
      )}
    </Stack>
  )
}

/** A new user where the name is empty, else another password for the one named. */
function UserDialog({
  name: known,
  onClose,
  onDone,
}: {
  name: string
  onClose: () => void
  onDone: (name: string, body: { role?: string; password: string }) => void
}) {
  const isNew = known === ''
  const [name, setName] = useState(known)
  const [role, setRole] = useState('analyst')
  const [password, setPassword] = useState('')
  return (
    <Modal
      opened
      onClose={onClose}
      title={isNew ? m.access.addUser : `${m.access.changePassword} ${known}`}
      closeButtonProps={{ 'aria-label': m.common.close }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault()
          onClose()
          onDone(name, { password, ...(isNew ? { role } : {}) })
        }}
      >
        <Stack>
          {isNew && (
            <>
              <TextInput
                label={m.access.user}
                value={name}
                required
                data-autofocus
                autoComplete="off"
                onChange={(event) => setName(event.currentTarget.value)}
              />
              <Select
                label={m.access.role}
                allowDeselect={false}
                value={role}
                data={ROLES}
                onChange={(value) => setRole(value ?? 'viewer')}
              />
            </>
          )}
          <PasswordInput
            label={m.access.password}
            description={m.access.passwordHint}
            value={password}
            minLength={8}
            required
            data-autofocus={!isNew || undefined}
            autoComplete="new-password"
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
          <Group justify="end">
            <Button type="submit">{m.common.save}</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
