import { isObject, printValue, stringifyJson, type Value } from '../../../event/index.ts'

/**
 * A row of separated values, without its end, as Ruby's CSV writes one: a value is put in quotes where it is empty or holds a separator,
 * a quote or an end of line; what is not there is nothing. Lists and objects are written as JSON.
 */
export function csvLine(values: readonly (Value | undefined)[], separator = ',', quote = '"', force = false): string {
  return values
    .map((value) => {
      if (value === undefined || value === null) return force ? quote + quote : ''
      const text = Array.isArray(value) || isObject(value) ? stringifyJson(value) : printValue(value)
      const plain = !force && text !== '' && !text.includes(separator) && !text.includes(quote) && !/[\r\n]/.test(text)
      return plain ? text : `${quote}${text.replaceAll(quote, quote + quote)}${quote}`
    })
    .join(separator)
}
