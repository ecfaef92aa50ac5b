import { FORMS, type Forms } from './event-forms.ts'
import type { Logsource } from './rule.ts'

/** Names of one thing, whatever the logsource. */
const SAME: readonly (readonly string[])[] = [
  ['source.ip', 'src_ip', 'SourceIp', 'src', 'id.orig_h'],
  ['source.port', 'src_port', 'SourcePort', 'spt', 'id.orig_p'],
  ['destination.ip', 'dst_ip', 'DestinationIp', 'dst', 'id.resp_h'],
  ['destination.port', 'dst_port', 'DestinationPort', 'dpt', 'id.resp_p'],
  ['user.name', 'username', 'src_user', 'user'],
]

const same = new Map(SAME.flatMap((names) => names.map((name) => [name, names.filter((n) => n !== name)] as const)))

/** Other names of a field for rules of a logsource, the likeliest first; `a.*.b` is `b` in any object of `a`. */
export function otherNames(field: string, logsource: Logsource = {}): string[] {
  const names = [...(same.get(field) ?? [])]
  // Fields of a mapping that are kept a second way have one value in the event.
  const kept = /^(.+)\.(?:caseless|keyword|text)$/.exec(field)
  if (kept !== null) names.push(kept[1]!)
  for (const forms of FORMS) {
    if (!holds(forms, logsource)) continue
    const { service = '' } = logsource
    const place = (container: string): string => container.replace('{service}', service)
    for (const container of forms.inside ?? []) names.push(`${place(container)}.${field}`)
    for (const container of forms.snake ?? [])
      for (const name of snakeNames(field)) names.push(`${place(container)}.${name}`)
    for (const before of forms.camel ?? []) names.push(before + field[0]?.toLowerCase() + field.slice(1))
    const given = forms.names !== undefined && Object.hasOwn(forms.names, field) ? forms.names[field]!.split(' ') : []
    for (const container of forms.spaced ?? [])
      for (const name of [field, ...given]) names.push(container + name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' '))
    for (const name of given) {
      names.push(name)
      // An event of the Security log has its names in the same objects.
      if (/^[A-Z]\w+$/.test(name)) for (const container of windowsObjects(logsource)) names.push(`${container}.${name}`)
      names.push(...(same.get(name) ?? []))
    }
  }
  return [...new Set(names)].filter((name) => name !== field)
}

function windowsObjects({ product }: Logsource): readonly string[] {
  return product === 'windows' ? FORMS[0]!.inside!.slice(0, 4) : []
}

function holds(forms: Forms, logsource: Logsource): boolean {
  return (['product', 'category', 'service'] as const).every((key) => {
    const allowed = forms[key]
    return allowed === undefined || (logsource[key] !== undefined && allowed.includes(logsource[key]))
  })
}

/** Objects that are kept as they are have names of their own inside. */
function snakeNames(field: string): string[] {
  const dot = field.indexOf('.')
  const whole = snakeCase(field)
  return dot < 0 ? [whole] : [whole, snakeCase(field.slice(0, dot)) + field.slice(dot)]
}

export function snakeCase(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1_$2')
    .toLowerCase()
}
