import { DiagnosticError, type Diagnostic } from '../../diagnostic/index.ts'
import { checkOptions, type ResolvedPlugin } from '../language/index.ts'
import { compileDecoration, compileInputDecoration } from '../plugins/common-options.ts'
import type {
  Codec,
  EcsCompatibility,
  FilterContext,
  FilterSpec,
  InputContext,
  InputSpec,
  OutputContext,
  OutputSpec,
  PipelineBus,
  PluginContext,
} from '../plugins/define.ts'
import { COMMON_OPTIONS, findSpec } from '../plugins/registry.ts'
import { LocalBus } from './pipeline-bus.ts'
import type { PipelineServices } from './services.ts'

/** Makes the contexts of one pipeline's plugins, each with an id of its own. */
export class Contexts {
  private readonly pipelineId: string
  private readonly services: PipelineServices
  private readonly ecs: EcsCompatibility
  private readonly bus: PipelineBus
  private readonly counts = new Map<string, number>()

  constructor(pipelineId: string, services: PipelineServices, ecs: EcsCompatibility) {
    this.pipelineId = pipelineId
    this.services = services
    this.ecs = ecs
    this.bus = services.bus ?? new LocalBus()
  }

  filter(plugin: ResolvedPlugin<FilterSpec>): FilterContext {
    const matched = compileDecoration(plugin.common)
    return { ...this.plugin(plugin), patternPaths: this.services.patternPaths, matched }
  }

  input(plugin: ResolvedPlugin<InputSpec>): InputContext {
    const context = this.plugin(plugin)
    const decorate = compileInputDecoration(plugin.common)
    const { inputsHost } = this.services
    return {
      ...context,
      codec: codecOf(plugin, context),
      codecGiven: plugin.common.codec !== undefined,
      codecNamed: (name) => codecNamed(name, plugin, context),
      defaultHost: inputsHost,
      decorate,
      bus: this.bus,
    }
  }

  output(plugin: ResolvedPlugin<OutputSpec>): OutputContext {
    const context = this.plugin(plugin)
    const { store, storeAddresses } = this.services
    return {
      ...context,
      codec: codecOf(plugin, context),
      store,
      bus: this.bus,
      isStoreAddress: (host) => storeAddresses.includes(host.toLowerCase()),
      deadLetter: (event, reason) => this.services.deadLetter(this.pipelineId, event, reason),
    }
  }

  private plugin(plugin: ResolvedPlugin): PluginContext {
    const { kind, name } = plugin.spec
    const count = (this.counts.get(`${kind} ${name}`) ?? 0) + 1
    this.counts.set(`${kind} ${name}`, count)
    const given = plugin.common['id']
    const pluginId = typeof given === 'string' ? given : `${kind}_${name}_${count}`
    const own = plugin.common['ecs_compatibility'] as EcsCompatibility | undefined
    return {
      pipelineId: this.pipelineId,
      pluginId,
      ecs: own ?? this.ecs,
      clock: this.services.clock,
      logger: this.services.logger.child({ pipeline: this.pipelineId, plugin: pluginId }),
      dataPath: this.services.dataPath,
      notice: (message) => this.services.notice(message),
    }
  }
}

function codecOf(plugin: ResolvedPlugin, context: PluginContext): Codec {
  const { spec, options } = plugin.codec!
  const own = options['ecs_compatibility'] as EcsCompatibility | undefined
  return spec.create(options, own === undefined ? context : { ...context, ecs: own })
}

/** A codec with its defaults, for an input that chooses among several. */
function codecNamed(name: string, plugin: ResolvedPlugin, context: PluginContext): Codec | undefined {
  const spec = findSpec('codec', name)
  if (spec === undefined) return undefined
  const problems: Diagnostic[] = []
  const options = checkOptions(
    `codec "${name}"`,
    { ...COMMON_OPTIONS.codec, ...spec.options },
    [],
    plugin.span,
    problems,
  )
  if (problems.some(({ severity }) => severity === 'error')) throw new DiagnosticError(problems)
  return spec.create(options, context)
}
