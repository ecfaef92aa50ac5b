import { Alert, Anchor, Button, Tabs, Text } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { watches, type StoredWatch } from '../../api/watches.ts'
import { Confirm } from '../../components/confirm.tsx'
import { ErrorNotice, ScreenTitle, Waiting } from '../../components/notices.tsx'
import { VersionList } from '../../components/version-list.tsx'
import { fieldOf, show } from '../../document.ts'
import { messages as m } from '../../messages.ts'
import { saying } from '../../saying.ts'
import { useMay } from '../../session-context.tsx'
import { useUrlState } from '../../url-state.ts'
import { DefinitionEditor } from './definition-editor.tsx'
import { History } from './history.tsx'
import { WatchState } from './index.tsx'
import { NewWatch } from './new-watch.tsx'
import { Simulate } from './simulate.tsx'

/** One watch: what it is, trying it, and what it did. `new` makes one. */
export default function WatchScreen() {
  const { id } = useParams({ strict: false }) as { id: string }
  return id === 'new' ? <NewWatch /> : <OneWatch id={id} />
}

function OneWatch({ id }: { id: string }) {
  const client = useQueryClient()
  const navigate = useNavigate()
  const may = useMay()
  const [url, setUrl] = useUrlState()
  const [removing, setRemoving] = useState(false)
  const [saves, setSaves] = useState(0)
  const stored = useQuery({ queryKey: ['watch', id], queryFn: () => watches.get(id) })
  const list = useQuery({ queryKey: ['watches'], queryFn: watches.list })
  const summary = list.data?.watches.find((watch) => watch.id === id)
  const refresh = async (): Promise<void> => {
    await client.invalidateQueries({ queryKey: ['watches'] })
    await client.invalidateQueries({ queryKey: ['watch', id] })
  }
  const act = (work: () => Promise<unknown>, done?: string): void => void saying(work, done).then(refresh)
  const remove = async (): Promise<void> => {
    if (await saying(() => watches.remove(id))) await navigate({ to: '/watches' as never })
  }
  const name = fieldOf(stored.data?.watch, 'metadata.name')
  return (
    <>
      <Anchor component={Link} to={'/watches' as never} size="sm">
        ‹ {m.watches.title}
      </Anchor>
      <ScreenTitle title={show(typeof name === 'string' ? name : id, 200)}>
        {summary !== undefined && <WatchState watch={summary} />}
        {may.triage && summary?.actions.some(({ ack }) => ack === 'ackable') === true && (
          <Button
            size="xs"
            variant="default"
            onClick={() => act(() => watches.acknowledge(id), m.watches.acknowledged)}
          >
            {m.watches.acknowledge}
          </Button>
        )}
        {may.administer && summary !== undefined && (
          <Button size="xs" variant="default" onClick={() => act(() => watches.setActive(id, !summary.active))}>
            {summary.active ? m.watches.deactivate : m.watches.activate}
          </Button>
        )}
        {may.administer && stored.data !== undefined && stored.data._file === undefined && (
          <Button size="xs" variant="default" onClick={() => setRemoving(true)}>
            {m.watches.remove}
          </Button>
        )}
      </ScreenTitle>
      {stored.error !== null && <ErrorNotice error={stored.error} retry={() => void stored.refetch()} />}
      {stored.isPending && stored.error === null && <Waiting />}
      {stored.data !== undefined && (
        <Tabs
          value={url['tab'] ?? 'simulate'}
          onChange={(tab) => setUrl({ tab: tab ?? undefined })}
          keepMounted={false}
        >
          <Tabs.List mb="md">
            <Tabs.Tab value="simulate">{m.watches.simulate}</Tabs.Tab>
            <Tabs.Tab value="definition">{m.watches.definition}</Tabs.Tab>
            <Tabs.Tab value="history">{m.watches.history}</Tabs.Tab>
            <Tabs.Tab value="versions">{m.versions.title}</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="simulate">
            <Simulate id={id} watch={stored.data.watch} />
          </Tabs.Panel>
          <Tabs.Panel value="definition">
            <Definition
              key={saves}
              id={id}
              stored={stored.data}
              onSaved={() => refresh().then(() => setSaves((before) => before + 1))}
            />
          </Tabs.Panel>
          <Tabs.Panel value="history">
            <History id={id} />
          </Tabs.Panel>
          <Tabs.Panel value="versions">
            <VersionList
              kind="watch"
              id={id}
              {...(may.administer && stored.data._file === undefined
                ? {
                    onRestore: (text: string) =>
                      act(() => watches.put(id, JSON.parse(text), stored.data), m.versions.restored),
                  }
                : {})}
            />
          </Tabs.Panel>
        </Tabs>
      )}
      {removing && (
        <Confirm
          question={m.watches.removeSure(id)}
          action={m.common.remove}
          onClose={() => setRemoving(false)}
          onDone={() => void remove()}
        />
      )}
    </>
  )
}

function Definition({
  id,
  stored: latest,
  onSaved,
}: {
  id: string
  stored: StoredWatch
  onSaved: () => Promise<void>
}) {
  const may = useMay()
  // What somebody else saves meanwhile is not overwritten: the server compares the version that this one began with.
  const [stored] = useState(latest)
  const [text, setText] = useState(() => JSON.stringify(stored.watch, undefined, 2))
  const editable = may.administer && stored._file === undefined
  return (
    <>
      {stored._file !== undefined && (
        <Alert mb="sm" color="gray">
          <Text size="sm" className="ved-wrap">
            {m.watches.fromFile(stored._file)}
          </Text>
        </Alert>
      )}
      <DefinitionEditor
        text={text}
        height="calc(100vh - 300px)"
        onChange={setText}
        onSave={
          editable
            ? (definition) =>
                void saying(() => watches.put(id, definition, stored), m.watches.saved).then((saved) =>
                  saved ? onSaved() : undefined,
                )
            : undefined
        }
      />
    </>
  )
}
