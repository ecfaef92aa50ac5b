import { Alert, Anchor, Button, Checkbox, Drawer, Stack, Text, TextInput } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { listRules, ruleProblems, rules, type RuleState, type RuleSummary } from '../../api/rules.ts'
import { Empty, ErrorNotice, ScreenTitle, Waiting } from '../../components/notices.tsx'
import { SeverityBadge } from '../../components/severity.tsx'
import { show } from '../../document.ts'
import { messages as m } from '../../messages.ts'
import { saying } from '../../saying.ts'
import { useMay } from '../../session-context.tsx'
import { useUrlState } from '../../url-state.ts'
import { AddRules } from './add-rules.tsx'
import { Detectors } from './detectors.tsx'
import { RuleDetails } from './rule-details.tsx'

/** What is looked for: every rule with how often it fired, its errors and its text; and the detectors that come with Vedetta. */
export default function Rules() {
  const [url, setUrl] = useUrlState()
  const { administer } = useMay()
  const [adding, setAdding] = useState(false)
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set())
  const client = useQueryClient()
  const filter = (url['q'] ?? '').toLowerCase()
  const list = useQuery({ queryKey: ['rules'], queryFn: listRules, refetchInterval: 30_000 })
  const all = list.data ?? []
  const rows = all.filter(({ name, id, tags }) => `${name} ${id} ${tags.join(' ')}`.toLowerCase().includes(filter))
  const problems = useQuery({ queryKey: ['rules', 'problems'], queryFn: ruleProblems }).data ?? []
  const setStates = async (state: RuleState): Promise<void> => {
    await saying(async () => {
      for (const id of selected) await rules.setState(id, state)
      setSelected(new Set())
    })
    await client.invalidateQueries({ queryKey: ['rules'] })
  }
  const opened = all.find(({ id }) => id === url['rule'])
  return (
    <>
      <ScreenTitle title={m.rules.title}>
        <TextInput
          size="xs"
          w={260}
          data-query
          aria-label={m.rules.filter}
          placeholder={m.rules.filter}
          value={url['q'] ?? ''}
          onChange={(event) => setUrl({ q: event.currentTarget.value || undefined }, { replace: true })}
        />
        {administer && (
          <Button size="xs" onClick={() => setAdding(true)}>
            {m.rules.add}
          </Button>
        )}
        {administer &&
          selected.size > 0 &&
          (['enabled', 'disabled', 'simulated'] as const).map((state) => (
            <Button key={state} size="xs" variant="default" onClick={() => void setStates(state)}>
              {m.rules.setMany(selected.size, m.rules.states[state]!)}
            </Button>
          ))}
      </ScreenTitle>
      <Text size="sm" mb="md">
        {m.rules.lead}
      </Text>
      <Stack>
        {problems.length > 0 && (
          <Alert color="red" title={m.rules.problems(problems.length)}>
            {problems.map(({ message, file = '', line }, at) => (
              <Text key={at} size="sm" className="ved-wrap">
                {file === '' ? '' : `${show(file, 300)}:${line ?? ''}: `}
                {show(message, 1_000)}
              </Text>
            ))}
          </Alert>
        )}
        {list.error !== null && <ErrorNotice error={list.error} retry={() => void list.refetch()} />}
        {list.isPending && list.error === null && <Waiting />}
        {list.data !== undefined && all.every(({ builtIn }) => builtIn) && <Text size="sm">{m.rules.noSigma}</Text>}
        {list.data !== undefined && rows.length === 0 && all.length > 0 && <Empty title={m.rules.empty} />}
        {rows.length > 0 && (
          <RuleTable
            rows={rows}
            onOpen={(rule) => setUrl({ rule })}
            {...(administer ? { selected, onSelected: setSelected } : {})}
          />
        )}
        <Detectors />
      </Stack>
      <Drawer
        opened={url['rule'] !== undefined}
        onClose={() => setUrl({ rule: undefined })}
        position="right"
        size="xl"
        title={m.rules.name}
        closeButtonProps={{ 'aria-label': m.common.close }}
      >
        {opened !== undefined && <RuleDetails rule={opened} />}
        {opened === undefined && !list.isPending && <Text size="sm">{m.errors.nothing}</Text>}
      </Drawer>
      {adding && <AddRules onClose={() => setAdding(false)} />}
    </>
  )
}

function RuleTable({
  rows,
  onOpen,
  selected,
  onSelected,
}: {
  rows: readonly RuleSummary[]
  onOpen: (id: string) => void
  /** With these, rules can be chosen. */
  selected?: ReadonlySet<string>
  onSelected?: (ids: ReadonlySet<string>) => void
}) {
  // Those that are built in are set by settings.
  const choosable = rows.filter(({ kind }) => kind !== '').map(({ id }) => id)
  return (
    <div className="ved-scroll" role="region" aria-label={m.rules.title} tabIndex={0}>
      <table className="ved-table">
        <thead>
          <tr>
            {selected !== undefined && (
              <th>
                <Checkbox
                  size="xs"
                  aria-label={m.inbox.selectAll}
                  checked={selected.size > 0 && selected.size === choosable.length}
                  indeterminate={selected.size > 0 && selected.size < choosable.length}
                  onChange={(event) => onSelected?.(new Set(event.currentTarget.checked ? choosable : []))}
                />
              </th>
            )}
            <th>{m.rules.level}</th>
            <th>{m.rules.name}</th>
            <th className="ved-wide">{m.rules.kind}</th>
            <th className="ved-num">{m.rules.day}</th>
            <th className="ved-num ved-wide">{m.rules.week}</th>
            <th className="ved-num ved-wide">{m.rules.hits}</th>
            <th>{m.rules.state}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ id, name, level, kind, builtIn, day, week, hits, state, errors }) => (
            <tr key={id}>
              {selected !== undefined && (
                <td>
                  {kind !== '' && (
                    <Checkbox
                      size="xs"
                      aria-label={m.inbox.selectRow(name)}
                      checked={selected.has(id)}
                      onChange={() => onSelected?.(toggled(selected, id))}
                    />
                  )}
                </td>
              )}
              <td>
                <SeverityBadge severity={level} />
              </td>
              <td className="ved-wrap">
                <Anchor component="button" type="button" size="sm" ta="left" onClick={() => onOpen(id)}>
                  {show(name, 300)}
                </Anchor>
                {errors.map((error) => (
                  <Text key={error} size="xs" className="ved-wrap ved-error">
                    {show(error, 500)}
                  </Text>
                ))}
              </td>
              <td className="ved-wide">{builtIn ? m.rules.builtIn : show(kind, 40)}</td>
              <td className="ved-num">{m.common.count(day)}</td>
              <td className="ved-num ved-wide">{m.common.count(week)}</td>
              <td className="ved-num ved-wide">{hits === undefined ? '' : m.common.count(hits)}</td>
              <td>{errors.length > 0 ? m.rules.error : (m.rules.states[state] ?? state)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function toggled(chosen: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const next = new Set(chosen)
  if (!next.delete(id)) next.add(id)
  return next
}
