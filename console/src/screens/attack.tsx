import { Anchor, Button, Group, Switch, Text, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useMemo } from 'react'
import { listRules, type RuleSummary } from '../api/rules.ts'
import { TACTICS } from '../attack-techniques.ts'
import { Empty, ErrorNotice, ScreenTitle, Waiting } from '../components/notices.tsx'
import { download } from '../download.ts'
import { messages as m } from '../messages.ts'
import { useUrlState } from '../url-state.ts'

interface Technique {
  readonly id: string
  readonly name: string
  readonly rules: readonly RuleSummary[]
  readonly alerts: number
}

/** The ATT&CK matrix: what is looked for, what was seen in the last week, and the gaps. */
export default function Attack() {
  const [url, setUrl] = useUrlState()
  const filter = (url['q'] ?? '').toLowerCase()
  const rules = useQuery({ queryKey: ['rules'], queryFn: listRules })
  const columns = useMemo(() => matrixOf(rules.data ?? []), [rules.data])
  const all = columns.flatMap(({ techniques }) => techniques)
  const covered = new Set(all.filter((one) => one.rules.length > 0).map(({ id }) => id))
  const fired = new Set(all.filter((one) => one.alerts > 0).map(({ id }) => id))
  const onlyCovered = url['covered'] === '1'
  const matches = ({ id, name, rules: found }: Technique): boolean =>
    (!onlyCovered || found.length > 0) &&
    `${id} ${name} ${found.map((rule) => rule.name).join(' ')}`.toLowerCase().includes(filter)
  return (
    <>
      <ScreenTitle title={m.attack.title}>
        <TextInput
          size="xs"
          w={260}
          data-query
          aria-label={m.attack.search}
          placeholder={m.attack.search}
          value={url['q'] ?? ''}
          onChange={(event) => setUrl({ q: event.currentTarget.value || undefined }, { replace: true })}
        />
        <Text size="sm" role="status">
          {m.attack.summary(covered.size, fired.size)}
        </Text>
        <Switch
          size="xs"
          label={m.attack.onlyCovered}
          checked={onlyCovered}
          onChange={(event) => setUrl({ covered: event.currentTarget.checked ? '1' : undefined })}
        />
        <Button size="xs" variant="default" onClick={() => exportLayer(all)} disabled={covered.size === 0}>
          {m.attack.download}
        </Button>
      </ScreenTitle>
      <Group gap="lg" mb="sm">
        <Text size="sm">{m.attack.lead}</Text>
        <span className="ved-key" data-state="covered">
          {m.attack.covered}
        </span>
        <span className="ved-key" data-state="fired">
          {m.attack.fired}
        </span>
      </Group>
      {rules.error !== null && <ErrorNotice error={rules.error} retry={() => void rules.refetch()} />}
      {rules.isPending && rules.error === null && <Waiting />}
      {rules.data !== undefined && covered.size === 0 && (
        <Empty title={m.attack.empty}>
          <Text size="sm">{m.attack.emptyHint}</Text>
        </Empty>
      )}
      {rules.data !== undefined && (
        <div className="ved-matrix" role="region" aria-label={m.attack.title} tabIndex={0}>
          {columns
            .filter(({ techniques }) => !onlyCovered || techniques.some(matches))
            .map(({ name, techniques }) => (
              <section key={name} aria-label={name}>
                <Text size="sm" fw={600} mb={6}>
                  {name}
                </Text>
                {techniques.filter(matches).map((technique) => (
                  <Cell key={technique.id} technique={technique} />
                ))}
              </section>
            ))}
        </div>
      )}
    </>
  )
}

function Cell({ technique: { id, name, rules, alerts } }: { technique: Technique }) {
  const state = alerts > 0 ? 'fired' : rules.length > 0 ? 'covered' : 'gap'
  const [first] = rules
  return (
    <div className="ved-technique" data-state={state} title={rules.map((rule) => rule.name).join('\n')}>
      <span className="ved-mono">{id}</span> {name}
      {rules.length > 0 && (
        <div>
          <Anchor component={Link} size="xs" to={'/rules' as never} search={{ q: id.toLowerCase() } as never}>
            {m.attack.rules(rules.length)}
          </Anchor>
          {alerts > 0 && first !== undefined && (
            <>
              {' · '}
              <Anchor
                component={Link}
                size="xs"
                to={'/alerts' as never}
                search={{ rule: rules.map((rule) => rule.id).join(','), status: 'any', from: 'now-7d' } as never}
              >
                {m.attack.alerts(alerts)}
              </Anchor>
            </>
          )}
        </div>
      )}
    </div>
  )
}

/** Techniques of a rule's tags, without their parts: `attack.t1595.001` is T1595. Case does not matter. */
function techniquesOf({ tags }: RuleSummary): string[] {
  return tags.flatMap((tag) => /^attack\.(t\d{4})/i.exec(tag)?.[1]?.toUpperCase() ?? [])
}

function matrixOf(rules: readonly RuleSummary[]): { name: string; techniques: Technique[] }[] {
  const byTechnique = new Map<string, RuleSummary[]>()
  for (const rule of rules)
    for (const id of new Set(techniquesOf(rule))) byTechnique.set(id, [...(byTechnique.get(id) ?? []), rule])
  const technique = (id: string, name: string): Technique => {
    const found = byTechnique.get(id) ?? []
    return { id, name, rules: found, alerts: found.reduce((sum, { week }) => sum + week, 0) }
  }
  const known = new Set<string>()
  const columns = TACTICS.map(({ name, techniques }) => ({
    name,
    techniques: techniques.map((text) => {
      const id = text.slice(0, text.indexOf(' '))
      known.add(id)
      return technique(id, text.slice(id.length + 1))
    }),
  }))
  const others = [...byTechnique.keys()].filter((id) => !known.has(id)).map((id) => technique(id, ''))
  return others.length === 0 ? columns : [...columns, { name: m.attack.other, techniques: others }]
}

/** A layer of the ATT&CK Navigator, format 4.5: the score is how many rules look for a technique. */
function exportLayer(techniques: readonly Technique[]): void {
  const layer = {
    name: 'Vedetta',
    versions: { layer: '4.5' },
    domain: 'enterprise-attack',
    techniques: techniques
      .filter(({ rules }) => rules.length > 0)
      .map(({ id, rules, alerts }) => ({
        techniqueID: id,
        score: rules.length,
        comment: [...rules.map(({ name }) => name), ...(alerts > 0 ? [m.attack.alerts(alerts)] : [])].join('\n'),
        enabled: true,
      })),
    gradient: { colors: ['#ffffff', '#0b7285'], minValue: 0, maxValue: 10 },
  }
  download('vedetta-layer.json', JSON.stringify(layer, undefined, 2))
}
