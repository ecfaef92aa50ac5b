import { compileSprintf, isDynamic, parseFieldPath, type Event, type FieldPath } from '../../event/index.ts'
import { option, type, type OptionsOf } from '../../settings/index.ts'

const ID = option(type.string, { describe: 'Name of this plugin in logs and statistics.' })
const METRICS = option(type.boolean, {
  default: true,
  describe: 'Whether the plugin is counted on its own.',
  ignored: 'every plugin is counted',
})

const ECS = option(type.oneOf('disabled', 'v1', 'v8'), {
  describe: 'Whose field names it uses; without it `pipeline.ecs_compatibility`.',
})

/** A number or boolean becomes text, as everything that may hold references does. */
const fieldValues = type.hash(type.list(type.string))

/** Options that every filter has. The runtime applies them; a filter only says which events it matched. */
export const FILTER_OPTIONS = {
  add_field: option(fieldValues, {
    default: new Map(),
    describe: 'Fields to add when the filter succeeded; names and values may have references.',
  }),
  add_tag: option(type.list(type.string), { default: [], describe: 'Tags to add when the filter succeeded.' }),
  remove_field: option(type.list(type.string), {
    default: [],
    describe: 'Fields to remove when the filter succeeded.',
  }),
  remove_tag: option(type.list(type.string), { default: [], describe: 'Tags to remove when the filter succeeded.' }),
  id: ID,
  periodic_flush: option(type.boolean, {
    default: false,
    describe: 'Whether the filter is flushed every five seconds.',
  }),
  enable_metric: METRICS,
  ecs_compatibility: ECS,
} as const

/** Options that every input has. */
export const INPUT_OPTIONS = {
  type: option(type.string, { describe: 'Value of the field `type` of events that have none.' }),
  tags: option(type.list(type.string), { default: [], describe: 'Tags of every event.' }),
  add_field: option(fieldValues, { default: new Map(), describe: 'Fields of every event.' }),
  codec: option(type.codec, { describe: 'Turns bytes into events.' }),
  id: ID,
  enable_metric: METRICS,
  ecs_compatibility: ECS,
} as const

/** Options that every output has. */
export const OUTPUT_OPTIONS = {
  codec: option(type.codec, { describe: 'Turns events into bytes.' }),
  id: ID,
  enable_metric: METRICS,
  ecs_compatibility: ECS,
  workers: option(type.number({ integer: true, min: 1 }), {
    describe: 'Number of writers.',
    ignored: 'batches are written in their order by one writer',
  }),
} as const

/** Options that every codec has. */
export const CODEC_OPTIONS = {
  id: ID,
  enable_metric: METRICS,
  ecs_compatibility: ECS,
} as const

type Step = (event: Event) => void

/**
 * What a filter's success does to an event, in Logstash's order: add_field, remove_field, add_tag, remove_tag.
 * A field that is there already becomes a list with the added value.
 */
export function compileDecoration(
  options: Pick<OptionsOf<typeof FILTER_OPTIONS>, 'add_field' | 'add_tag' | 'remove_field' | 'remove_tag'>,
): Step {
  return inTurn([
    ...compileAddedFields(options.add_field),
    ...options.remove_field.map((field): Step => {
      const pathOf = compilePath(field)
      return (event) => {
        const path = pathOf(event)
        if (path !== undefined) event.remove(path)
      }
    }),
    ...compileTags(options.add_tag),
    ...options.remove_tag.map((tag): Step => {
      const text = compileSprintf(tag)
      return (event) => removeTag(event, text(event))
    }),
  ])
}

/** What every event of an input gets: `type` where there is none, the fields, then the tags. */
export function compileInputDecoration(
  options: Pick<OptionsOf<typeof INPUT_OPTIONS>, 'add_field' | 'tags' | 'type'>,
): Step {
  const steps = [...compileAddedFields(options.add_field), ...compileTags(options.tags)]
  const given = options.type
  if (given !== undefined) {
    steps.unshift((event) => {
      if (event.data['type'] === undefined) event.data['type'] = given
    })
  }
  return inTurn(steps)
}

function inTurn(steps: readonly Step[]): Step {
  if (steps.length === 1) return steps[0]!
  return (event) => {
    for (const step of steps) step(event)
  }
}

/** Each value in turn, as Logstash does: the first makes a field, more make it a list. */
function compileAddedFields(fields: ReadonlyMap<string, readonly string[]>): Step[] {
  return [...fields].flatMap(([field, values]) => {
    const pathOf = compilePath(field)
    return values.map((written): Step => {
      const value = compileSprintf(written)
      return (event) => {
        const path = pathOf(event)
        if (path === undefined) return
        const before = event.get(path)
        if (before === undefined) event.set(path, value(event))
        else if (Array.isArray(before)) before.push(value(event))
        else event.set(path, [before, value(event)])
      }
    })
  })
}

function compileTags(tags: readonly string[]): Step[] {
  return tags.map((tag): Step => {
    const text = compileSprintf(tag)
    return isDynamic(tag) ? (event) => event.tag(text(event)) : (event) => event.tag(tag)
  })
}

/** A list of tags stays when it is empty, as in Logstash. */
function removeTag(event: Event, tag: string): void {
  const tags = event.data['tags']
  if (!Array.isArray(tags)) {
    if (tags === tag) event.data['tags'] = []
    return
  }
  const at = tags.indexOf(tag)
  if (at >= 0) tags.splice(at, 1)
}

function compilePath(field: string): (event: Event) => FieldPath | undefined {
  if (isDynamic(field)) {
    const name = compileSprintf(field)
    return (event) => parseFieldPath(name(event))
  }
  const path = parseFieldPath(field)
  return () => path
}
