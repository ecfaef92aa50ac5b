import type { Clock } from '../../clock/index.ts'
import type { Logger } from '../../diagnostic/index.ts'
import type { Event } from '../../event/index.ts'
import type { BulkWriter, EcsCompatibility, PipelineBus } from '../plugins/define.ts'

/** What a pipeline needs of the process around it. */
export interface PipelineServices {
  /** Absent where pipelines run alone: an output that means the Store is then refused when it is made. */
  readonly store: BulkWriter | undefined
  readonly clock: Clock
  readonly logger: Logger
  /** `path.data`. */
  readonly dataPath: string
  /** Folders of grok patterns: `path.patterns` and the shipped one. */
  readonly patternPaths: readonly string[]
  readonly ecs: EcsCompatibility
  /** `inputs.host` where it is set. */
  readonly inputsHost: string | undefined
  /** `store.aliases` and the addresses this process listens on. */
  readonly storeAddresses: readonly string[]
  /** What connects the pipelines that were started together; a pipeline alone has one of its own. */
  readonly bus?: PipelineBus
  notice(message: string): void
  deadLetter(pipelineId: string, event: Event, reason: string): void
}
