import { diagnose, DiagnosticError, fail, type Diagnostic } from '../../diagnostic/index.ts'
import type { Condition } from './condition.ts'
import type { CorrelationRule } from './correlation.ts'
import { applyPipelines, type Pipeline } from './pipeline/pipeline.ts'
import type { Detection, DetectionRule, FilterRule, SigmaRule } from './rule.ts'

/**
 * Rules as they are compiled: with their filters, then changed by pipelines. A rule that a pipeline refuses is named and
 * left out.
 */
export function prepareRules(
  rules: readonly SigmaRule[],
  pipelines: readonly Pipeline[],
): { rules: (DetectionRule | CorrelationRule)[]; problems: Diagnostic[] } {
  const problems: Diagnostic[] = []
  const filters = rules.filter((rule) => rule.kind === 'filter')
  for (const filter of filters) problems.push(...unknownRules(filter, rules))
  const byName = new Map<string, SigmaRule>()
  for (const rule of rules) for (const name of [rule.id, rule.name]) if (name !== undefined) byName.set(name, rule)
  const prepared = rules.flatMap((rule): (DetectionRule | CorrelationRule)[] => {
    if (rule.kind === 'filter') return []
    try {
      const filtered = rule.kind === 'rule' ? withFilters(rule, filters) : rule
      if (pipelines.length === 0) return [filtered]
      const changed = applyPipelines(pipelines, filtered, rule.kind === 'rule' ? [] : namedBy(rule, byName))
      return [changed.kind === 'rule' ? pruned(changed) : changed]
    } catch (error) {
      if (!(error instanceof DiagnosticError)) throw error
      problems.push(...error.diagnostics)
      return []
    }
  })
  return { rules: prepared, problems }
}

/** A filter has its names to itself: it is one more detection that must hold. */
function withFilters(rule: DetectionRule, filters: readonly FilterRule[]): DetectionRule {
  const applying = filters.filter((filter) => applies(filter, rule))
  if (applying.length === 0) return rule
  return { ...rule, detections: [...rule.detections, ...applying.map(({ detection }) => detection)] }
}

function applies({ rules, logsource }: FilterRule, rule: DetectionRule): boolean {
  const within = (['product', 'category', 'service'] as const).every(
    (key) => logsource[key] === undefined || logsource[key] === rule.logsource[key],
  )
  if (!within || rules === 'any') return within
  return rules.includes(rule.id) || (rule.name !== undefined && rules.includes(rule.name))
}

function unknownRules(filter: FilterRule, rules: readonly SigmaRule[]): Diagnostic[] {
  const names = filter.rules === 'any' ? [] : filter.rules
  return names
    .filter((name) => !rules.some((rule) => rule.id === name || rule.name === name))
    .map((name) =>
      diagnose('sigma.reference', { owner: filter.title, name }, { span: filter.span, severity: 'warning' }),
    )
}

function namedBy(rule: CorrelationRule, byName: ReadonlyMap<string, SigmaRule>): DetectionRule[] {
  return rule.rules.flatMap((name) => {
    const named = byName.get(name)
    return named?.kind === 'rule' ? [named] : []
  })
}

/** Takes out of conditions the selections of which a pipeline left nothing. */
function pruned(rule: DetectionRule): DetectionRule {
  const detections = rule.detections.flatMap(({ selections, conditions }): Detection[] => {
    const names = new Set(selections.map(({ name }) => name))
    const left = conditions.map((condition) => prune(condition, names)).filter((one) => one !== undefined)
    return left.length === 0 ? [] : [{ selections, conditions: left }]
  })
  if (detections.length === 0)
    throw fail('sigma.pipeline', { reason: `the pipelines leave nothing of '${rule.title}'` }, { span: rule.span })
  return { ...rule, detections }
}

function prune(condition: Condition, names: ReadonlySet<string>): Condition | undefined {
  if (condition.kind === 'name') return names.has(condition.name) ? condition : undefined
  if (condition.kind === 'not') {
    const inner = prune(condition.of, names)
    return inner === undefined ? undefined : { kind: 'not', of: inner }
  }
  const of = condition.of.map((one) => prune(one, names)).filter((one) => one !== undefined)
  if (of.length === 0) return undefined
  return of.length === 1 ? of[0]! : { kind: condition.kind, of }
}
