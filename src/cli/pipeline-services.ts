import { resolve } from 'node:path'
import { systemClock } from '../clock/index.ts'
import type { Logger } from '../diagnostic/index.ts'
import { DeadLetters, type PipelineDefinition, type PipelineServices } from '../pipeline/index.ts'
import type { Settings } from '../settings/index.ts'

/** What pipelines get that run without a store: an output that means the store is refused when it writes. */
export function servicesWithoutStore(
  settings: Settings,
  logger: Logger,
  definitions: () => readonly PipelineDefinition[] = () => [],
): PipelineServices {
  const { values, folder } = settings
  const dataPath = resolve(folder, values['path.data'])
  const deadLetters = new DeadLetters(dataPath, definitions, logger)
  return {
    store: undefined,
    clock: systemClock,
    logger,
    dataPath,
    patternPaths: values['path.patterns'].map((path) => resolve(folder, path)),
    ecs: values['pipeline.ecs_compatibility'],
    inputsHost: values['inputs.host'],
    storeAddresses: values['store.aliases'],
    notice: (message) => logger.warn({}, message),
    deadLetter: (pipelineId, event, reason) => deadLetters.add(pipelineId, event, reason, systemClock.now()),
  }
}
