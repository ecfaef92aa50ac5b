/** `index.sort.*`: the order that an index gives its documents in where a search asks for `_doc`. */
import { isObject, type Value, type ValueObject } from '../../event/index.ts'
import { fail } from '../../diagnostic/index.ts'
import { isShape, isText, type Mapping, type SortKey } from '../dsl/index.ts'

const MODES = ['min', 'max'] as const

/** @throws illegal_argument_exception for settings that make no order */
export function indexSort(settings: ValueObject): readonly SortKey[] {
  const index = isObject(settings['index']) ? settings['index'] : undefined
  const sort = isObject(index?.['sort']) ? index['sort'] : undefined
  if (sort === undefined) return []
  const list = (name: string): Value[] => {
    const value = sort[name]
    return value === undefined || value === null ? [] : Array.isArray(value) ? value : [value]
  }
  const fields = list('field').map(String)
  const parts = { order: list('order'), mode: list('mode'), missing: list('missing') }
  for (const [name, values] of Object.entries(parts))
    if (values.length > 0 && values.length !== fields.length)
      throw fail('index.setting', {
        reason: `index.sort.field:${shown(fields)} index.sort.${name}:${shown(values)}, size mismatch`,
      })
  return fields.map((field, i) => {
    const chosen = <T extends string>(name: keyof typeof parts, allowed: readonly T[]): T | undefined => {
      const given = parts[name][i]
      const value = allowed.find((one) => one === String(given).toLowerCase())
      if (given !== undefined && value === undefined)
        throw fail('index.setting', { reason: `Illegal ${name}:[${String(given)}] for [index.sort.${name}]` })
      return value
    }
    return {
      field,
      descending: chosen('order', ['asc', 'desc']) === 'desc',
      missing: chosen('missing', ['_last', '_first']),
      mode: chosen('mode', MODES),
      unmappedType: undefined,
      format: undefined,
    }
  })
}

function shown(values: readonly Value[]): string {
  return `[${values.map(String).join(', ')}]`
}

/** @throws illegal_argument_exception for a field that is not there, or has no order */
export function checkIndexSort(settings: ValueObject, mapping: Mapping): void {
  for (const { field } of indexSort(settings)) {
    const leaf = mapping.field(field)
    if (leaf === undefined) throw fail('index.setting', { reason: `unknown index sort field:[${field}]` })
    if (isText(leaf.type) || isShape(leaf.type) || !leaf.docValues)
      throw fail('index.setting', { reason: `invalid index sort field:[${field}]` })
  }
}

/** The order that a search asks for; where the indices have one, it is what `_doc` means. */
export function inIndexOrder(
  asked: readonly SortKey[],
  indices: readonly { readonly settings?: ValueObject | undefined }[],
): readonly SortKey[] {
  if (asked[0]?.field !== '_doc') return asked
  const orders = indices.map(({ settings }) => (settings === undefined ? [] : indexSort(settings)))
  const [first] = orders
  const same = first !== undefined && orders.every((order) => JSON.stringify(order) === JSON.stringify(first))
  return same ? [...first, ...asked] : asked
}
