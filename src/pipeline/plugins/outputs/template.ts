import { fail } from '../../../diagnostic/index.ts'
import { compileSprintf, type Event } from '../../../event/index.ts'

/** An option with references as a function of the event; a date pattern that is not valid is named with its option. */
export function template(option: string, text: string): (event: Event) => string {
  try {
    return compileSprintf(text)
  } catch (error) {
    throw fail('plugin.option_invalid', {
      option,
      expected: `a text with valid references (${(error as Error).message})`,
      value: text,
    })
  }
}
