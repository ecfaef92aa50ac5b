import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { systemClock } from '../../clock/index.ts'
import { judgeAlone, readRules } from '../../detect/sigma/index.ts'
import { stringifyJson, type ValueObject } from '../../event/index.ts'
import { loadPipelines, traceLines, type LineTrace, type PipelineDefinition } from '../../pipeline/index.ts'
import type { Settings } from '../../settings/index.ts'
import { CommandError, EXIT } from '../exit.ts'
import { loadCommandSettings } from '../load-settings.ts'
import { printable } from '../printable.ts'

export interface ExplainOptions {
  readonly line: readonly string[]
  readonly pipelineId?: string
  readonly rules?: string
  readonly failures?: boolean
  readonly expect?: string
  readonly config?: string
  readonly overrides: readonly string[]
  readonly output: 'human' | 'json'
}

interface SeenRule {
  readonly id: string
  readonly title: string
}

interface Explained extends LineTrace {
  /** Of each event of the line, the rules that match it alone; correlations need more than one. */
  readonly rules: readonly (readonly SeenRule[])[]
}

/** Filters name their failures so: `_grokparsefailure`, `_dateparsefailure`, `_jsonparsefailure`, ... */
const FAILURE = /^_.*(?:failure|error|timeout|unread)/

/** Prints what becomes of lines; answers the exit status. */
export async function explain(path: string, files: readonly string[], options: ExplainOptions): Promise<number> {
  const settings = loadCommandSettings(options.config, options.overrides)
  const definition = definitionOf(path, options.pipelineId, settings)
  const lines = await linesOf(files, options.line)
  const traces = await traceLines(definition, lines, {
    clock: systemClock,
    patternPaths: settings.values['path.patterns'].map((one) => resolve(settings.folder, one)),
    ecs: settings.values['pipeline.ecs_compatibility'],
    lookUp: settings.variable,
  })
  const judge = judgeOf(options.rules ?? rulesOf(settings))
  const explained = traces
    .map((trace): Explained => ({ ...trace, rules: trace.events.map(judge) }))
    .filter(({ events }) => options.failures !== true || events.some(hasFailed))
  for (const one of explained) {
    const said = options.output === 'json' ? [stringifyJson(one)] : describe(one).map(printable)
    for (const line of said) console.log(line)
  }
  const { expect } = options
  if (expect === undefined) return EXIT.done
  const seen = explained.some(({ rules }) => rules.flat().some(({ id, title }) => id === expect || title === expect))
  if (!seen) console.error(`no line matched the rule '${printable(expect)}'`)
  return seen ? EXIT.done : EXIT.failed
}

function definitionOf(path: string, id: string | undefined, settings: Settings): PipelineDefinition {
  const definitions = loadPipelines(path, settings.variable)
  const found = id === undefined ? definitions : definitions.filter((definition) => definition.id === id)
  if (found.length === 1) return found[0]!
  const names = definitions.map((definition) => definition.id).join(', ')
  throw new CommandError(`name one pipeline with --pipeline-id: ${names}`, EXIT.usage)
}

async function linesOf(files: readonly string[], given: readonly string[]): Promise<string[]> {
  const texts = files.length > 0 ? files.map(readLines) : given.length > 0 ? [] : [await text(process.stdin)]
  return [...given, ...texts.flatMap((one) => one.split(/\r?\n/).filter((line) => line !== ''))]
}

function readLines(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new CommandError(`'${path}' cannot be read: ${(error as Error).message}`)
  }
}

function rulesOf({ values, folder }: Settings): string | undefined {
  const path = values['path.rules']
  return path === undefined ? undefined : resolve(folder, path)
}

function judgeOf(path: string | undefined): (event: ValueObject) => readonly SeenRule[] {
  if (path === undefined) return () => []
  const judge = judgeAlone(readRules([path]).rules)
  return (event) => judge(event).map(({ id, title }) => ({ id, title }))
}

function hasFailed({ tags }: ValueObject): boolean {
  return (Array.isArray(tags) ? tags : [tags]).some((tag) => typeof tag === 'string' && FAILURE.test(tag))
}

function describe({ line, steps, events, rules }: Explained): string[] {
  const width = Math.max(0, ...steps.map(({ plugin, place }) => plugin.length + place.length + 3))
  return [
    `line: ${line}`,
    ...steps.flatMap(({ plugin, place, ran, dropped, changes, why, conditions, millis }) => {
      const head = `  ${ran ? (changes.length > 0 || dropped ? '●' : '○') : '·'} ${`${plugin} (${place})`.padEnd(width)}`
      if (!ran) return [`${head} not reached${conditions.length === 0 ? '' : `: ${conditions.at(-1)!}`}`]
      const what = dropped ? 'dropped' : changes.length === 0 ? 'no change' : `${changes.length} changed`
      return [
        `${head} ${what}, ${millis.toFixed(1)} ms${why === undefined ? '' : `: ${why}`}`,
        ...changes.map(
          ({ field, from, to }) => `      ${field}: ${from === undefined ? '' : `${from} → `}${to ?? '(removed)'}`,
        ),
      ]
    }),
    ...events.map((event, i) => {
      const seen = rules[i]!.map(({ title }) => title)
      return `  = ${stringifyJson(event)}${seen.length === 0 ? '' : `\n  ! ${seen.join(', ')}`}`
    }),
    ...(events.length === 0 ? ['  = nothing'] : []),
    '',
  ]
}
