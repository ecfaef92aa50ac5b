import { diagnose, type Diagnostic } from '../../diagnostic/index.ts'
import { child, invalidDiagnostic, type Located } from './located-yaml.ts'

/**
 * The documents of a file as whole rules. In the deprecated form of collections a document with `action: global` holds what
 * those after it have in common, `action: repeat` the document before it with some keys changed, and `action: reset`
 * ends what is in common.
 */
export function wholeRules(documents: readonly Located[], problems: Diagnostic[]): Located[] {
  let common: Located | undefined
  let previous: Located | undefined
  return documents.flatMap((document) => {
    if (document.entries === undefined) {
      problems.push(invalidDiagnostic('rule', 'a map', document))
      return []
    }
    const action = child(document, 'action')
    const own = without(document, 'action')
    if (action === undefined) {
      const alone = child(document, 'correlation') !== undefined || child(document, 'filter') !== undefined
      // As in SigmaHQ's own tools, what is in common stands where both say something.
      previous = common === undefined || alone ? document : merge(document, common)
      return [previous]
    }
    if (action.data === 'global') common = previous = own
    else if (action.data === 'reset') common = undefined
    else if (action.data === 'repeat' && previous !== undefined) return [(previous = merge(previous, own))]
    else if (action.data === 'repeat')
      problems.push(
        diagnose('sigma.unsupported', { path: 'action', reason: 'there is no rule to repeat' }, { span: action.span }),
      )
    else problems.push(invalidDiagnostic('action', 'global, repeat or reset', action))
    return []
  })
}

function without(map: Located, key: string): Located {
  const data = { ...(map.data as Record<string, unknown>) }
  delete data[key]
  return { ...map, data, entries: map.entries!.filter((entry) => entry.key !== key) }
}

/** Maps are merged key by key; of everything else the later one stands. */
function merge(base: Located, over: Located): Located {
  if (base.entries === undefined || over.entries === undefined) return over
  const entries = [...base.entries]
  for (const entry of over.entries) {
    const at = entries.findIndex(({ key }) => key === entry.key)
    if (at < 0) entries.push(entry)
    else entries[at] = { ...entry, value: merge(entries[at]!.value, entry.value) }
  }
  const data = Object.create(null) as Record<string, unknown>
  for (const { key, value } of entries) data[key] = value.data
  return { data, span: over.span, entries }
}
