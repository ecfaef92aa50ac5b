import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { fail } from '../../../../diagnostic/index.ts'
import type { FieldKind, FlowField } from './fields.ts'

const KINDS: Readonly<Record<string, FieldKind>> = {
  skip: '-',
  string: 's',
  octetarray: 'x',
  octet_array: 'x',
  ip4_addr: '4',
  ip6_addr: '6',
  mac_addr: 'm',
  application_id: 'a',
  acl_id_asa: 'c',
  mpls_label_stack_octets: 'l',
  forwarding_status: 'w',
  float: 'f',
  float32: 'f',
  double: 'f',
}

/** Fields that a definitions file of Logstash's form gives names: `id: [type or length, name]`. */
export function readNetflowDefinitions(path: string): ReadonlyMap<number, FlowField> {
  return fieldsOf(load('netflow_definitions', path), (reason) => invalid('netflow_definitions', path, reason))
}

/** The same by enterprise: `pen: { id: [type, name] }`. */
export function readIpfixDefinitions(path: string): ReadonlyMap<number, ReadonlyMap<number, FlowField>> {
  const refuse = (reason: string): Error => invalid('ipfix_definitions', path, reason)
  return new Map(
    entriesOf(load('ipfix_definitions', path), refuse).map(([enterprise, fields]) => [
      enterprise,
      fieldsOf(fields, refuse),
    ]),
  )
}

function fieldsOf(value: unknown, refuse: (reason: string) => Error): Map<number, FlowField> {
  return new Map(entriesOf(value, refuse).map(([id, definition]) => [id, fieldOf(id, definition, refuse)]))
}

function entriesOf(value: unknown, refuse: (reason: string) => Error): [number, unknown][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refuse('numbers with their fields')
  return Object.entries(value).map(([name, inner]) => {
    if (!/^\d+$/.test(name)) throw refuse(`numbers with their fields, which '${name}' is not`)
    return [Number(name), inner]
  })
}

function fieldOf(id: number, definition: unknown, refuse: (reason: string) => Error): FlowField {
  if (!Array.isArray(definition)) throw refuse(`a list of type and name for each number, which ${id} has not`)
  const [type, name] = definition as unknown[]
  const word = String(type).replace(/^:/, '')
  const kind =
    /^\d+$/.test(word) || /^uint\d+$/.test(word) ? 'u' : /^int\d+$/.test(word) ? 'i' : KINDS[word.toLowerCase()]
  if (kind === undefined) throw refuse(`types such as :uint32, :string or :ip4_addr, which '${word}' of ${id} is not`)
  if (kind === '-') return { name: '', kind }
  if (typeof name !== 'string') throw refuse(`a list of type and name for each number, which ${id} has not`)
  return { name: name.replace(/^:/, ''), kind }
}

function load(option: string, path: string): unknown {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? 'unreadable'
    throw fail('plugin.file_unreadable', { option, path, reason })
  }
  try {
    return parse(text)
  } catch (error) {
    throw invalid(option, path, `YAML (${(error as Error).message.split('\n')[0]!})`)
  }
}

function invalid(option: string, path: string, reason: string): Error {
  return fail('plugin.option_invalid', { option, expected: `a file of ${reason}`, value: path })
}
