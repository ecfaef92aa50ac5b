import { NumberInput, SimpleGrid, TextInput } from '@mantine/core'
import { useState } from 'react'
import { messages as m } from '../../messages.ts'
import { BEGINNING, watchOf, type Threshold } from './threshold.ts'

const TEXTS = ['name', 'index', 'query', 'distinct', 'group', 'window', 'interval', 'to', 'throttle'] as const

/** A threshold in words, which becomes a watch; that can be edited further as text. */
export function ThresholdForm({ onWatch }: { onWatch: (watch: object) => void }) {
  const [threshold, setThreshold] = useState(BEGINNING)
  const change = (patch: Partial<Threshold>): void => {
    const next = { ...threshold, ...patch }
    setThreshold(next)
    onWatch(watchOf(next))
  }
  return (
    <SimpleGrid cols={{ base: 2, sm: 3, lg: 5 }} mb="sm" role="group" aria-label={m.threshold.title}>
      {TEXTS.map((part) => (
        <TextInput
          key={part}
          size="xs"
          label={m.threshold[part]}
          placeholder={m.threshold.empty[part]}
          value={threshold[part]}
          onChange={(event) => change({ [part]: event.currentTarget.value })}
        />
      ))}
      <NumberInput
        size="xs"
        label={m.threshold.above}
        min={0}
        allowDecimal={false}
        value={threshold.above}
        onChange={(value) => typeof value === 'number' && change({ above: value })}
      />
    </SimpleGrid>
  )
}
