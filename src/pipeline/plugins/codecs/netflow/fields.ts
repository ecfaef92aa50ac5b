import { ENTERPRISES } from './elements/enterprises.ts'
import { IANA } from './elements/iana.ts'
import { NETFLOW_9 } from './elements/version-9.ts'

/**
 * Information elements by their numbers: the names and types that fields of flows get.
 *
 * A line of `elements/` is `number kind name`; kinds are u unsigned, i signed, f floating point, b boolean, s text, x bytes as hexadecimal
 * digits, 4 and 6 addresses, m hardware address, a application id (RFC 6759), c ids of Cisco ASA's access lists,
 * l an MPLS label, w forwarding status (RFC 7270), - nothing.
 */

export type FieldKind = 'u' | 'i' | 'f' | 'b' | 's' | 'x' | '4' | '6' | 'm' | 'a' | 'c' | 'l' | 'w' | '-'

export interface FlowField {
  readonly name: string
  readonly kind: FieldKind
}

export type FlowFields = ReadonlyMap<number, FlowField>

/** The enterprise of reverse elements of biflows (RFC 5103). */
const REVERSE = 29305

/** Enterprises whose unknown elements have names all the same. */
const UNKNOWN: Readonly<Record<number, string>> = { 5951: 'netscalerUnknown', 6876: 'vmwareUnknown' }

const IANA_FIELDS = read(IANA)

/** The elements of NetFlow version 9. */
export const NETFLOW_9_FIELDS: FlowFields = new Map([...IANA_FIELDS, ...read(NETFLOW_9)])

const ENTERPRISE_FIELDS: ReadonlyMap<number, FlowFields> = new Map([
  [0, IANA_FIELDS],
  [
    REVERSE,
    new Map(
      [...IANA_FIELDS].map(([id, { name, kind }]) => [
        id,
        { name: `reverse${name.charAt(0).toUpperCase()}${name.slice(1)}`, kind },
      ]),
    ),
  ],
  ...Object.entries(ENTERPRISES).map(([number, text]) => [Number(number), read(text)] as const),
])

/** The element of IPFIX, or undefined where it is not known. */
export function ipfixField(enterprise: number, id: number, variable: boolean): FlowField | undefined {
  const known = ENTERPRISE_FIELDS.get(enterprise)?.get(id)
  if (known !== undefined) return known
  const name = UNKNOWN[enterprise]
  return name === undefined ? undefined : { name: `${name}${id}`, kind: variable ? 's' : 'u' }
}

function read(text: string): Map<number, FlowField> {
  return new Map(
    text
      .trim()
      .split('\n')
      .map((line) => {
        const [id, kind, name] = line.split(' ') as [string, FieldKind, string]
        return [Number(id), { name, kind }]
      }),
  )
}
