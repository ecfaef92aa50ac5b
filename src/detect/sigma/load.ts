import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, sep } from 'node:path'
import { diagnose, type Diagnostic } from '../../diagnostic/index.ts'
import { toValue, type ValueObject } from '../../event/index.ts'
import { parseRules, type SigmaRule } from './rule.ts'
import { createSigmaDetector } from './sigma-detector.ts'

export interface LoadedRules {
  /** Those that are well. */
  readonly rules: readonly SigmaRule[]
  readonly problems: readonly Diagnostic[]
}

/** Reads files of rules, and folders of them with all that is below; every bad rule is named, the others stand. */
export function readRules(paths: readonly string[]): LoadedRules {
  const rules: SigmaRule[] = []
  const problems: Diagnostic[] = []
  for (const path of paths.flatMap((path) => files(path, problems))) {
    try {
      const parsed = parseRules({ name: path, text: readFileSync(path, 'utf8') })
      rules.push(...parsed.rules)
      problems.push(...parsed.problems)
    } catch (error) {
      problems.push(unreadable(path, error))
    }
  }
  return { rules, problems }
}

/** As {@link readRules}, with what rules say of each other and of their values, known only when they stand together. */
export function loadRules(paths: readonly string[]): LoadedRules {
  const { rules, problems } = readRules(paths)
  return { rules, problems: [...problems, ...createSigmaDetector(rules).problems] }
}

/** The YAML files of a folder and those below, without what is hidden, in the order of their names; or the one file. */
function files(path: string, problems: Diagnostic[]): string[] {
  try {
    if (!statSync(path).isDirectory()) return [path]
    return readdirSync(path, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.ya?ml$/.test(name) && !name.split(sep).some((part) => part.startsWith('.')))
      .sort()
      .map((name) => join(path, name))
      .filter((file) => statSync(file, { throwIfNoEntry: false })?.isDirectory() !== true)
  } catch (error) {
    problems.push(unreadable(path, error))
    return []
  }
}

function unreadable(path: string, error: unknown): Diagnostic {
  return diagnose('sigma.unreadable', { path, reason: error instanceof Error ? error.message : String(error) })
}

/** Runs the samples of the rules, a second of event time between events unless they say another step; answers those that say something else. */
export function runSamples(rules: readonly SigmaRule[]): Diagnostic[] {
  return rules.flatMap((rule) =>
    rule.samples.flatMap((sample) => {
      // A rule that others build on is silent of its own: it is tried without them.
      const detector = createSigmaDetector(
        rule.kind === 'rule' ? rules.filter((other) => other === rule || other.kind === 'filter') : rules,
      )
      const events = sample.events.map((event, index) => ({
        fields: toValue(event) as ValueObject,
        time: 1_700_000_000_000 + index * sample.step,
        index: 'sample',
      }))
      const fired = detector.see(events).some((finding) => finding.rule.id === rule.id)
      if (fired === sample.match) return []
      const reason = fired ? 'matches, but must not' : 'does not match, but must'
      return [diagnose('sigma.sample', { name: sample.name, rule: rule.title, reason }, { span: sample.span })]
    }),
  )
}
