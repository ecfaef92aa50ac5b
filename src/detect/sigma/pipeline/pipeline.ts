import { DiagnosticError, fail, type Diagnostic, type Source } from '../../../diagnostic/index.ts'
import type { CorrelationRule } from '../correlation.ts'
import { child, invalid, readYaml, textAt, textsAt, type Located } from '../located-yaml.ts'
import type { DetectionRule } from '../rule.ts'
import { FIELD_CHECKS, ITEM_CHECKS, knownKeys, readChecks, RULE_CHECKS } from './checks.ts'
import type { ProcessingItem } from './item.ts'
import { Run, type Vars } from './run.ts'
import { readTransformation } from './transformations.ts'

/** Steps that change rules before they are compiled, in the form of pySigma's pipelines. */
export interface Pipeline {
  readonly name: string | undefined
  /** Of several, the one with the least comes first. */
  readonly priority: number
  readonly vars: Vars
  readonly items: readonly ProcessingItem[]
}

const KEYS = ['name', 'priority', 'vars', 'transformations', 'postprocessing', 'finalizers', 'allowed_backends']
const ITEM_KEYS = [
  'id',
  'type',
  ...['rule', 'detection_item', 'field_name'].flatMap((name) => [
    `${name}_conditions`,
    `${name}_cond_op`,
    `${name}_cond_expr`,
    `${name}_cond_not`,
  ]),
]

/** Reads the pipelines of a YAML text; a bad one is named and left out. */
export function parsePipelines(source: Source): { pipelines: Pipeline[]; problems: Diagnostic[] } {
  const { documents, problems } = readYaml(source)
  const pipelines = documents.flatMap((document) => {
    try {
      return [readPipeline(document)]
    } catch (error) {
      if (!(error instanceof DiagnosticError)) throw error
      problems.push(...error.diagnostics)
      return []
    }
  })
  return { pipelines, problems }
}

function readPipeline(document: Located): Pipeline {
  if (document.entries === undefined) throw invalid('a pipeline', 'a map', document)
  knownKeys(document, 'a pipeline', KEYS)
  for (const key of ['postprocessing', 'finalizers']) {
    const list = child(document, key)
    if (list?.items !== undefined && list.items.length > 0)
      throw fail(
        'sigma.unsupported',
        { path: key, reason: 'rules are judged, not made into queries' },
        { span: list.span },
      )
  }
  const priority = child(document, 'priority')
  if (priority !== undefined && typeof priority.data !== 'number') throw invalid('priority', 'a number', priority)
  return {
    name: textAt(document, 'name'),
    priority: Number(priority?.data ?? 0),
    vars: readVars(child(document, 'vars')),
    items: readItems(document, 'transformations'),
  }
}

function readVars(map: Located | undefined): Vars {
  if (map === undefined || map.data === null) return new Map()
  if (map.entries === undefined) throw invalid('vars', 'a map', map)
  return new Map(map.entries.map(({ key }) => [key, textsAt(map, key)]))
}

function readItems(holder: Located, key: string): ProcessingItem[] {
  const list = child(holder, key)
  if (list === undefined || list.data === null) return []
  if (list.items === undefined) throw invalid(key, 'a list', list)
  return list.items.map(readItem)
}

function readItem(at: Located): ProcessingItem {
  if (at.entries === undefined) throw invalid('an item of a pipeline', 'a map', at)
  const conditions = {
    id: textAt(at, 'id'),
    rule: readChecks(at, 'rule', RULE_CHECKS),
    item: readChecks(at, 'detection_item', ITEM_CHECKS),
    field: readChecks(at, 'field_name', FIELD_CHECKS),
  }
  if (textAt(at, 'type') !== 'nest') return { ...conditions, apply: readTransformation(at, ITEM_KEYS) }
  knownKeys(at, 'nest', [...ITEM_KEYS, 'items'])
  const items = readItems(at, 'items')
  return { ...conditions, apply: (run) => applyItems(items, run) }
}

function applyItems(items: readonly ProcessingItem[], run: Run): void {
  for (const item of items) {
    if (item.rule !== undefined && !item.rule(undefined, run)) continue
    item.apply(run, item)
    if (item.id !== undefined) run.applied.add(item.id)
  }
}

/** All of them as one, in the order of their priority; of a variable that several give the last one stands. */
export function applyPipelines<R extends DetectionRule | CorrelationRule>(
  pipelines: readonly Pipeline[],
  rule: R,
  named: readonly DetectionRule[] = [],
): R {
  const ordered = pipelines.toSorted((a, b) => a.priority - b.priority)
  const vars = new Map(ordered.flatMap((pipeline) => [...pipeline.vars]))
  const run = new Run(rule, named, vars)
  for (const { items } of ordered) applyItems(items, run)
  return run.rule as R
}
