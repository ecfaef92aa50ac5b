import { fromDist } from './sources.mjs'
import { banner } from './markdown.mjs'

const { createProgram } = await fromDist('cli/program.js')

export function commandsPage() {
  const program = createProgram()
  const sections = [program, ...descendants(program)].map((command) => {
    const title = path(command)
    return `## ${title}\n\n\`\`\`\n${help(command)}\n\`\`\``
  })
  return `${banner('the command line in src/cli')}
# Commands

In a checkout \`npm start -- ARGS\` is \`vedetta start ARGS\`, and \`npx vedetta\` every other command.

${sections.join('\n\n')}
`
}

function descendants(command) {
  return command.commands.flatMap((child) => [child, ...descendants(child)])
}

function path(command) {
  return command.parent === null ? command.name() : `${path(command.parent)} ${command.name()}`
}

/** What --help prints, at one width on every machine. */
function help(command) {
  let text = ''
  const output = { writeOut: (part) => void (text += part), getOutHelpWidth: () => 100, getOutHasColors: () => false }
  command.configureOutput(output).outputHelp()
  return text
    .trim()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
}
