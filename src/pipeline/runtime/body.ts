import type { Event } from '../../event/index.ts'
import type { Filter, FilterContext, FilterSpec, Output, OutputContext, OutputSpec } from '../plugins/define.ts'
import type { ResolvedPlugin, ResolvedStatement } from '../language/index.ts'
import { compileCondition, type Predicate } from './conditions.ts'

type Statement<P> =
  | { readonly plugin: P }
  | {
      readonly cases: readonly { readonly holds: Predicate; readonly body: readonly Statement<P>[] }[]
      readonly otherwise: readonly Statement<P>[]
    }

function build<S, P>(
  statements: readonly ResolvedStatement<S>[],
  create: (plugin: ResolvedPlugin<S>) => P,
): Statement<P>[] {
  return statements.map((statement): Statement<P> => {
    if (statement.node === 'plugin') return { plugin: create(statement) }
    return {
      cases: statement.cases.map(({ condition, body }) => ({
        holds: compileCondition(condition, statement.source),
        body: build(body, create),
      })),
      otherwise: build(statement.otherwise ?? [], create),
    }
  })
}

/** The events of a batch by the case they take; the last list is of those that take none. */
function divide<P>(batch: readonly Event[], statement: Extract<Statement<P>, { cases: unknown }>): Event[][] {
  const lists: Event[][] = Array.from({ length: statement.cases.length + 1 }, () => [])
  for (const event of batch) {
    let index = statement.cases.findIndex(({ holds }) => holds(event))
    if (index < 0) index = statement.cases.length
    lists[index]!.push(event)
  }
  return lists
}

/** The filters of a pipeline, as one. */
export class FilterBody {
  private readonly statements: readonly Statement<Filter>[]
  private readonly filters: { readonly filter: Filter; readonly periodic: boolean }[] = []

  constructor(
    resolved: readonly ResolvedStatement<FilterSpec>[],
    contextOf: (plugin: ResolvedPlugin<FilterSpec>) => FilterContext,
  ) {
    this.statements = build(resolved, (plugin) => {
      const filter = plugin.spec.create(plugin.options, contextOf(plugin))
      this.filters.push({ filter, periodic: plugin.common['periodic_flush'] === true })
      return filter
    })
  }

  /** The batch that goes on, in the order of the events; what a filter added stands behind the event it came with. */
  run(batch: Event[]): Promise<Event[]> | Event[] {
    return runStatements(this.statements, 0, batch)
  }

  /** Events that filters held back; what follows a filter in the configuration is applied to none of them, as in Logstash's own final flush. */
  async flush(final: boolean): Promise<Event[]> {
    const flushed: Event[] = []
    for (const { filter, periodic } of this.filters) {
      if ((final || periodic) && filter.flush !== undefined) flushed.push(...(await filter.flush(final)))
    }
    return flushed
  }

  async close(): Promise<void> {
    for (const { filter } of this.filters) await filter.close?.()
  }
}

/** Runs on without a promise for as long as no filter gives one: most batches never wait. */
function runStatements(
  statements: readonly Statement<Filter>[],
  from: number,
  batch: Event[],
): Promise<Event[]> | Event[] {
  let events = batch
  for (let i = from; i < statements.length; i++) {
    if (events.length === 0) return events
    const result = runStatement(statements[i]!, events)
    if (result instanceof Promise) return result.then((next) => runStatements(statements, i + 1, next.filter(isAlive)))
    events = result.every(isAlive) ? result : result.filter(isAlive)
  }
  return events
}

function isAlive(event: Event): boolean {
  return !event.cancelled
}

function runStatement(statement: Statement<Filter>, batch: Event[]): Promise<Event[]> | Event[] {
  if ('plugin' in statement) return statement.plugin.filter(batch)
  const lists = divide(batch, statement)
  const bodies = [...statement.cases.map(({ body }) => body), statement.otherwise]
  const only = lists.findIndex((list) => list.length === batch.length)
  if (only >= 0) return runStatements(bodies[only]!, 0, batch)
  const results = lists.map((list, index) => runStatements(bodies[index]!, 0, list))
  return results.some((result) => result instanceof Promise)
    ? Promise.all(results).then((lists) => inOrder(batch, lists))
    : inOrder(batch, results as Event[][])
}

function inOrder(batch: readonly Event[], lists: readonly Event[][]): Event[] {
  const places = new Map(batch.map((event, index) => [event, index]))
  const placed: { event: Event; place: number }[] = []
  for (const list of lists) {
    let place = -1
    for (const event of list) {
      place = places.get(event) ?? place
      placed.push({ event, place })
    }
  }
  return placed.sort((a, b) => a.place - b.place).map(({ event }) => event)
}

/** The outputs of a pipeline, as one. */
export class OutputBody {
  private readonly statements: readonly Statement<Output>[]
  private readonly outputs: Output[] = []

  constructor(
    resolved: readonly ResolvedStatement<OutputSpec>[],
    contextOf: (plugin: ResolvedPlugin<OutputSpec>) => OutputContext,
  ) {
    this.statements = build(resolved, (plugin) => {
      const output = plugin.spec.create(plugin.options, contextOf(plugin))
      this.outputs.push(output)
      return output
    })
  }

  async start(): Promise<void> {
    for (const output of this.outputs) await output.start?.()
  }

  /** Resolves when every output has what is meant for it. */
  async write(batch: readonly Event[]): Promise<void> {
    const writes: Promise<void>[] = []
    collectWrites(this.statements, batch, writes)
    await Promise.all(writes)
  }

  async close(): Promise<void> {
    for (const output of this.outputs) await output.close?.()
  }
}

function collectWrites(
  statements: readonly Statement<Output>[],
  batch: readonly Event[],
  writes: Promise<void>[],
): void {
  if (batch.length === 0) return
  for (const statement of statements) {
    if ('plugin' in statement) writes.push(statement.plugin.write(batch))
    else {
      const lists = divide(batch, statement)
      statement.cases.forEach(({ body }, index) => collectWrites(body, lists[index]!, writes))
      collectWrites(statement.otherwise, lists.at(-1)!, writes)
    }
  }
}
