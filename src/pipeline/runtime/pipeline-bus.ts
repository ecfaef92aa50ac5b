import { fail } from '../../diagnostic/index.ts'
import type { Event } from '../../event/index.ts'
import type { PipelineBus, Receive } from '../plugins/define.ts'

/** What carries events from pipeline to pipeline within one thread. */
export class LocalBus implements PipelineBus {
  private readonly receivers = new Map<string, Receive>()

  async listen(address: string, receive: Receive): Promise<() => void> {
    if (this.receivers.has(address)) throw fail('plugin.address_taken', { address })
    this.receivers.set(address, receive)
    return () => {
      if (this.receivers.get(address) === receive) this.receivers.delete(address)
    }
  }

  async send(address: string, events: readonly Event[]): Promise<boolean> {
    const receive = this.receivers.get(address)
    return receive === undefined ? false : receive(events)
  }
}
