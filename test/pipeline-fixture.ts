import { MessageChannel } from 'node:worker_threads'
import { systemClock } from '../src/clock/index.ts'
import { nullLogger } from '../src/diagnostic/index.ts'
import type { PipelineServices } from '../src/pipeline/index.ts'
import { servePipeline } from '../src/pipeline/runtime/pipeline-thread.ts'
import { portOf, type FromThread, type Spawn, type ToThread } from '../src/pipeline/runtime/thread-messages.ts'

/** What a pipeline needs around it: a store that takes everything and keeps nothing, the system's clock, silence. */
export function pipelineServices(given: Partial<PipelineServices> = {}): PipelineServices {
  return {
    store: { bulk: async () => [], putTemplate: async () => {} },
    clock: systemClock,
    logger: nullLogger,
    dataPath: '.',
    patternPaths: [],
    ecs: 'disabled',
    inputsHost: undefined,
    storeAddresses: [],
    notice() {},
    deadLetter() {},
    ...given,
  }
}

/** The part of a thread in this process, behind a port as in a thread: from the sources no thread can be made. */
export const spawnHere: Spawn = (data) => {
  const { port1, port2 } = new MessageChannel()
  servePipeline(portOf(port2), structuredClone(data), () => port2.close())
  return {
    ...portOf<ToThread, FromThread>(port1),
    onGone: (listener) => void port1.once('close', () => listener(new Error('gone'))),
  }
}
