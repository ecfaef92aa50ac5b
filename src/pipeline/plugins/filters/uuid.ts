import { randomUUID } from 'node:crypto'
import { option, type } from '../../../settings/index.ts'
import { defineFilter } from '../define.ts'
import { fieldReference } from './field-option.ts'

const define = (name: string) =>
  defineFilter({
    name,
    summary: 'Gives each event a random UUID.',
    options: {
      target: option(fieldReference, { required: true, describe: 'The field for it.' }),
      overwrite: option(type.boolean, { default: false, describe: 'Whether a value that is there is replaced.' }),
    },
    examples: [{ title: 'a value that is there stays', config: 'target => "id"', in: { id: 'x' }, out: { id: 'x' } }],
    create(options, context) {
      return {
        filter(batch) {
          for (const event of batch) {
            const before = event.get(options.target)
            if (options.overwrite || before === undefined || before === null || before === false)
              event.set(options.target, randomUUID())
            context.matched(event)
          }
          return batch
        },
      }
    },
  })

export const uuid = define('uuid')

/** The same, of Logstash's core. */
export const javaUuid = define('java_uuid')
