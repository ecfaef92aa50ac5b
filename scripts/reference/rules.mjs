import { join } from 'node:path'
import { ROOT } from '../prepare.mjs'
import { banner, code, table } from './markdown.mjs'
import { fromDist } from './sources.mjs'

const { coverageOf, loadRules } = await fromDist('detect/sigma/index.js')

/** The shipped rules, and what of ATT&CK they look for. */
export function rulesPage() {
  const { rules } = loadRules([join(ROOT, 'src/content/rules')])
  const shown = rules.filter(({ kind }) => kind !== 'filter')
  const { techniques, logsources } = coverageOf(rules)
  return `${banner('src/content/rules')}
# Rules that ship, and their ATT&CK coverage

Those of ${code('src/content/rules/optional')} find what the built-in detectors find, and are disabled until you enable them. The detectors
cover active scanning (T1595, T1046), guessed and sprayed passwords (T1110.001, T1110.003) and valid accounts (T1078) besides.
${code('vedetta rule coverage PATH')} prints the same of your own rules, and with ${code('-o navigator')} a layer for the ATT&CK Navigator.

## By technique

${table(
  ['technique', 'rules'],
  techniques.map(({ id, rules: titles }) => [
    `[${id}](https://attack.mitre.org/techniques/${id.replace('.', '/')}/)`,
    titles.join('; '),
  ]),
)}

## By logsource

${table(
  ['logsource', 'rules'],
  logsources.map(({ logsource, rules: count }) => [logsourceOf(logsource), count]),
)}

## All

${table(
  ['rule', 'level', 'logsource', 'what it finds', 'false positives', 'id'],
  shown.map(({ id, title, level, kind, type, logsource, description, falsepositives, span }) => [
    /[\\/]optional[\\/]/.test(span.source.name) ? `${title} (optional)` : title,
    level,
    kind === 'correlation' ? `correlation: ${type}` : logsourceOf(logsource),
    description,
    falsepositives.join('; '),
    code(id),
  ]),
)}
`
}

function logsourceOf(logsource) {
  const parts = Object.entries(logsource).map(([key, value]) => `${key}: ${value}`)
  return parts.length === 0 ? 'any' : parts.join(', ')
}
