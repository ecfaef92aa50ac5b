import { Alert, Tabs } from '@mantine/core'
import { ScreenTitle } from '../../components/notices.tsx'
import { messages as m } from '../../messages.ts'
import { useMay } from '../../session-context.tsx'
import { useUrlState } from '../../url-state.ts'
import { Audit } from './audit.tsx'
import { Tokens } from './tokens.tsx'
import { Users } from './users.tsx'

/** Who may do what, with what programs come in, and who changed what. */
export default function Access() {
  const [url, setUrl] = useUrlState()
  const { administer } = useMay()
  return (
    <>
      <ScreenTitle title={m.access.title} />
      {administer ? (
        <Tabs value={url['tab'] ?? 'users'} onChange={(tab) => setUrl({ tab: tab ?? undefined })} keepMounted={false}>
          <Tabs.List mb="md">
            <Tabs.Tab value="users">{m.access.users}</Tabs.Tab>
            <Tabs.Tab value="tokens">{m.access.tokens}</Tabs.Tab>
            <Tabs.Tab value="audit">{m.access.audit}</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="users">
            <Users />
          </Tabs.Panel>
          <Tabs.Panel value="tokens">
            <Tokens />
          </Tabs.Panel>
          <Tabs.Panel value="audit">
            <Audit />
          </Tabs.Panel>
        </Tabs>
      ) : (
        <Alert color="gray">{m.access.only}</Alert>
      )}
    </>
  )
}
