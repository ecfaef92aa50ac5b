// Markdown, and how an option of a spec is shown in it.

export function banner(source) {
  return `<!-- Generated from ${source} by scripts/generate.mjs. Do not edit: run npm run generate. -->\n`
}

export function code(text) {
  return `\`${text}\``
}

export function table(head, rows) {
  const line = (cells) => `| ${cells.map(cell).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

function cell(text) {
  return String(text ?? '')
    .replaceAll('|', '\\|')
    .replaceAll('\n', ' ')
}

/** The table of a schema: settings, or the options of a plugin. */
export function optionTable(schema, noun = 'option') {
  const rows = Object.entries(schema).map(([name, option]) => [
    code(name),
    option.type.name,
    defaultOf(option),
    note(option),
  ])
  return table([noun, 'type', 'default', 'meaning'], rows)
}

function defaultOf(option) {
  if (option.required === true) return 'required'
  if (!('default' in option)) return ''
  const value = option.default instanceof Map ? Object.fromEntries(option.default) : option.default
  const plugin = typeof value === 'object' && value !== null && 'name' in value && 'options' in value
  if (plugin) return code(value.name)
  return option.type.name === 'duration' ? code(duration(value)) : code(JSON.stringify(value))
}

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
]

function duration(millis) {
  const [unit, size] = UNITS.find(([, size]) => millis >= size && millis % size === 0) ?? UNITS.at(-1)
  return `${millis / size}${unit}`
}

function note(option) {
  const parts = [option.describe]
  if (option.aliases?.length > 0) parts.push(`Also: ${option.aliases.map(code).join(', ')}.`)
  if (option.deprecated !== undefined) parts.push(`Deprecated: ${option.deprecated}.`)
  if (option.ignored !== undefined) parts.push(`Without effect here: ${option.ignored}.`)
  if (option.refused !== undefined) parts.push(`Refused: ${option.refused}.`)
  if (option.secret === true) parts.push('Secret: never shown.')
  return parts.join(' ')
}
