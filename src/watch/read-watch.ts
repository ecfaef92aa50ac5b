import { DiagnosticError, type Diagnostic, type Source } from '../diagnostic/index.ts'
import { cloneValue, isObject, newObject, type Value, type ValueObject } from '../event/index.ts'
import { ACTIONS } from './actions/index.ts'
import { alwaysCondition, CONDITIONS } from './conditions/index.ts'
import { warnOfMistakes } from './common-mistakes.ts'
import { INPUTS, noneInput } from './inputs/index.ts'
import { readLocatedJson, type LocatedJson } from './json-source.ts'
import type { ActionSpec, Reading, Schedule, ScriptCompiler, Watch } from './model.ts'
import { readPart } from './read-part.ts'
import { redact } from './secrets.ts'
import { Problems, Spec } from './spec.ts'
import { TRANSFORMS } from './transforms/index.ts'
import { readSchedules } from './triggers/index.ts'

export interface ReadWatch {
  /** Undefined where a problem is an error. */
  readonly watch: Watch | undefined
  /** Errors and notices, each with its path and, from a text, its place. */
  readonly diagnostics: readonly Diagnostic[]
  /** The first error of a script among them. */
  readonly script?: DiagnosticError | undefined
}

const BESIDE_ACTION = [
  'condition',
  'transform',
  'throttle_period',
  'throttle_period_in_millis',
  'foreach',
  'max_iterations',
  'throttle',
  'when',
]
const MAX_ITERATIONS = 100

/** Reads a watch from JSON text, with the place of every problem. */
export function readWatchText(id: string, source: Source, scripts: ScriptCompiler): ReadWatch {
  let located: LocatedJson
  try {
    located = readLocatedJson(source)
  } catch (error) {
    if (error instanceof DiagnosticError) return { watch: undefined, diagnostics: error.diagnostics }
    throw error
  }
  const problems = new Problems(located)
  for (const { path } of located.duplicates)
    problems.add('watch.duplicate', path.split('.'), { path }, { part: 'name' })
  return read(id, located.value, problems, scripts)
}

/** Reads a watch from a value, as a request's body gives it. */
export function readWatchValue(id: string, value: Value, scripts: ScriptCompiler): ReadWatch {
  return read(id, value, new Problems(), scripts)
}

function read(id: string, value: Value, problems: Problems, scripts: ScriptCompiler): ReadWatch {
  const reading: Reading = { problems, scripts }
  const spec = new Spec(value, [], problems)
  const watch = spec.isObject('an object with trigger, input, condition and actions')
    ? readParts(id, spec, reading)
    : undefined
  if (isObject(value) && !problems.failed) warnOfMistakes(value, problems)
  return { watch: problems.failed ? undefined : watch, diagnostics: problems.list, script: problems.script }
}

function readParts(id: string, spec: Spec, reading: Reading): Watch {
  const trigger = spec.need('trigger')
  const schedules = trigger === undefined ? [] : readTrigger(trigger, reading)
  const inputSpec = spec.take('input')
  const input = inputSpec === undefined ? noneInput : readPart(inputSpec, 'input', INPUTS, reading)
  const conditionSpec = spec.take('condition')
  const condition =
    conditionSpec === undefined ? alwaysCondition : readPart(conditionSpec, 'condition', CONDITIONS, reading)
  const transformSpec = spec.take('transform')
  const transform = transformSpec === undefined ? undefined : readPart(transformSpec, 'transform', TRANSFORMS, reading)
  const throttleMillis = spec.period('throttle_period')
  const actions = readActions(spec.take('actions'), reading)
  const metadata = spec.take('metadata')
  if (metadata !== undefined) metadata.isObject()
  // A watch that was read from an Elasticsearch carries its status along; here it begins its own.
  for (const name of ['status', '_status', 'uuid']) spec.take(name)
  spec.done()
  const source = definitionOf(spec.value as ValueObject)
  return {
    id,
    schedules,
    input: input ?? noneInput,
    condition: condition ?? alwaysCondition,
    ...(transform === undefined ? {} : { transform }),
    ...(throttleMillis === undefined ? {} : { throttleMillis }),
    actions,
    stored: spec.problems.stored,
    metadata: isObject(metadata?.value) ? metadata.value : newObject(),
    source,
    shown: redact(source),
  }
}

function definitionOf(value: ValueObject): ValueObject {
  const copy = cloneValue(value) as ValueObject
  for (const name of ['status', '_status', 'uuid']) delete copy[name]
  return copy
}

function readTrigger(spec: Spec, reading: Reading): Schedule[] {
  if (!spec.isObject('an object with "schedule"')) return []
  const schedule = spec.need('schedule')
  spec.done()
  if (schedule === undefined) return []
  return readSchedules(schedule, reading)
}

/** `throttle: { by, period }`: each entity is told of once in the period. */
function readThrottleBy(spec: Spec | undefined): ActionSpec['throttleBy'] {
  if (spec === undefined || !spec.isObject('an object with "by" and "period"')) return undefined
  const path = spec.need('by')?.string()
  const periodMillis = spec.need('period')?.duration()
  spec.done()
  return path === undefined || periodMillis === undefined ? undefined : { path, periodMillis }
}

function readActions(spec: Spec | undefined, reading: Reading): ActionSpec[] {
  if (spec === undefined || !spec.isObject('an object of named actions')) return []
  return spec.names().flatMap((id) => {
    const inner = spec.take(id)
    if (inner === undefined) {
      spec.problems.add('watch.invalid', [...spec.path, id], {
        path: `${spec.name}.${id}`,
        expected: 'an action',
        got: 'null',
      })
      return []
    }
    if (!/^\S{1,256}$/.test(id))
      inner.problems.add(
        'watch.part',
        inner.path,
        {
          path: inner.name,
          reason: 'the name of an action must have no spaces and at most 256 characters',
        },
        { part: 'name' },
      )
    const action = readPart(inner, 'action', ACTIONS, reading, BESIDE_ACTION)
    const conditionSpec = inner.take('condition')
    const condition =
      conditionSpec === undefined ? undefined : readPart(conditionSpec, 'condition', CONDITIONS, reading)
    const transformSpec = inner.take('transform')
    const transform =
      transformSpec === undefined ? undefined : readPart(transformSpec, 'transform', TRANSFORMS, reading)
    const throttleMillis = inner.period('throttle_period')
    const throttleBy = readThrottleBy(inner.take('throttle'))
    if (throttleBy !== undefined && throttleMillis !== undefined)
      inner.take('throttle')!.invalid("left out where there is a 'throttle_period'")
    const when = inner.take('when')?.oneOf('met', 'resolved') ?? 'met'
    const foreachPath = inner.take('foreach')?.string()
    const maxIterations = inner.take('max_iterations')?.integer(1, 10_000) ?? MAX_ITERATIONS
    if (action === undefined) return []
    return [
      {
        id,
        action,
        ...(condition === undefined ? {} : { condition }),
        ...(transform === undefined ? {} : { transform }),
        ...(throttleMillis === undefined ? {} : { throttleMillis }),
        ...(throttleBy === undefined ? {} : { throttleBy }),
        when,
        ...(foreachPath === undefined ? {} : { foreach: { path: foreachPath, maxIterations } }),
      },
    ]
  })
}
