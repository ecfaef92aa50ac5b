import { once } from 'node:events'
import { defineOutput } from '../define.ts'

export const stdout = defineOutput({
  name: 'stdout',
  summary: 'Writes events to standard output.',
  defaultCodec: 'rubydebug',
  options: {},
  examples: ['stdout { }', 'stdout { codec => json_lines }'],
  create: (_options, context) => ({
    async write(batch) {
      const parts = batch.map((event) => context.codec.encode(event))
      const data = parts.every((part) => typeof part === 'string')
        ? parts.join('')
        : Buffer.concat(parts.map((part) => Buffer.from(part)))
      // A reader that is slow, such as a pager, slows the pipeline.
      if (!process.stdout.write(data)) await once(process.stdout, 'drain')
    },
  }),
})
