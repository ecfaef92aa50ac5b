import { fromDist } from './sources.mjs'
import { banner, code, table } from './markdown.mjs'

const { CATALOG } = await fromDist('diagnostic/index.js')

export function errorsPage() {
  const rows = Object.entries(CATALOG).map(([name, entry]) => [
    code(name),
    entry.template,
    entry.status,
    code(entry.esType),
    entry.hint,
  ])
  return `${banner('src/diagnostic/catalog')}
# Errors

Every refusal, with the HTTP status and the \`error.type\` it has when a request caused it.

${table(['code', 'message', 'status', 'type', 'what to do'], rows)}
`
}
