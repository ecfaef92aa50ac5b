import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { makeCodec, RunningInput, temporaryFolder } from '../../../../../test/plugin-fixture.ts'
import { file } from './index.ts'

const previous = { pattern: '^\\s', what: 'previous' }

function reader(path: string, more: object = {}): RunningInput {
  return new RunningInput(
    file,
    { path, sincedb_path: `${path}.since`, start_position: 'beginning', stat_interval: 0.02 },
    { codec: makeCodec('multiline', { ...previous, ...more }) },
  )
}

test('lines that wait for the rest of their event are read again after a restart, those before are not', async () => {
  using folder = temporaryFolder()
  const path = join(folder.path, 'app.log')
  writeFileSync(path, 'one\n two\nthree\n four\n')
  const first = reader(path)
  await first.start()
  await first.until(1)
  for (const ack of first.acks) ack()
  await first.input.stop()
  expect(first.messages).toEqual(['one\n two'])

  appendFileSync(path, ' five\nsix\n')
  const second = reader(path)
  await second.start()
  await second.until(1)
  for (const ack of second.acks) ack()
  await second.input.stop()
  expect(second.messages).toEqual(['three\n four\n five'])
})

test('silence completes the last event, and its position with it', async () => {
  using folder = temporaryFolder()
  const path = join(folder.path, 'app.log')
  writeFileSync(path, 'one\n two\n')
  const first = reader(path, { auto_flush_interval: 0.1 })
  await first.start()
  await first.until(1)
  for (const ack of first.acks) ack()
  await first.input.stop()
  expect(first.messages).toEqual(['one\n two'])

  appendFileSync(path, 'three\n')
  const second = reader(path, { auto_flush_interval: 0.1 })
  await second.start()
  await second.until(1)
  await second.input.stop()
  expect(second.messages).toEqual(['three'])
})
