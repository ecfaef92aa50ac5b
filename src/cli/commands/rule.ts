import type { Command } from 'commander'

export function registerRule(program: Command): void {
  const rule = program
    .command('rule')
    .summary('check, list and test Sigma rules')
    .description('Sigma rules, correlations and filters: check, list, test, coverage.')
  rule
    .command('check')
    .summary('check Sigma rules without running them')
    .description(
      'Names every problem on standard error as FILE:LINE:COL: message, and ends with status 1 where there is one.',
    )
    .argument('<path...>', 'files of rules (*.yml), or folders of them')
    .action(async (paths: string[]) => {
      const { checkRules } = await import('../actions/rule.ts')
      process.exitCode = checkRules(paths)
    })
  rule
    .command('list')
    .description('list rules: level, kind, id, title')
    .argument('[path...]', 'files of rules, or folders of them; without one the shipped rules')
    .action(async (paths: string[]) => {
      const { listRules } = await import('../actions/rule.ts')
      process.exitCode = listRules(paths)
    })
  rule
    .command('test')
    .summary('run the samples of rules')
    .description(
      'Runs the events under `samples` of each rule; ends with status 1 where one says something else than its rule.',
    )
    .argument('[path...]', 'files of rules, or folders of them; without one the shipped rules')
    .action(async (paths: string[]) => {
      const { testRules } = await import('../actions/rule.ts')
      process.exitCode = testRules(paths)
    })
  rule
    .command('coverage')
    .description('count rules by ATT&CK technique')
    .argument('[path...]', 'files of rules, or folders of them; without one the shipped rules')
    .action(async (paths: string[]) => {
      const { coverRules } = await import('../actions/rule.ts')
      process.exitCode = coverRules(paths)
    })
}
