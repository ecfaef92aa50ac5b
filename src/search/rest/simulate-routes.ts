import { fail } from '../../diagnostic/index.ts'
import { newObject, type ValueObject } from '../../event/index.ts'
import { applyTemplates, wildcardMatch } from '../dsl/index.ts'
import {
  checkIndexTemplate,
  composedLayers,
  matchingTemplate,
  overlap,
  patternsOf,
  priorityOf,
} from '../embedded/composable.ts'
import type { Store } from '../store.ts'
import { passThrough } from './pass-through.ts'
import type { RestRequest, Router } from './router.ts'
import { bodyObject } from './selection.ts'
import { shownAliases, textSettings } from './template-routes.ts'

const PARAMETERS = ['cause', 'master_timeout'] as const
/** The name under which a template of the body counts. */
const GIVEN = ' given'

interface Templates {
  readonly composable: Map<string, ValueObject>
  readonly components: ReadonlyMap<string, ValueObject>
  readonly legacy: ReadonlyMap<string, ValueObject>
}

/** `_index_template/_simulate...`: what an index would start with. */
export function registerSimulate(outer: Router, store: Store): void {
  const router = passThrough(outer, store)
  router.route({
    method: 'POST',
    path: '/_index_template/_simulate_index/:name',
    parameters: PARAMETERS,
    async handle(request) {
      const templates = await read(store)
      const { name } = request.params as { name: string }
      add(templates, GIVEN, bodyObject(request))
      const winner = matchingTemplate(name, templates.composable)
      if (winner === undefined) return { body: {} }
      return { body: answer(name, winner, templates, (patterns) => patterns.some((each) => wildcardMatch(each, name))) }
    },
  })
  for (const path of ['/_index_template/_simulate', '/_index_template/_simulate/:name'])
    router.route({
      method: 'POST',
      path,
      parameters: PARAMETERS,
      async handle(request) {
        const templates = await read(store)
        const winner = given(request, templates)
        const own = patternsOf(winner[1])
        const overlaps = (patterns: readonly string[]): boolean =>
          patterns.some((theirs) => own.some((mine) => overlap(mine, theirs)))
        return { body: answer('simulated', winner, templates, overlaps) }
      },
    })
}

async function read(store: Store): Promise<Templates> {
  const map = (resources: ValueObject): Map<string, ValueObject> =>
    new Map(Object.entries(resources) as [string, ValueObject][])
  return {
    composable: map(await store.getResources('index_template')),
    components: map(await store.getResources('component_template')),
    legacy: map(await store.getTemplates()),
  }
}

function add({ composable, components }: Templates, name: string, body: ValueObject | undefined): void {
  if (body === undefined) return
  checkIndexTemplate(name, body, composable, components)
  composable.set(name, body)
}

/** The template of the body, or the one that is named. */
function given(request: RestRequest, templates: Templates): readonly [string, ValueObject] {
  const { name = GIVEN } = request.params
  add(templates, name, bodyObject(request))
  const found = templates.composable.get(name)
  if (found === undefined)
    throw fail('rest.parameter_invalid', { reason: `unable to simulate template [${name}] that does not exist` })
  return [name, found]
}

function answer(
  index: string,
  [name, body]: readonly [string, ValueObject],
  { composable, components, legacy }: Templates,
  overlaps: (patterns: readonly string[]) => boolean,
): object {
  const alone = new Map([[name, Object.assign(newObject(), body, { index_patterns: ['*'] })]])
  const { settings, mappings, aliases } = applyTemplates(index, composedLayers(index, alone, components)!)
  const others = [...composable].filter(([other]) => other !== name)
  return {
    template: { settings: textSettings(settings), mappings, aliases: shownAliases(aliases) },
    overlapping: [...legacy, ...others.sort(([, a], [, b]) => priorityOf(a) - priorityOf(b))]
      .map(([other, theirs]) => ({ name: other, index_patterns: patternsOf(theirs) }))
      .filter(({ index_patterns }) => overlaps(index_patterns)),
  }
}
