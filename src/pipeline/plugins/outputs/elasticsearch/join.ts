import { fail } from '../../../../diagnostic/index.ts'
import { newObject, parseFieldPath, type Event } from '../../../../event/index.ts'
import { template } from '../template.ts'
import type { ElasticsearchOptions } from './options.ts'

/**
 * Makes a child's document of an event: its join field names the relation and the parent, whose shard it goes to.
 * The event itself stays as it is for other outputs.
 */
export function joiner({
  parent: written,
  join_field: field,
}: ElasticsearchOptions): (event: Event) => { event: Event; parent: string | undefined } {
  if (written === undefined) {
    if (field !== undefined) throw fail('plugin.option_needs', { option: 'join_field', needed: 'parent' })
    return (event) => ({ event, parent: undefined })
  }
  if (field === undefined) throw fail('plugin.option_needs', { option: 'parent', needed: 'join_field' })
  const path = parseFieldPath(field)
  if (path === undefined)
    throw fail('plugin.option_invalid', { option: 'join_field', expected: 'a field reference', value: field })
  const parentOf = template('parent', written)
  return (given) => {
    const event = given.clone()
    const parent = parentOf(given)
    const join = newObject()
    join['name'] = given.get(path) ?? null
    join['parent'] = parent
    event.set(path, join)
    return { event, parent }
  }
}
