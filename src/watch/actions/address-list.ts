import type { ValueObject } from '../../event/index.ts'
import { isAddress } from '../../notify/index.ts'
import type { Execution } from '../model.ts'
import { Spec } from '../spec.ts'
import { readTemplate } from '../template.ts'

export interface AddressList {
  render(execution: Execution, payload: ValueObject): string[]
}

/**
 * Recipients: a string of addresses or a list of such.
 *
 * The text of the watch is split at its commas before templates are filled in, so that a value of an event can never
 * add a recipient beside the one it stands in. Only where an entry is nothing but one variable does its value count
 * as the list: then the watch leaves the recipients to it.
 */
export function readAddressList(spec: Spec): AddressList | undefined {
  const entries = spec.items().flatMap((item) => {
    if (typeof item.value !== 'string') {
      const template = readTemplate(item)
      return template === undefined ? [] : [template]
    }
    // As in Watcher a text without templates is checked at once.
    const literal = !item.value.includes('{{')
    return splitAddresses(item.value).flatMap((text) => {
      if (literal && !isAddress(text)) item.invalid('a mail address or a list of them')
      return readTemplate(new Spec(text, item.path, item.problems)) ?? []
    })
  })
  if (entries.length === 0) return spec.invalid('a mail address or a list of them')
  return {
    render: (execution, payload) =>
      entries.flatMap((entry) => {
        const text = entry.render(execution, payload)
        return entry.whole ? splitAddresses(text) : [text]
      }),
  }
}

/** Splits at commas outside of quotes, angle brackets and `{{...}}`. */
export function splitAddresses(text: string): string[] {
  const parts = text.match(/(?:\{\{[^}]*\}\}|"(?:[^"\\]|\\.)*"|<[^>]*>|[^,])+/g) ?? []
  return parts.map((part) => part.trim()).filter((part) => part !== '')
}
