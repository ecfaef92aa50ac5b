import { fromDist } from './sources.mjs'
import { banner, code, optionTable, table } from './markdown.mjs'

const { SETTINGS, OPEN_PREFIXES } = await fromDist('settings/index.js')
const { PIPELINE_OPTIONS } = await fromDist('pipeline/runtime/pipelines-yml.js')

export function settingsPage() {
  return `${banner('src/settings/schema.ts')}
# Settings

In \`vedetta.yml\` (\`vedetta start --config vedetta.yml\`), by \`-E key=value\` on every command, or by the environment:
\`http.port\` is \`VEDETTA_HTTP_PORT\`. The command line wins over the environment, the environment over the file.
A value may hold \`\${NAME}\` or \`\${NAME:default}\`.

${optionTable(SETTINGS, 'setting')}

Settings with names of your own in them:

${table(
  ['setting', 'meaning'],
  Object.entries(OPEN_PREFIXES).map(([prefix, text]) => [code(`${prefix}*`), text]),
)}

## pipelines.yml

A list of pipelines in the folder of \`path.pipelines\`, each with these settings.

${optionTable(PIPELINE_OPTIONS, 'setting')}
`
}
