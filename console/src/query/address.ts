import { fieldsOf } from '../api/events.ts'

/** Fields in which the indices keep the two ends of a connection; ECS names first, then those of the shipped tcpdump pipeline. */
export interface AddressFields {
  readonly source: readonly string[]
  readonly target: readonly string[]
  readonly port: readonly string[]
}

export const SOURCES = ['source.ip', 'src_ip', 'source.address']
export const TARGETS = ['destination.ip', 'dst_ip', 'destination.address']
export const PORTS = ['destination.port', 'dst_port']

export async function addressFields(index: string): Promise<AddressFields> {
  const known = new Map((await fieldsOf(index)).map((field) => [field.name, field.aggregatable]))
  // Without a template an address is text, with its value as it is beside it.
  const present = (names: readonly string[]): string[] =>
    names.flatMap((name) => [name, `${name}.keyword`]).filter((name) => known.get(name) === true)
  return { source: present(SOURCES), target: present(TARGETS), port: present(PORTS) }
}

export function addressQuery(ip: string, fields: readonly string[]): object {
  if (fields.length === 0) return { match_none: {} }
  return { bool: { should: fields.map((field) => ({ term: { [field]: ip } })), minimum_should_match: 1 } }
}
