import { compileSprintf, isDynamic, parseFieldPath, type Event, type Value } from '../../../../event/index.ts'

/** Takes a value of a statement from an event; undefined where the event has none. */
export type Parameter = (event: Event) => Value | undefined

/** A text with references, filled in; any other names a field. */
export function compileParameter(text: string): Parameter {
  if (!isDynamic(text)) {
    const path = parseFieldPath(text)
    return path === undefined ? () => undefined : (event) => event.get(path)
  }
  const fill = compileSprintf(text)
  return (event) => {
    const filled = fill(event)
    return filled === text ? undefined : filled
  }
}
