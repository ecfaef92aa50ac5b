import { Button, Group, Menu, Modal, TextInput } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { deleteSaved, saveSearch, savedSearches, shortLink } from '../../api/saved.ts'
import { show } from '../../document.ts'
import { messages as m } from '../../messages.ts'

/** Searches that are kept on the server for everybody: the address is the search. */
export function Saved() {
  const client = useQueryClient()
  const [opened, setOpened] = useState(false)
  const [naming, setNaming] = useState(false)
  const saved = useQuery({ queryKey: ['saved'], queryFn: savedSearches, enabled: opened })
  const here = (): string => location.pathname + location.search
  const run = (work: Promise<unknown>, done?: string): void =>
    void work.then(
      () => {
        if (done !== undefined) notifications.show({ message: done })
        return client.invalidateQueries({ queryKey: ['saved'] })
      },
      (error: unknown) =>
        notifications.show({ color: 'red', title: m.errors.title, message: (error as Error).message }),
    )
  const copyLink = async (): Promise<void> => {
    const { link } = await shortLink(here())
    await navigator.clipboard.writeText(`${location.origin}/_vedetta/ui/s/${link}`)
  }
  return (
    <>
      <Menu opened={opened} onChange={setOpened} width={300}>
        <Menu.Target>
          <Button size="compact-xs" variant="default">
            {m.events.saved}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {saved.data?.length === 0 && <Menu.Label>{m.events.noneSaved}</Menu.Label>}
          {(saved.data ?? []).map(({ name, address, by }) => (
            <Group key={name} gap={0} wrap="nowrap">
              <Menu.Item component="a" href={address} className="ved-clip">
                {show(name, 100)}
              </Menu.Item>
              <Menu.Item
                w="auto"
                aria-label={`${m.common.remove} ${show(name, 100)}`}
                title={by === '' ? undefined : by}
                onClick={() => run(deleteSaved(name))}
              >
                ×
              </Menu.Item>
            </Group>
          ))}
          <Menu.Divider />
          <Menu.Item onClick={() => setNaming(true)}>{m.events.save}</Menu.Item>
          <Menu.Item onClick={() => run(copyLink(), m.events.linkCopied)}>{m.events.copyLink}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {naming && (
        <NameDialog
          onClose={() => setNaming(false)}
          onDone={(name) => {
            setNaming(false)
            run(saveSearch(name, here()), m.events.savedDone)
          }}
        />
      )}
    </>
  )
}

function NameDialog({ onClose, onDone }: { onClose: () => void; onDone: (name: string) => void }) {
  const [name, setName] = useState('')
  return (
    <Modal opened onClose={onClose} title={m.events.save} closeButtonProps={{ 'aria-label': m.common.close }}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (name.trim() !== '') onDone(name.trim())
        }}
      >
        <TextInput
          label={m.common.name}
          value={name}
          data-autofocus
          maxLength={200}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Button type="submit" mt="md" disabled={name.trim() === ''}>
          {m.common.save}
        </Button>
      </form>
    </Modal>
  )
}
