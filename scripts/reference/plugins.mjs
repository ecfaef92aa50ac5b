import { fromDist } from './sources.mjs'
import { banner, optionTable } from './markdown.mjs'

const { SPECS, COMMON_OPTIONS } = await fromDist('pipeline/plugins/registry.js')

export function pluginsPage() {
  const sections = ['input', 'codec', 'filter', 'output'].map((kind) => {
    const specs = SPECS.filter((spec) => spec.kind === kind).sort((a, b) => (a.name < b.name ? -1 : 1))
    const title = `${kind[0].toUpperCase()}${kind.slice(1)}s`
    const common = `### Options of every ${kind}\n\n${optionTable(COMMON_OPTIONS[kind])}`
    return [`## ${title}`, common, ...specs.map(pluginSection)].join('\n\n')
  })
  return `${banner('the plugin specs in src/pipeline/plugins')}
# Plugins

Names and options are Logstash's. What is not listed here is refused when the configuration is loaded.

${sections.join('\n\n')}
`
}

function pluginSection(spec) {
  const options = Object.keys(spec.options).length === 0 ? 'No options of its own.' : optionTable(spec.options)
  const codec = spec.defaultCodec === undefined ? '' : ` Its codec is \`${spec.defaultCodec}\` unless given.`
  const examples = spec.examples.map((example) =>
    typeof example === 'string' ? example : `${spec.name} { ${example.config} }`,
  )
  const shown = examples.length === 0 ? '' : `\n\n\`\`\`\n${examples.slice(0, 3).join('\n')}\n\`\`\``
  return `### ${spec.name}\n\n${spec.summary}${codec}\n\n${options}${shown}`
}
