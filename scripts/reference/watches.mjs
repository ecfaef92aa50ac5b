import { fromDist } from './sources.mjs'
import { banner, code, table } from './markdown.mjs'
import { fieldsOf } from './watch-fields.mjs'

const { SCHEDULES } = await fromDist('watch/triggers/index.js')
const { INPUTS } = await fromDist('watch/inputs/index.js')
const { CONDITIONS } = await fromDist('watch/conditions/index.js')
const { TRANSFORMS } = await fromDist('watch/transforms/index.js')
const { ACTIONS } = await fromDist('watch/actions/index.js')

/** The parts of a watch: title, where it is written, and what there is of it. */
export const WATCH_PARTS = [
  ['Schedules', '`trigger.schedule`: one, or a list of them.', SCHEDULES],
  ['Inputs', '`input`; without one the payload is empty.', INPUTS],
  ['Conditions', '`condition`, of the watch and of an action; without one it is always met.', CONDITIONS],
  ['Transforms', '`transform`, of the watch and of an action.', TRANSFORMS],
  ['Actions', 'Each under a name of your own in `actions`.', ACTIONS],
]

export function watchesPage() {
  const sections = WATCH_PARTS.map(([title, where, registry]) => {
    const kinds = Object.entries(registry)
    const known = kinds.filter(([, kind]) => !('refused' in kind)).map(([name, kind]) => section(name, kind))
    const refused = kinds.filter(([, kind]) => 'refused' in kind).map(([name]) => code(name))
    const rest = refused.length === 0 ? [] : [`Refused by name: ${refused.join(', ')}.`]
    return [`## ${title}`, where, ...known, ...rest].join('\n\n')
  })
  return `${banner('the parts of watches in src/watch')}
# Watches

\`trigger\`, \`input\`, \`condition\`, \`transform\`, \`actions\`, \`throttle_period\` and \`metadata\`, as in Watcher.
An action may have \`condition\`, \`transform\`, \`throttle_period\`, \`foreach\` and \`max_iterations\` of its own;
beyond Watcher \`throttle\` (\`by\`, \`period\`) and \`when\` (\`resolved\`): [watches](../how-to/watches.md).
A name that is not listed here is refused, with its place. A text may be mustache over \`ctx\`.

${sections.join('\n\n')}
`
}

function section(name, kind) {
  const fields = fieldsOf(kind)
  const shown =
    fields.length === 0
      ? ''
      : `\n\n${table(
          ['field', 'value', 'note'],
          fields.map(({ path, value, note }) => [code(path), value, note]),
        )}`
  return `### ${name}\n\n${kind.summary[0].toUpperCase()}${kind.summary.slice(1)}.${shown}`
}
