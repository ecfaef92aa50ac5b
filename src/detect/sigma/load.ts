import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, sep } from 'node:path'
import { diagnose, type Diagnostic, type Source } from '../../diagnostic/index.ts'
import { toValue, type ValueObject } from '../../event/index.ts'
import { parsePipelines, type Pipeline } from './pipeline/pipeline.ts'
import { isRuleFile, unreadableFile } from './rule-files.ts'
import { parseRules, type SigmaRule } from './rule.ts'
import { createSigmaDetector } from './sigma-detector.ts'

export interface LoadedRules {
  /** Those that are well. */
  readonly rules: readonly SigmaRule[]
  readonly problems: readonly Diagnostic[]
}

/** Reads files of rules, and folders of them with all that is below; every bad rule is named, the others stand. */
export function readRules(paths: readonly string[]): LoadedRules {
  const { items, problems } = readAll(paths, (source) => {
    const parsed = parseRules(source)
    return { items: parsed.rules, problems: [...parsed.problems, ...parsed.doubts] }
  })
  return { rules: items, problems }
}

/** Reads files of pipelines, and folders of them. */
export function readPipelines(paths: readonly string[]): { pipelines: Pipeline[]; problems: Diagnostic[] } {
  const { items, problems } = readAll(paths, (source) => {
    const parsed = parsePipelines(source)
    return { items: parsed.pipelines, problems: parsed.problems }
  })
  return { pipelines: items, problems }
}

function readAll<T>(
  paths: readonly string[],
  parse: (source: Source) => { readonly items: readonly T[]; readonly problems: readonly Diagnostic[] },
): { items: T[]; problems: Diagnostic[] } {
  const items: T[] = []
  const problems: Diagnostic[] = []
  for (const path of paths.flatMap((path) => files(path, problems))) {
    try {
      const parsed = parse({ name: path, text: readFileSync(path, 'utf8') })
      items.push(...parsed.items)
      problems.push(...parsed.problems)
    } catch (error) {
      problems.push(unreadableFile(path, error))
    }
  }
  return { items, problems }
}

/** As {@link readRules}, with what rules say of each other and of their values, known only when they stand together. */
export function loadRules(paths: readonly string[], pipelines: readonly Pipeline[] = []): LoadedRules {
  const { rules, problems } = readRules(paths)
  return { rules, problems: [...problems, ...createSigmaDetector(rules, { pipelines }).problems] }
}

/** The YAML files of a folder and those below, without what is hidden, in the order of their names; or the one file. */
function files(path: string, problems: Diagnostic[]): string[] {
  try {
    if (!statSync(path).isDirectory()) return [path]
    return readdirSync(path, { recursive: true, encoding: 'utf8' })
      .filter((name) => isRuleFile(name) && !name.split(sep).some((part) => part.startsWith('.')))
      .sort()
      .map((name) => join(path, name))
      .filter((file) => statSync(file, { throwIfNoEntry: false })?.isDirectory() !== true)
  } catch (error) {
    problems.push(unreadableFile(path, error))
    return []
  }
}

/** Runs the samples of the rules, a second of event time between events unless they say another step; answers those that say something else. */
export function runSamples(rules: readonly SigmaRule[], pipelines: readonly Pipeline[] = []): Diagnostic[] {
  return rules.flatMap((rule) =>
    rule.samples.flatMap((sample) => {
      // A rule that others build on is silent of its own: it is tried without them.
      const detector = createSigmaDetector(
        rule.kind === 'rule' ? rules.filter((other) => other === rule || other.kind === 'filter') : rules,
        { pipelines },
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
