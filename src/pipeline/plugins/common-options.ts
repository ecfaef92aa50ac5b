import { compileSprintf, isDynamic, parseFieldPath, type Event, type Value } from '../../event/index.ts'
import { option, RawHash, RawPlugin, type, type OptionsOf, type Raw } from '../../settings/index.ts'

const ID = option(type.string, { describe: 'Name of this plugin in logs and statistics.' })
const METRICS = option(type.boolean, {
  default: true,
  describe: 'Whether the plugin is counted on its own.',
  ignored: 'every plugin is counted',
})

const ECS = option(type.oneOf('disabled', 'v1', 'v8'), {
  describe: 'Whose field names it uses; without it `pipeline.ecs_compatibility`.',
})

const fieldValues = type.hash<Raw>(type.raw)

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

/**
 * What a filter's success does to an event, in Logstash's order: add_field, remove_field, add_tag, remove_tag.
 * A field that is there already becomes a list with the added value.
 */
export function compileDecoration(
  options: Pick<OptionsOf<typeof FILTER_OPTIONS>, 'add_field' | 'add_tag' | 'remove_field' | 'remove_tag'>,
): (event: Event) => void {
  const steps: ((event: Event) => void)[] = [
    ...compileAddedFields(options.add_field),
    ...options.remove_field.map((field) => {
      const name = compileSprintf(field)
      const fixed = isDynamic(field) ? undefined : parseFieldPath(field)
      return (event: Event) => {
        const path = fixed ?? parseFieldPath(name(event))
        if (path !== undefined) event.remove(path)
      }
    }),
    ...options.add_tag.map((tag) => {
      const text = compileSprintf(tag)
      return (event: Event) => event.tag(text(event))
    }),
    ...options.remove_tag.map((tag) => {
      const text = compileSprintf(tag)
      return (event: Event) => event.untag(text(event))
    }),
  ]
  return (event) => {
    for (const step of steps) step(event)
  }
}

function compileAddedFields(fields: ReadonlyMap<string, Raw>): ((event: Event) => void)[] {
  return [...fields].map(([field, raw]) => {
    const name = compileSprintf(field)
    const fixed = isDynamic(field) ? undefined : parseFieldPath(field)
    const value = compileValue(raw)
    return (event) => {
      const path = fixed ?? parseFieldPath(name(event))
      if (path === undefined) return
      const added = value(event)
      const before = event.get(path)
      if (before === undefined || before === null) event.set(path, added)
      else event.set(path, [before, added].flat() as Value[])
    }
  })
}

function compileValue(raw: Raw): (event: Event) => Value {
  if (typeof raw === 'string') return compileSprintf(raw)
  if (Array.isArray(raw)) {
    const items = (raw as readonly Raw[]).map(compileValue)
    return (event) => items.map((item) => item(event))
  }
  if (raw instanceof RawHash || raw instanceof RawPlugin) return () => null
  return () => raw as Value
}

/** What every event of an input gets: the fields, then `type` where there is none, then the tags. */
export function compileInputDecoration(
  options: Pick<OptionsOf<typeof INPUT_OPTIONS>, 'add_field' | 'tags' | 'type'>,
): (event: Event) => void {
  const fields = compileAddedFields(options.add_field)
  return (event) => {
    if (options.type !== undefined) event.data['type'] ??= options.type
    for (const tag of options.tags) event.tag(tag)
    for (const add of fields) add(event)
  }
}
