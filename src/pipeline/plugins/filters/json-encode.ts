import { stringifyJson } from '../../../event/index.ts'
import { option } from '../../../settings/index.ts'
import { defineFilter } from '../define.ts'
import { fieldReference } from './field-option.ts'

export const jsonEncode = defineFilter({
  name: 'json_encode',
  summary: 'Writes a field as JSON text.',
  options: {
    source: option(fieldReference, { required: true, describe: 'The field.' }),
    target: option(fieldReference, { describe: 'The field for the text; `source` itself unless given.' }),
  },
  examples: [
    {
      title: 'in its place',
      config: 'source => "[a][hash]" add_tag => "written"',
      in: { a: { hash: { x: 1, y: [null, 'ü"'] } } },
      out: { a: { hash: '{"x":1,"y":[null,"ü\\""]}' }, tags: ['written'] },
    },
    {
      title: 'beside it',
      config: 'source => "list" target => "[json][text]"',
      in: { list: ['x', 'y'] },
      out: { list: ['x', 'y'], json: { text: '["x","y"]' } },
    },
    { title: 'a text', config: 'source => "m"', in: { m: 'x' }, out: { m: '"x"' } },
    { title: 'nothing there', config: 'source => "m"', in: { a: 1 }, out: { a: 1, m: 'null' } },
  ],
  create({ source, target = source }, context) {
    return {
      filter(batch) {
        for (const event of batch) {
          event.set(target, stringifyJson(event.get(source) ?? null))
          context.matched(event)
        }
        return batch
      },
    }
  },
})
