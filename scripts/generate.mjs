// Writes docs/reference/*.md from the specs in the code; with --check it only compares, and fails where a page is out of date.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { prepare, ROOT } from './prepare.mjs'

prepare()
const { CATALOG } = await import(join(ROOT, 'dist', 'diagnostic', 'index.js'))
const { SETTINGS, OPEN_PREFIXES } = await import(join(ROOT, 'dist', 'settings', 'index.js'))
const { SPECS } = await import(join(ROOT, 'dist', 'pipeline', 'index.js'))

const PAGES = {
  'settings.md': settingsPage,
  'errors.md': errorsPage,
  'plugins.md': pluginsPage,
}

const check = process.argv.includes('--check')
const folder = join(ROOT, 'docs', 'reference')
mkdirSync(folder, { recursive: true })
let outdated = 0
for (const [name, write] of Object.entries(PAGES)) {
  const path = join(folder, name)
  const text = write()
  if (existsSync(path) && readFileSync(path, 'utf8') === text) continue
  if (check) {
    console.error(`docs/reference/${name} is out of date; run: npm run generate`)
    outdated++
  } else {
    writeFileSync(path, text)
  }
}
process.exitCode = outdated === 0 ? 0 : 1

function banner(source) {
  return `<!-- Generated from ${source} by scripts/generate.mjs. Do not edit: run npm run generate. -->\n`
}

function cell(text) {
  return String(text ?? '')
    .replaceAll('|', '\\|')
    .replaceAll('\n', ' ')
}

function table(head, rows) {
  const line = (cells) => `| ${cells.map(cell).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

function defaultOf(option) {
  if (option.required === true) return 'required'
  if (!('default' in option)) return ''
  const value = option.default instanceof Map ? Object.fromEntries(option.default) : option.default
  const plugin = typeof value === 'object' && value !== null && 'name' in value && 'options' in value
  return `\`${plugin ? value.name : JSON.stringify(value)}\``
}

function note(option) {
  const parts = [option.describe]
  if (option.aliases?.length > 0) parts.push(`Also: ${option.aliases.map((alias) => `\`${alias}\``).join(', ')}.`)
  if (option.deprecated !== undefined) parts.push(`Deprecated: ${option.deprecated}.`)
  if (option.ignored !== undefined) parts.push(`Without effect here: ${option.ignored}.`)
  if (option.refused !== undefined) parts.push(`Refused: ${option.refused}.`)
  if (option.secret === true) parts.push('Secret: never shown.')
  return parts.join(' ')
}

function settingsPage() {
  const rows = Object.entries(SETTINGS).map(([key, option]) => [
    `\`${key}\``,
    option.type.name,
    defaultOf(option),
    note(option),
  ])
  const open = Object.entries(OPEN_PREFIXES).map(([prefix, text]) => [`\`${prefix}*\``, text])
  return `${banner('src/settings/schema.ts')}
# Settings

In \`vedetta.yml\` (\`vedetta start --config vedetta.yml\`), by \`-E key=value\` on every command, or by the environment:
\`http.port\` is \`VEDETTA_HTTP_PORT\`. The command line wins over the environment, the environment over the file.
A value may hold \`\${NAME}\` or \`\${NAME:default}\`.

${table(['setting', 'type', 'default', 'meaning'], rows)}

Settings with names of your own in them:

${table(['setting', 'meaning'], open)}
`
}

function errorsPage() {
  const rows = Object.entries(CATALOG).map(([code, entry]) => [
    `\`${code}\``,
    entry.template,
    entry.status,
    `\`${entry.esType}\``,
    entry.hint,
  ])
  return `${banner('src/diagnostic/catalog')}
# Errors

Every refusal, with the HTTP status and the \`error.type\` it has when a request caused it.

${table(['code', 'message', 'status', 'type', 'what to do'], rows)}
`
}

function pluginsPage() {
  const kinds = ['input', 'codec', 'filter', 'output']
  const sections = kinds.map((kind) => {
    const specs = SPECS.filter((spec) => spec.kind === kind).sort((a, b) => (a.name < b.name ? -1 : 1))
    return [`## ${kind[0].toUpperCase()}${kind.slice(1)}s`, ...specs.map(pluginSection)].join('\n\n')
  })
  return `${banner('the plugin specs in src/pipeline/plugins')}
# Plugins

Names and options are Logstash's. What is not listed here is refused when the configuration is loaded.

${sections.join('\n\n')}
`
}

function pluginSection(spec) {
  const rows = Object.entries(spec.options).map(([name, option]) => [
    `\`${name}\``,
    option.type.name,
    defaultOf(option),
    note(option),
  ])
  const examples = spec.examples.map((example) =>
    typeof example === 'string' ? example : `${spec.name} { ${example.config} }`,
  )
  const shown = examples.length === 0 ? '' : `\n\n\`\`\`\n${examples.slice(0, 3).join('\n')}\n\`\`\``
  return `### ${spec.name}\n\n${spec.summary}\n\n${rows.length === 0 ? 'No options of its own.' : table(['option', 'type', 'default', 'meaning'], rows)}${shown}`
}
