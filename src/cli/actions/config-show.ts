import { position } from '../../diagnostic/index.ts'
import { SETTINGS, type Option, type Raw } from '../../settings/index.ts'
import { loadCommandSettings } from '../load-settings.ts'
import { printable } from '../printable.ts'
import { table } from '../table.ts'

export interface ConfigShowOptions {
  readonly config?: string
  readonly overrides: readonly string[]
  readonly origin?: boolean
  readonly changed?: boolean
  readonly output: 'human' | 'json'
}

interface Shown {
  readonly name: string
  readonly value: unknown
  readonly origin: string
}

const MASK = '********'
/** Names of keys below the open prefixes that hold secrets; a webhook's address is one. */
const SECRET = /(?:^|[._])(?:password|passphrase|secret|token|(?:service_api_|api_|routing_)?key|url|secure_\w+)$/

/** The settings in force, a line each; values of secrets are never among them. */
export function showSettings({ config, overrides, origin, changed, output }: ConfigShowOptions): string[] {
  const { values, open, origin: origins, spans } = loadCommandSettings(config, overrides)
  const originOf = (name: string): string => {
    const span = spans.get(name)
    if (span === undefined) return origins.get(name) ?? 'default'
    const { line, column } = position(span.source, span.start)
    return `${span.source.name}:${line}:${column}`
  }
  const known = Object.entries<Option>(SETTINGS).map(([name, { secret }]): Shown => {
    const value = values[name as keyof typeof values]
    return {
      name,
      value: secret === true && value !== undefined ? MASK : value,
      origin: originOf(name),
    }
  })
  const others = [...open].map(([name, value]): Shown => {
    return { name, value: SECRET.test(name) ? MASK : masked(value), origin: originOf(name) }
  })
  const shown = [...known, ...others].filter(({ origin: from }) => changed !== true || from !== 'default')
  if (output === 'json') return [JSON.stringify(shown, null, 2)]
  return table(
    ['SETTING', 'VALUE', ...(origin === true ? ['FROM'] : [])],
    shown.map(({ name, value, origin: from }) =>
      [name, textOf(value), ...(origin === true ? [from] : [])].map(printable),
    ),
  )
}

/** A value may hold others with names of their own. */
function masked(value: Raw): unknown {
  return JSON.parse(
    JSON.stringify(value, (name, inner: unknown) => (name !== '' && SECRET.test(name) ? MASK : inner)),
  ) as unknown
}

function textOf(value: unknown): string {
  if (value === undefined) return '-'
  return typeof value === 'string' ? value : JSON.stringify(value)
}
