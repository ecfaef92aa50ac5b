import { diagnose, didYouMean, type Diagnostic, type Source, type Span } from '../../diagnostic/index.ts'
import { RawPlugin, type OptionsOf } from '../../settings/index.ts'
import type { FILTER_OPTIONS, INPUT_OPTIONS, OUTPUT_OPTIONS } from '../plugins/common-options.ts'
import type { CodecSpec, FilterSpec, InputSpec, OutputSpec } from '../plugins/define.ts'
import { refusalOf } from '../plugins/logstash-plugins.ts'
import { COMMON_OPTIONS, findSpec, namesOf, type PluginKind } from '../plugins/registry.ts'
import type { Condition, Configuration, Plugin, Place, SectionKind, Statement } from './ast.ts'
import { checkOptions, type GivenOption } from './check-options.ts'
import { RawValues, type VariableLookup } from './raw-values.ts'

export type Values = Record<string, unknown>

/** A codec with its checked options. */
export interface ResolvedCodec {
  readonly spec: CodecSpec
  readonly options: Values
}

/** A plugin with its specification and checked options. */
/** The values of the options that every plugin of a kind has. */
export type CommonValues<S> = S extends FilterSpec
  ? OptionsOf<typeof FILTER_OPTIONS>
  : S extends InputSpec
    ? OptionsOf<typeof INPUT_OPTIONS>
    : OptionsOf<typeof OUTPUT_OPTIONS>

export interface ResolvedPlugin<S = FilterSpec | InputSpec | OutputSpec> {
  readonly node: 'plugin'
  readonly spec: S
  readonly options: Values
  /** The options that every plugin of the kind has. */
  readonly common: CommonValues<S>
  readonly codec: ResolvedCodec | undefined
  /** Where its name stands. */
  readonly span: Span
  /** From its name to its closing brace. */
  readonly extent: Span
}

export type ResolvedStatement<S> =
  | ResolvedPlugin<S>
  | {
      readonly node: 'branch'
      readonly cases: readonly { readonly condition: Condition; readonly body: readonly ResolvedStatement<S>[] }[]
      readonly otherwise: readonly ResolvedStatement<S>[] | undefined
      readonly source: Source
    }

/** What a configuration means, everything checked that can be without opening anything. */
export interface ResolvedConfiguration {
  readonly inputs: readonly ResolvedPlugin<InputSpec>[]
  readonly filters: readonly ResolvedStatement<FilterSpec>[]
  readonly outputs: readonly ResolvedStatement<OutputSpec>[]
}

/**
 * Resolves the parts of one pipeline, in order. Every problem is gathered, none is thrown;
 * a plugin with a problem is left out of the result.
 */
export function resolveConfiguration(
  parts: readonly { readonly source: Source; readonly configuration: Configuration }[],
  lookUp: VariableLookup,
  problems: Diagnostic[],
): ResolvedConfiguration {
  const inputs: ResolvedPlugin<InputSpec>[] = []
  const filters: ResolvedStatement<FilterSpec>[] = []
  const outputs: ResolvedStatement<OutputSpec>[] = []
  for (const { source, configuration } of parts) {
    const resolver = new Resolver(source, lookUp, problems)
    for (const section of configuration.sections) {
      if (section.kind === 'input') inputs.push(...flatten(resolver.body<InputSpec>('input', section.body)))
      else if (section.kind === 'filter') filters.push(...resolver.body<FilterSpec>('filter', section.body))
      else outputs.push(...resolver.body<OutputSpec>('output', section.body))
    }
  }
  return { inputs, filters, outputs }
}

function flatten<S>(statements: readonly ResolvedStatement<S>[]): ResolvedPlugin<S>[] {
  return statements.filter((statement) => statement.node === 'plugin')
}

class Resolver {
  private readonly source: Source
  private readonly problems: Diagnostic[]
  private readonly raws: RawValues

  constructor(source: Source, lookUp: VariableLookup, problems: Diagnostic[]) {
    this.source = source
    this.problems = problems
    this.raws = new RawValues(source, lookUp, problems)
  }

  body<S>(kind: SectionKind, statements: readonly Statement[]): ResolvedStatement<S>[] {
    return statements.flatMap((statement): ResolvedStatement<S>[] => {
      if (statement.node === 'plugin') {
        const plugin = this.plugin(kind, statement)
        return plugin === undefined ? [] : [plugin as ResolvedPlugin<S>]
      }
      if (kind === 'input') {
        this.problems.push(
          diagnose(
            'pipeline.if_in_input',
            {},
            { span: this.span({ start: statement.start, end: statement.start + 2 }) },
          ),
        )
        return []
      }
      return [
        {
          node: 'branch',
          cases: statement.cases.map(({ condition, body }) => ({
            condition: this.raws.condition(condition),
            body: this.body<S>(kind, body),
          })),
          otherwise: statement.otherwise === undefined ? undefined : this.body<S>(kind, statement.otherwise),
          source: this.source,
        },
      ]
    })
  }

  private plugin(kind: SectionKind, plugin: Plugin): ResolvedPlugin | undefined {
    const nameSpan = this.span({ start: plugin.start, end: plugin.nameEnd })
    const spec = this.spec(kind, plugin.name, nameSpan)
    if (spec === undefined) return undefined
    const before = this.problems.length
    const common = COMMON_OPTIONS[kind]
    const given = this.given(plugin)
    const schema = { ...common, ...spec.options }
    const values = checkOptions(`${kind} "${plugin.name}"`, schema, given, nameSpan, this.problems)
    const codec =
      kind === 'filter' ? undefined : this.codec(values['codec'], spec as InputSpec | OutputSpec, plugin, nameSpan)
    if (this.problems.slice(before).some((problem) => problem.severity === 'error')) return undefined
    const pick = (names: object): Values => Object.fromEntries(Object.keys(names).map((name) => [name, values[name]]))
    return {
      node: 'plugin',
      spec,
      options: pick(spec.options),
      common: pick(common) as CommonValues<FilterSpec | InputSpec | OutputSpec>,
      codec,
      span: nameSpan,
      extent: this.span(plugin),
    }
  }

  /** The options of a plugin as they were written. */
  private given(plugin: Plugin): GivenOption[] {
    return plugin.attributes.map((attribute) => {
      const before = this.problems.length
      const raw = this.raws.of(attribute.value)
      return {
        name: attribute.name,
        raw,
        nameSpan: this.span({
          start: attribute.start,
          end: attribute.start + attribute.name.length + (attribute.quoted ? 2 : 0),
        }),
        valueSpan: this.span(attribute.value),
        reported: this.problems.length > before,
      }
    })
  }

  private codec(
    value: unknown,
    user: InputSpec | OutputSpec,
    owner: Plugin,
    ownerSpan: Span,
  ): ResolvedCodec | undefined {
    const written = owner.attributes.findLast(({ name }) => name === 'codec')?.value
    const plugin = value instanceof RawPlugin ? value : undefined
    const span =
      written === undefined
        ? ownerSpan
        : this.span(written.node === 'plugin' ? { start: written.start, end: written.nameEnd } : written)
    const spec = this.spec('codec', plugin?.name ?? user.defaultCodec, span)
    if (spec === undefined) return undefined
    if (user.kind === 'output' && spec.decodesOnly === true)
      this.problems.push(diagnose('pipeline.codec_decodes_only', { name: spec.name }, { span }))
    const given = written?.node === 'plugin' ? this.given(written) : []
    const schema = { ...COMMON_OPTIONS.codec, ...spec.options }
    return { spec, options: checkOptions(`codec "${spec.name}"`, schema, given, span, this.problems) }
  }

  private spec<K extends PluginKind>(kind: K, name: string, span: Span): ReturnType<typeof findSpec<K>> {
    const spec = findSpec(kind, name)
    if (spec !== undefined) return spec
    const reason = refusalOf(kind, name)
    if (reason !== undefined) {
      this.problems.push(diagnose('pipeline.unsupported_plugin', { kind, name, reason }, { span }))
      return undefined
    }
    const near = didYouMean(name, namesOf(kind))
    const hint = near === undefined ? undefined : `did you mean "${near}"?`
    this.problems.push(diagnose('pipeline.unknown_plugin', { kind, name }, { span, hint }))
    return undefined
  }

  private span(place: Place): Span {
    return { source: this.source, start: place.start, end: place.end }
  }
}
