import { fieldPath, type Event } from '../../../event/index.ts'
import { option, type } from '../../../settings/index.ts'
import { defineFilter } from '../define.ts'

export const clone = defineFilter({
  name: 'clone',
  summary: 'Makes copies of an event, one for each name; the event itself goes on unchanged.',
  options: {
    clones: option(type.list(type.string), {
      required: true,
      describe: 'A name for each copy: its `type`, or with ECS names a tag of it.',
    }),
    ecs_compatibility: option(type.oneOf('disabled', 'v1', 'v8'), {
      describe: "Whether names are types or tags; the pipeline's setting by default.",
    }),
  },
  examples: [
    {
      title: 'two copies, by type',
      config: 'clones => ["a", "b"] add_tag => ["copy"]',
      in: { m: 1 },
      out: [{ m: 1 }, { m: 1, type: 'a', tags: ['copy'] }, { m: 1, type: 'b', tags: ['copy'] }],
    },
    {
      title: 'by tag, with the names of ECS',
      config: 'clones => ["a"] ecs_compatibility => v8',
      in: { m: 1 },
      out: [{ m: 1 }, { m: 1, tags: ['a'] }],
    },
  ],
  create(options, context) {
    const asType = (options.ecs_compatibility ?? context.ecs) === 'disabled'
    const typeField = fieldPath('type')
    return {
      filter(batch) {
        const out: Event[] = []
        for (const event of batch) {
          out.push(event)
          for (const name of options.clones) {
            const copy = event.clone()
            if (asType) copy.set(typeField, name)
            else copy.tag(name)
            context.matched(copy)
            out.push(copy)
          }
        }
        return out
      },
    }
  },
})
