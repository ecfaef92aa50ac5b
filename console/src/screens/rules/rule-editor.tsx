import { useQuery, useQueryClient } from '@tanstack/react-query'
import { fieldsOf } from '../../api/events.ts'
import { listRules, rules, type CheckedField } from '../../api/rules.ts'
import { CodeEditor, type TextProblem } from '../../components/code-editor.tsx'
import { messages as m } from '../../messages.ts'
import { ruleChoices } from './rule-choices.ts'

/** An editor of Sigma rules that says what is wrong where, and offers the words that this server knows. */
export function RuleEditor({ value, onChange }: { value: string; onChange: (text: string) => void }) {
  const client = useQueryClient()
  const stored = { queryKey: ['fields', '*'], queryFn: () => fieldsOf('*'), staleTime: 60_000 }
  const fields = useQuery(stored)
  const modifiers = useQuery({ queryKey: ['modifiers'], queryFn: rules.modifiers, staleTime: Infinity })
  const loaded = useQuery({ queryKey: ['rules'], queryFn: listRules })
  const words = {
    fields: fields.data ?? [],
    modifiers: modifiers.data ?? {},
    logsources: (loaded.data ?? []).map(({ logsource }) => logsource),
  }
  const problemsOf = async (text: string): Promise<TextProblem[]> => {
    const [{ problems, fields: asked }, known] = await Promise.all([rules.check(text), client.ensureQueryData(stored)])
    const placed = problems.map(({ severity, message, line = 1, column = 1 }) => ({ severity, message, line, column }))
    return [...placed, ...unseen(asked, known)]
  }
  return (
    <CodeEditor
      label={m.rules.source}
      language="yaml"
      value={value}
      onChange={onChange}
      height="55vh"
      problemsOf={problemsOf}
      choicesAt={(text, position) => ruleChoices(text, position, words)}
    />
  )
}

/** Fields that no stored event has under any of their names. */
function unseen(asked: readonly CheckedField[], stored: readonly { readonly name: string }[]): TextProblem[] {
  if (stored.length === 0) return []
  const known = new Set(stored.map(({ name }) => name))
  const isKnown = (name: string): boolean => {
    if (!name.includes('*')) return known.has(name)
    const [before = '', after = ''] = name.split('*')
    return stored.some((field) => field.name.startsWith(before) && field.name.endsWith(after))
  }
  return asked
    .filter(({ names }) => !names.some(isKnown))
    .map(({ line, column, names }) => ({
      line,
      column,
      severity: 'warning',
      message: m.rules.unseenField(names[0] ?? ''),
    }))
}
