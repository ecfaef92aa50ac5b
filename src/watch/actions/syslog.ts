import { newObject, toValue } from '../../event/index.ts'
import { SYSLOG_LEVELS } from '../../notify/index.ts'
import { defineAction } from '../model.ts'
import { readTemplate } from '../template.ts'

export const syslog = defineAction({
  name: 'syslog',
  summary: 'sends a line to a configured syslog server (RFC 5424)',
  read(spec) {
    if (!spec.isObject()) return undefined
    const account = spec.take('account')?.string()
    const level = spec.take('level')?.oneOf(...SYSLOG_LEVELS) ?? 'warning'
    const inner = spec.need('text')
    const text = inner === undefined ? undefined : readTemplate(inner)
    spec.done()
    if (text === undefined) return undefined
    return {
      type: 'syslog',
      notifies: true,
      async run({ execution, payload, messageId, simulate }) {
        const { notifier } = execution.services
        const { name } = notifier.chatAccount('syslog', account)
        const line = text.render(execution, payload)
        const detail = newObject()
        detail['account'] = name
        detail['message'] = toValue({ level, text: line })
        if (simulate) return { status: 'simulated', detail }
        const receipt = await notifier.deliver({ kind: 'syslog', key: messageId, account: name, level, text: line })
        detail['delivery'] = toValue({ ...receipt })
        return { status: 'success', detail }
      },
    }
  },
})
