import { isObject, type Value, type ValueObject } from '../event/index.ts'
import { parseDuration } from '../settings/index.ts'
import type { Problems } from './spec.ts'

type Path = readonly (string | number)[]

/** Warns of searches that read well and still miss something. */
export function warnOfMistakes(source: ValueObject, problems: Problems): void {
  const interval = intervalOf(source)
  for (const [path, value] of walk(source['input'] ?? null, ['input'])) {
    const name = path.at(-1)
    if ((name === 'gte' || name === 'gt' || name === 'from') && typeof value === 'string' && interval !== undefined) {
      const window = /^now-(\d+[smhdw])$/.exec(value)
      const millis = window === null ? undefined : parseDuration(window[1]!)
      if (millis !== undefined && millis < interval.millis)
        problems.add(
          'watch.window',
          path,
          { path: path.join('.'), window: window![1]!, interval: interval.text },
          { severity: 'warning', hint: 'make the window at least as long as the interval' },
        )
    }
    if (
      name === 'terms' &&
      isObject(value) &&
      typeof value['field'] === 'string' &&
      value['size'] === undefined &&
      String(path.at(-3)).startsWith('agg')
    )
      // prettier-ignore
      problems.add('watch.terms_size', path, { path: path.join('.') }, { severity: 'notice', hint: 'give it a "size"' })
  }
}

function intervalOf(source: ValueObject): { text: string; millis: number } | undefined {
  const trigger = source['trigger']
  const schedule = isObject(trigger) ? trigger['schedule'] : undefined
  const interval = isObject(schedule) ? schedule['interval'] : undefined
  const text = typeof interval === 'number' ? `${interval}s` : typeof interval === 'string' ? interval : ''
  const millis = parseDuration(/^\d+$/.test(text) ? `${text}s` : text)
  return millis === undefined || text === '' ? undefined : { text, millis }
}

const DEPTH_LIMIT = 60

function* walk(value: Value, path: Path): Generator<readonly [Path, Value]> {
  yield [path, value]
  if (path.length > DEPTH_LIMIT) return
  if (Array.isArray(value)) for (const [i, inner] of value.entries()) yield* walk(inner, [...path, i])
  else if (isObject(value)) for (const [name, inner] of Object.entries(value)) yield* walk(inner, [...path, name])
}
