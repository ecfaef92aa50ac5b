import { defineOutput } from '../define.ts'

export const nullOutput = defineOutput({
  name: 'null',
  summary: 'Drops every event, for tests and measurements.',
  defaultCodec: 'plain',
  options: {},
  examples: ['null { }'],
  create: () => ({ async write() {} }),
})
