import { fail } from '../../diagnostic/index.ts'
import { isObject, type ValueObject } from '../../event/index.ts'
import type { RestRequest } from '../../search/index.ts'

/** The object of a request's body. @throws DiagnosticError where it is none, or has members other than `names` */
export function objectOf(request: RestRequest, names: readonly string[]): ValueObject {
  const body = request.json()
  if (!isObject(body)) throw fail('rest.body_missing')
  for (const name of Object.keys(body))
    if (!names.includes(name))
      throw fail('rest.validation', { reason: `unknown '${name.slice(0, 100)}'; it knows ${names.join(', ')}` })
  return body
}

/** @throws DiagnosticError where it is no text, or longer */
export function textOf(body: ValueObject, name: string, longest = 1_000_000): string {
  const value = body[name]
  if (typeof value !== 'string' || value.length > longest)
    throw fail('rest.validation', { reason: `'${name}' must be a text of at most ${longest} characters` })
  return value
}

/** @throws DiagnosticError where it is no list of texts */
export function textsOf(body: ValueObject, name: string, most: number): string[] {
  const value = body[name]
  if (!Array.isArray(value) || value.length > most || !value.every((item) => typeof item === 'string'))
    throw fail('rest.validation', { reason: `'${name}' must be a list of at most ${most} texts` })
  return value as string[]
}
