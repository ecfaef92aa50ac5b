import { toValue } from '../../event/index.ts'
import type { WebhookMessage } from '../../notify/index.ts'
import { describeRequest, readHttpRequest } from '../http-request.ts'
import { defineAction } from '../model.ts'

export const webhook = defineAction({
  name: 'webhook',
  summary: 'sends an HTTP request',
  read(spec) {
    if (!spec.isObject()) return undefined
    const request = readHttpRequest(spec)
    spec.take('id')
    spec.done()
    if (request === undefined) return undefined
    return {
      type: 'webhook',
      notifies: true,
      async run({ execution, payload, messageId, simulate }) {
        const message: WebhookMessage = { kind: 'webhook', key: messageId, ...request.render(execution, payload) }
        const detail = describeRequest(message)
        if (simulate) return { status: 'simulated', detail }
        const receipt = await execution.services.notifier.deliver(message)
        detail['delivery'] = toValue({ ...receipt })
        return { status: 'success', detail }
      },
    }
  },
})
