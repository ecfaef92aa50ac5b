/** What a processor is, and how its configuration is read. */
import type { Clock } from '../clock/index.ts'
import type { GeoDatabase } from '../enrich/index.ts'
import { isObject, newObject, type Value, type ValueObject } from '../event/index.ts'
import { didYouMean, fail } from '../diagnostic/index.ts'
import { compileTemplate, type CompiledTemplate } from '../script/index.ts'
import type { IngestDocument } from './document.ts'

/** Changes a document; what it throws makes the processor fail. */
export type Run = (document: IngestDocument) => void

/** What processors need of those around them. */
export interface Surroundings {
  readonly clock: Clock
  /** A file in the MaxMind DB format, by its name; undefined where there is none. */
  geoDatabase(file: string): GeoDatabase | undefined
  /** Another pipeline, by name; undefined where there is none. */
  pipeline(id: string): Runnable | undefined
  /** A processor within another: `{ "set": { ... } }`. */
  processor(config: Value, where: string): Runnable
  storedScript(id: string): Value | undefined
}

/** A pipeline or processor that can be run. */
export interface Runnable {
  run(document: IngestDocument): void
}

export interface ProcessorSpec {
  readonly name: string
  /** One line for the reference. */
  readonly summary: string
  create(config: Config, surroundings: Surroundings): Run
}

/** The options of one processor: what is not asked for is refused by name. */
export class Config {
  readonly type: string
  private readonly body: ValueObject

  constructor(type: string, body: ValueObject) {
    this.type = type
    this.body = Object.assign(newObject(), body)
  }

  private take(name: string): Value | undefined {
    const value = this.body[name]
    delete this.body[name]
    return value === null ? undefined : value
  }

  private refuse(name: string, reason: string): never {
    throw fail('ingest.parse', { reason: `[${name}] ${reason}` })
  }

  value(name: string): Value | undefined {
    return this.take(name)
  }

  required(name: string): Value {
    return this.take(name) ?? this.refuse(name, 'required property is missing')
  }

  text(name: string): string
  text(name: string, otherwise: string): string
  text(name: string, otherwise: undefined): string | undefined
  text(...[name, ...otherwise]: [name: string, otherwise?: string | undefined]): string | undefined {
    const value = this.take(name)
    if (value === undefined)
      return otherwise.length > 0 ? otherwise[0] : this.refuse(name, 'required property is missing')
    if (typeof value === 'string') return value
    if (isObject(value) || Array.isArray(value))
      return this.refuse(
        name,
        `property isn't a string, but of type [${Array.isArray(value) ? 'java.util.ArrayList' : 'java.util.HashMap'}]`,
      )
    return String(value)
  }

  flag(name: string, otherwise: boolean): boolean {
    const value = this.take(name)
    if (value === undefined) return otherwise
    if (value === true || value === 'true') return true
    if (value === false || value === 'false') return false
    return this.refuse(name, `property isn't a boolean, but of type [${typeof value}]`)
  }

  number(name: string, otherwise: number): number {
    const value = this.take(name)
    if (value === undefined) return otherwise
    if (!Number.isInteger(Number(value)))
      return this.refuse(name, `property cannot be converted to an int [${String(value)}]`)
    return Number(value)
  }

  list(name: string): string[] | undefined {
    const value = this.take(name)
    if (value === undefined) return undefined
    return (Array.isArray(value) ? value : [value]).map((one) => {
      if (isObject(one) || Array.isArray(one)) return this.refuse(name, "property isn't a list of strings")
      return String(one)
    })
  }

  object(name: string): ValueObject | undefined {
    const value = this.take(name)
    if (value === undefined) return undefined
    return isObject(value) ? value : this.refuse(name, "property isn't a map")
  }

  oneOf<T extends string>(name: string, choices: readonly T[], otherwise?: T): T {
    const value = otherwise === undefined ? this.text(name) : this.text(name, otherwise)
    return (
      choices.find((choice) => choice === value.toLowerCase()) ??
      this.refuse(name, `must be one of ${choices.join(', ')}, got [${value}]`)
    )
  }

  /** @throws parse_exception for what was not asked for */
  end(known: readonly string[] = []): void {
    const rest = Object.keys(this.body)
    if (rest.length === 0) return
    const near = didYouMean(rest[0]!, known)
    throw fail('ingest.parse', {
      reason: `processor [${this.type}] doesn't support one or more provided configuration parameters [${rest.join(', ')}]${near === undefined ? '' : ` did you mean [${near}]?`}`,
    })
  }
}

/** A text with `{{field}}` in it, or a value as it is; maps and lists are gone into. */
export function templateOf(value: Value): (document: IngestDocument) => Value {
  if (typeof value === 'string') {
    if (!value.includes('{{')) return () => value
    const template: CompiledTemplate = compileTemplate(value, { escape: 'none' })
    return (document) => template.render(document.model())
  }
  if (Array.isArray(value)) {
    const parts = value.map(templateOf)
    return (document) => parts.map((part) => part(document))
  }
  if (isObject(value)) {
    const parts = Object.entries(value).map(([key, inner]) => [textTemplate(key), templateOf(inner)] as const)
    return (document) => {
      const result = newObject()
      for (const [key, part] of parts) result[key(document)] = part(document)
      return result
    }
  }
  return () => value
}

/** The same for a text: the name of a field. */
export function textTemplate(text: string): (document: IngestDocument) => string {
  const template = templateOf(text)
  return (document) => String(template(document))
}
