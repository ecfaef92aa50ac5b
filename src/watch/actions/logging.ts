import { newObject } from '../../event/index.ts'
import { defineAction } from '../model.ts'
import { readTemplate } from '../template.ts'

export const logging = defineAction({
  name: 'logging',
  summary: 'writes a line to the log',
  read(spec) {
    if (!spec.isObject()) return undefined
    const inner = spec.need('text')
    const text = inner === undefined ? undefined : readTemplate(inner)
    const level = spec.take('level')?.oneOf('error', 'warn', 'info', 'debug', 'trace') ?? 'info'
    const category = spec.take('category')?.string() ?? 'watcher.actions.logging'
    spec.done()
    if (text === undefined) return undefined
    return {
      type: 'logging',
      notifies: false,
      async run({ execution, payload, simulate }) {
        const logged = text.render(execution, payload)
        const detail = newObject()
        detail['logged_text'] = logged
        if (simulate) return { status: 'simulated', detail }
        // A line break of an event must not look like another line of the log.
        const line = logged.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
        execution.services.logger[level === 'trace' ? 'debug' : level]({ watch: execution.watchId, category }, line)
        return { status: 'success', detail }
      },
    }
  },
})
