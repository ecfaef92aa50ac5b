// Where a thread of pipelines begins: each that arrives brings a port of its own.
import { parentPort } from 'node:worker_threads'
import { servePipeline } from './pipeline-thread.ts'
import type { Arrival } from './pipeline-threads.ts'
import { portOf } from './thread-messages.ts'

const main = parentPort!
main.on('message', ({ number, data, port }: Arrival) => {
  servePipeline(portOf(port), data, () => {
    port.close()
    // The empty transfer list tells this from the browser's window.postMessage.
    main.postMessage(number, [])
  })
})
