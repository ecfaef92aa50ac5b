import { Option, type Command } from 'commander'
import type { ConvertRulesOptions, CoverRulesOptions, RuleFilesOptions, ServerOptions } from '../actions/rule.ts'
import { collect, serverOption } from '../options.ts'

type ListOptions = RuleFilesOptions & { readonly running?: boolean } & ServerOptions

export function registerRule(program: Command): void {
  const rule = program
    .command('rule')
    .summary('Sigma rules: check, list, test, explain, coverage, convert; add and switch those of a running server')
    .description(
      'Sigma rules, correlations and filters. check, list, test, explain, coverage and convert read files; add, remove, enable, disable ' +
        'and simulate work on a running Vedetta.',
    )
  registerFileCommands(rule)
  registerServerCommands(rule)
}

function registerFileCommands(rule: Command): void {
  withPipelines(rule.command('check'))
    .summary('check Sigma rules without running them')
    .description(
      'Names every problem on standard error as FILE:LINE:COL: message, and ends with status 1 where there is one.',
    )
    .argument('<path...>', 'files of rules (*.yml), or folders of them')
    .action(async (paths: string[], options: RuleFilesOptions) => {
      const { checkRules } = await import('../actions/rule.ts')
      process.exitCode = checkRules(paths, options)
    })
  withServer(withPipelines(rule.command('list')))
    .summary('list rules of files, or of a running server')
    .description('Lists level, kind, id and title; of a running server state, hits, errors and cost.')
    .argument('[path...]', 'files of rules, or folders of them; without one the shipped rules')
    .option('--running', 'the rules of the running server, with their state, hits, cost and errors')
    .action(async (paths: string[], options: ListOptions) => {
      const { listRules, listRunning } = await import('../actions/rule.ts')
      if (options.running === true) await listRunning(options)
      else process.exitCode = listRules(paths, options)
    })
  withPipelines(rule.command('test'))
    .summary('run the samples of rules')
    .description(
      'Runs the events under `samples` of each rule; ends with status 1 where one says something else than its rule.',
    )
    .argument('[path...]', 'files of rules, or folders of them; without one the shipped rules')
    .action(async (paths: string[], options: RuleFilesOptions) => {
      const { testRules } = await import('../actions/rule.ts')
      process.exitCode = testRules(paths, options)
    })
  withPipelines(rule.command('coverage'))
    .summary('count rules by ATT&CK technique and by logsource')
    .description(
      'Counts rules by the techniques of MITRE ATT&CK in their tags, and by logsource. With -o navigator as a layer for the ' +
        'ATT&CK Navigator.',
    )
    .argument('[path...]', 'files of rules, or folders of them; without one the shipped rules')
    .addOption(
      new Option('-o, --output <form>', 'form of the output').choices(['human', 'json', 'navigator']).default('human'),
    )
    .action(async (paths: string[], options: CoverRulesOptions) => {
      const { coverRules } = await import('../actions/rule.ts')
      process.exitCode = coverRules(paths, options)
    })
  withPipelines(rule.command('explain'))
    .summary('show why rules match events, or why not')
    .description(
      'For each event and rule: which selections and items hold (+) or not (-), and what the event has in their fields.',
    )
    .argument('<path>', 'a file of rules, or a folder of them')
    .argument('<events>', 'a file of events as JSON; - reads standard input')
    .action(async (path: string, events: string, options: RuleFilesOptions) => {
      const { explainRules } = await import('../actions/rule.ts')
      process.exitCode = explainRules(path, events, options)
    })
  withPipelines(rule.command('convert'))
    .summary('make queries of rules')
    .description(
      'Prints a rule as the body of a search in the Query DSL, several as lines of id, title and query. Ends with status 1 ' +
        'where a query cannot say what a rule says. A correlation is a search for the groups whose condition holds in the timespan ' +
        'that ends now.',
    )
    .argument('<path...>', 'files of rules, or folders of them')
    .addOption(
      new Option('--fields <which>', 'ask for fields as the rule writes them, or by every name that the engine knows')
        .choices(['written', 'all'])
        .default('written'),
    )
    .action(async (paths: string[], options: ConvertRulesOptions) => {
      const { convertRules } = await import('../actions/rule.ts')
      process.exitCode = convertRules(paths, options)
    })
}

function registerServerCommands(rule: Command): void {
  withServer(rule.command('add'))
    .summary('add rules to a running server, on trial')
    .description(
      'Adds files of rules, and of folders all that are well. They start simulated: their alerts are shown and told to nobody.',
    )
    .argument('<path...>', 'files of rules, or folders of them')
    .option('--enable', 'enable them at once')
    .action(async (files: string[], options: ServerOptions & { enable?: boolean }) => {
      const { addRules } = await import('../actions/rule.ts')
      await addRules(files, options)
    })
  withServer(rule.command('remove'))
    .description('take out the files that rules were added with')
    .argument('<id...>', 'ids of rules')
    .action(async (ids: string[], options: ServerOptions) => {
      const { removeRules } = await import('../actions/rule.ts')
      await removeRules(ids, options)
    })
  const actions = {
    enable: 'let rules alert',
    disable: 'let rules rest',
    simulate: 'show alerts of rules, and tell them to nobody',
  }
  for (const [name, description] of Object.entries(actions))
    withServer(rule.command(name))
      .description(description)
      .argument('<id...>', 'ids or names of rules')
      .action(async (ids: string[], options: ServerOptions) => {
        const { switchRules } = await import('../actions/rule.ts')
        await switchRules(ids, `_${name}`, options)
      })
}

function withPipelines(command: Command): Command {
  return command.option('--pipeline <path>', 'file or folder of processing pipelines; may be repeated', collect, [])
}

function withServer(command: Command): Command {
  return command
    .addOption(serverOption())
    .addOption(new Option('-o, --output <form>', 'form of the output').choices(['human', 'json']).default('human'))
}
