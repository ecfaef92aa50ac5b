import { fail } from '../../../diagnostic/index.ts'
import { getAt, isObject, removeAt, setAt, type Event, type FieldPath, type ValueObject } from '../../../event/index.ts'
import { option, type } from '../../../settings/index.ts'
import { defineFilter } from '../define.ts'
import { fieldReference } from './field-option.ts'

export const deDot = defineFilter({
  name: 'de_dot',
  summary: 'Renames fields whose names have dots.',
  options: {
    separator: option(type.string, { default: '_', describe: 'What takes the place of a dot.' }),
    nested: option(type.boolean, {
      default: false,
      describe: 'Whether the dots divide the name into fields below each other instead.',
    }),
    recursive: option(type.boolean, {
      default: false,
      describe: 'Whether the fields below are renamed as well; those in lists are not.',
    }),
    fields: option(type.list(fieldReference), { describe: 'Which fields; all at the top level unless given.' }),
  },
  examples: [
    {
      title: 'at the top level',
      config: 'add_tag => "renamed"',
      in: { 'acme_roller.skates': 'coyote', no_dot: 1, deep: { 'a.b': 1 } },
      out: { no_dot: 1, deep: { 'a.b': 1 }, acme_roller_skates: 'coyote', tags: ['renamed'] },
    },
    {
      title: 'into fields below each other',
      config: 'nested => true',
      in: { 'acme.roller.skates': 'coyote', acme: { other: 1 } },
      out: { acme: { other: 1, roller: { skates: 'coyote' } } },
    },
    {
      title: 'a field below another',
      config: 'fields => ["[acme][roller.skates]", "gone.field"] separator => "___"',
      in: { acme: { 'roller.skates': 'coyote' }, 'foo.bar': 1 },
      out: { acme: { roller___skates: 'coyote' }, 'foo.bar': 1 },
    },
    {
      title: 'names with dots on the way to it',
      config: 'nested => true fields => ["[a.b][c.d][e.f]"]',
      in: { 'a.b': { 'c.d': { 'e.f': 'finally' } } },
      out: { a: { b: { c: { d: { e: { f: 'finally' } } } } } },
    },
    {
      title: 'all below',
      config: 'nested => true recursive => true fields => ["acme", "x.y"]',
      in: { acme: { 'super.duper': { 'roller.skates': 'coyote', nodot: 1 } }, 'x.y': { 'z.z': 1 }, 'foo.bar': 1 },
      out: {
        acme: { super: { duper: { nodot: 1, roller: { skates: 'coyote' } } } },
        'foo.bar': 1,
        x: { y: { z: { z: 1 } } },
      },
    },
    {
      title: 'a name of dots alone stays',
      config: 'nested => true',
      in: { '..': 1, '.a.': 2 },
      out: { '..': 1, a: 2 },
    },
  ],
  create({ separator, nested, recursive, fields }, context) {
    if (separator.includes('.'))
      throw fail('plugin.option_invalid', { option: 'separator', expected: 'a text without a dot', value: separator })
    const divide = (key: string): string[] => {
      if (!nested) return [key.replaceAll('.', separator)]
      const parts = key.split('.').filter((part) => part !== '')
      return parts.length === 0 ? [key] : parts
    }

    function renameBelow(holder: ValueObject): void {
      for (const key of Object.keys(holder)) {
        const value = holder[key]!
        if (recursive && isObject(value)) renameBelow(value)
        if (!key.includes('.')) continue
        delete holder[key]
        setAt(holder, divide(key), value)
      }
    }

    function rename(event: Event, { keys, metadata }: FieldPath): void {
      const root = metadata ? event.metadata : event.data
      const value = getAt(root, keys)
      if (value === undefined) return
      if (recursive && isObject(value)) renameBelow(value)
      if (!keys.some((key) => key.includes('.'))) return
      removeAt(root, keys)
      for (let parent = keys.slice(0, -1); parent.length > 0; parent = parent.slice(0, -1)) {
        const left = getAt(root, parent)
        if (!isObject(left) || Object.keys(left).length > 0) break
        removeAt(root, parent)
      }
      setAt(root, keys.flatMap(divide), value)
    }

    return {
      filter(batch) {
        for (const event of batch) {
          if (fields === undefined) renameBelow(event.data)
          else for (const field of fields) rename(event, field)
          context.matched(event)
        }
        return batch
      },
    }
  },
})
