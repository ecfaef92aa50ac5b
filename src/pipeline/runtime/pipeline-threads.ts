import { availableParallelism } from 'node:os'
import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads'
import { portOf, type FromThread, type Thread, type ThreadData, type ToThread } from './thread-messages.ts'

/** Room enough that most events have left before they are first moved: measured, a fifth less work than with 48. */
const YOUNG_MEGABYTES = 96

/** What a thread is sent to take a pipeline in. When the pipeline has left, the thread sends its number back. */
export interface Arrival {
  readonly number: number
  readonly data: ThreadData
  readonly port: MessagePort
}

interface Host {
  readonly worker: Worker
  /** Of the pipelines in it by number, who is told when it dies. */
  readonly pipelines: Map<number, (cause: Error) => void>
}

/**
 * The threads in which pipelines run: one each, up to as many as there are cores, then the emptiest takes the next. A thread of its own
 * for every pipeline would cost tens of megabytes each, and gain nothing.
 */
class PipelineThreads {
  private readonly hosts = new Set<Host>()
  private count = 0

  spawn(data: ThreadData): Thread {
    const host = this.host()
    const number = this.count++
    const { port1, port2 } = new MessageChannel()
    const arrival: Arrival = { number, data, port: port2 }
    host.pipelines.set(number, () => {})
    host.worker.postMessage(arrival, [port2])
    return {
      ...portOf<ToThread, FromThread>(port1),
      onGone: (listener) => void host.pipelines.set(number, listener),
    }
  }

  private host(): Host {
    if (this.hosts.size >= availableParallelism())
      return [...this.hosts].reduce((one, other) => (other.pipelines.size < one.pipelines.size ? other : one))
    const worker = new Worker(new URL('./pipeline-thread-entry.js', import.meta.url), {
      name: 'pipelines',
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MEGABYTES },
    })
    const host: Host = { worker, pipelines: new Map() }
    const end = (cause: Error): void => {
      this.hosts.delete(host)
      for (const gone of host.pipelines.values()) gone(cause)
      host.pipelines.clear()
    }
    worker.on('message', (number: number) => {
      host.pipelines.delete(number)
      if (host.pipelines.size > 0) return
      this.hosts.delete(host)
      void worker.terminate()
    })
    worker.once('error', end)
    worker.once('exit', () => end(new Error('its thread ended unexpectedly')))
    this.hosts.add(host)
    return host
  }
}

const threads = new PipelineThreads()

export function spawnThread(data: ThreadData): Thread {
  return threads.spawn(data)
}
