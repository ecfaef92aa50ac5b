// Where a pipeline's thread begins.
import { parentPort, workerData } from 'node:worker_threads'
import { servePipeline } from './pipeline-thread.ts'
import { portOf, type ThreadData } from './thread-messages.ts'

const port = parentPort!
servePipeline(portOf(port), workerData as ThreadData, () => port.close())
