import {
  diagnose,
  didYouMean,
  type Diagnostic,
  type ErrorCode,
  type Params,
  type Span,
} from '../../diagnostic/index.ts'
import { RawHash, RawPlugin, type Option, type OptionSchema, type Raw } from '../../settings/index.ts'

/** One option as it was written. */
export interface GivenOption {
  readonly name: string
  readonly raw: Raw
  readonly nameSpan: Span
  readonly valueSpan: Span
  /** True where its value has been reported already, so that it is not judged again. */
  readonly reported?: boolean
}

/**
 * Checks the given options of a plugin against its schema, under both generations of names.
 * @returns the values of every option, defaults filled in, by the schema's own names.
 */
export function checkOptions(
  owner: string,
  schema: OptionSchema,
  given: readonly GivenOption[],
  ownerSpan: Span,
  problems: Diagnostic[],
): Record<string, unknown> {
  const values: Record<string, unknown> = Object.create(null) as Record<string, unknown>
  const names = new Map<string, string>()
  for (const [name, spec] of Object.entries(schema)) {
    names.set(name, name)
    for (const alias of spec.aliases ?? []) names.set(alias, name)
    values[name] = spec.default
  }
  const seen = new Map<string, Raw>()
  const spans = new Map<string, GivenOption>()
  const reported = new Set<string>()
  for (const one of given) {
    const name = names.get(one.name)
    if (name === undefined) {
      const near = didYouMean(one.name, names.keys())
      report(
        'option.unknown',
        { owner, name: one.name },
        one.nameSpan,
        near === undefined ? undefined : `did you mean "${near}"?`,
      )
      continue
    }
    const spec = schema[name]!
    if (spec.refused !== undefined) {
      report('option.refused', { owner, name: one.name, reason: spec.refused }, one.nameSpan)
      continue
    }
    // As in Logstash, an option that is written twice collects its values where it can hold several.
    seen.set(name, seen.has(name) ? merge(seen.get(name)!, one.raw) : one.raw)
    spans.set(name, one)
    if (one.reported === true) reported.add(name)
    if (spec.ignored !== undefined)
      notice('option.without_effect', { name: one.name, reason: spec.ignored }, one.nameSpan)
    if (spec.deprecated !== undefined)
      notice('option.deprecated', { name: one.name, reason: spec.deprecated }, one.nameSpan)
  }
  for (const [name, raw] of seen) {
    if (reported.has(name)) continue
    const spec = schema[name]!
    const read = spec.type.read(raw)
    if (read.ok) values[name] = read.value
    else
      report(
        'option.invalid',
        { name: spans.get(name)!.name, expected: read.expected, got: show(raw, spec) },
        spans.get(name)!.valueSpan,
      )
  }
  for (const [name, spec] of Object.entries(schema)) {
    if (spec.required === true && !seen.has(name)) report('option.missing', { owner, name }, ownerSpan)
  }
  return values

  function report(code: ErrorCode, params: Params, span: Span, hint?: string): void {
    problems.push(diagnose(code, params, { span, hint }))
  }
  function notice(code: ErrorCode, params: Params, span: Span): void {
    problems.push(diagnose(code, params, { span, severity: 'notice' }))
  }
}

/** As Logstash does: hashes are joined, lists too, and a value that is merely repeated stays one. */
function merge(before: Raw, after: Raw): Raw {
  if (before === after) return before
  if (before instanceof RawHash && after instanceof RawHash) return new RawHash([...before.pairs, ...after.pairs])
  return [before, after].flat() as Raw
}

function show(raw: Raw, spec: Option): string {
  if (spec.secret === true) return 'a value that is not shown'
  if (raw instanceof RawPlugin) return `the plugin ${raw.name}`
  if (typeof raw === 'string') return `"${raw.length > 80 ? `${raw.slice(0, 80)}...` : raw}"`
  if (typeof raw === 'object' && raw !== null) return Array.isArray(raw) ? 'a list' : 'a hash'
  return String(raw)
}
