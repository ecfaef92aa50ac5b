import { Button, Modal, Select, Stack, Text } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { cases } from '../api/cases.ts'
import { messages as m } from '../messages.ts'
import { CaseFields } from './case-fields.tsx'
import { ErrorNotice } from './notices.tsx'

const NEW = ''

/** Begins a case, or puts alerts into one that is not closed; shows the case afterwards. */
export function CaseDialog({
  count,
  alertIds,
  title = '',
  onClose,
}: {
  /** How many alerts. */
  count: number
  alertIds: () => Promise<readonly string[]>
  title?: string
  onClose: () => void
}) {
  const client = useQueryClient()
  const navigate = useNavigate()
  const [chosen, setChosen] = useState(NEW)
  const [text, setText] = useState({ title, description: '' })
  const [problem, setProblem] = useState<Error | undefined>()
  const active = useQuery({
    queryKey: ['cases', 'active'],
    queryFn: ({ signal }) => cases.list({ status: 'open,in progress' }, signal),
    enabled: count > 0,
  })
  const save = async (): Promise<void> => {
    try {
      const found = await alertIds()
      const { id } =
        chosen === NEW ? await cases.create({ ...text, alerts: found }) : await cases.link(chosen, { add: found })
      await client.invalidateQueries({ queryKey: ['cases'] })
      onClose()
      void navigate({ to: `/cases/${id}` as never })
    } catch (error) {
      setProblem(error as Error)
    }
  }
  return (
    <Modal
      opened
      onClose={onClose}
      title={count === 0 ? m.cases.add : m.cases.addTo}
      closeButtonProps={{ 'aria-label': m.common.cancel }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void save()
        }}
      >
        <Stack gap="sm">
          {count > 0 && (
            <>
              <Text size="sm">{m.cases.addLead(count)}</Text>
              <Select
                label={m.cases.existing}
                allowDeselect={false}
                searchable
                value={chosen}
                onChange={(value) => setChosen(value ?? NEW)}
                data={[
                  { value: NEW, label: m.cases.newOne },
                  ...(active.data ?? []).map((one) => ({ value: one.id, label: one.title })),
                ]}
              />
            </>
          )}
          {chosen === NEW && <CaseFields value={text} onChange={setText} />}
          {problem !== undefined && <ErrorNotice error={problem} />}
          <Button type="submit" disabled={chosen === NEW && text.title.trim() === ''}>
            {m.common.save}
          </Button>
        </Stack>
      </form>
    </Modal>
  )
}
