import { isObject, newObject, type ValueObject } from '../../event/index.ts'
import { wildcardMatch } from '../dsl/index.ts'
import type { Store } from '../store.ts'
import { passThrough } from './pass-through.ts'
import type { Router } from './router.ts'
import { selectionOf, SELECTION_PARAMETERS } from './selection.ts'

/** `_resolve/index`: the indices, aliases and data streams that expressions mean. */
export function registerResolve(outer: Router, store: Store): void {
  passThrough(outer, store).route({
    method: ['GET', 'POST'],
    path: '/_resolve/index/:index',
    parameters: SELECTION_PARAMETERS,
    async handle(request) {
      const selection = selectionOf(request)
      const { expressions } = selection
      const summaries = await store.describeIndices(selection)
      const streams = (await store.dataStreams?.list()) ?? []
      const streamOf = new Map(streams.flatMap(({ name, indices }) => indices.map((index) => [index.name, name])))
      const described = await store.getIndices({ ...selection, expandWildcards: ['all'] })
      const everything = await store.getIndices({ expressions: [], expandWildcards: ['all'] })
      const wanted = (name: string): boolean => matches(expressions, name)
      const states = selection.expandWildcards ?? ['open']
      const hiddenToo = states.includes('hidden') || states.includes('all')

      const aliases = new Map<string, { indices: string[]; hidden: boolean }>()
      for (const [index, description] of Object.entries(everything))
        for (const [alias, options] of Object.entries(aliasesOf(description as ValueObject))) {
          const entry = aliases.get(alias) ?? { indices: [], hidden: false }
          entry.indices.push(index)
          entry.hidden ||= isObject(options) && options['is_hidden'] === true
          aliases.set(alias, entry)
        }
      for (const stream of streams)
        for (const alias of Object.keys(stream.aliases)) {
          const entry = aliases.get(alias) ?? { indices: [], hidden: false }
          entry.indices.push(stream.name)
          aliases.set(alias, entry)
        }
      const indices = summaries
        .filter(({ name }) => wanted(name))
        .filter(
          ({ name, hidden }) =>
            !hidden || hiddenToo || expressions.some((each) => each === name || each.startsWith('.')),
        )
        .map(({ name, closed, hidden }) => {
          const own = Object.keys(aliasesOf(described[name] as ValueObject | undefined)).sort()
          const stream = streamOf.get(name)
          return {
            name,
            ...(own.length === 0 ? {} : { aliases: own }),
            attributes: [closed ? 'closed' : 'open', ...(hidden ? ['hidden'] : [])].sort(),
            ...(stream === undefined ? {} : { data_stream: stream }),
          }
        })
      return {
        body: {
          indices,
          aliases: [...aliases]
            .filter(([name, { hidden }]) => wanted(name) && (!hidden || hiddenToo || expressions.includes(name)))
            .map(([name, alias]) => ({ name, indices: alias.indices.sort() }))
            .sort(byName),
          data_streams: streams
            .filter(({ name, hidden }) => wanted(name) && (!hidden || hiddenToo || expressions.includes(name)))
            .map(({ name, indices: backing }) => ({
              name,
              backing_indices: backing.map((index) => index.name),
              timestamp_field: '@timestamp',
            })),
        },
      }
    },
  })
}

function byName(a: { name: string }, b: { name: string }): number {
  return a.name < b.name ? -1 : 1
}

function aliasesOf(description: ValueObject | undefined): ValueObject {
  const aliases = description?.['aliases']
  return isObject(aliases) ? aliases : newObject()
}

/** Later exclusions take away, as in the path of any request. */
function matches(expressions: readonly string[], name: string): boolean {
  let found = false
  for (const expression of expressions) {
    if (expression.startsWith('-')) {
      if (wildcardMatch(expression.slice(1), name)) found = false
    } else if (expression === '_all' || wildcardMatch(expression, name)) found = true
  }
  return found
}
