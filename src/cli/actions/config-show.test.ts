import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { showSettings } from './config-show.ts'

const folder = mkdtempSync(join(tmpdir(), 'vedetta-config-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('values with where they are from, and no secret', () => {
  const config = join(folder, 'vedetta.yml')
  writeFileSync(
    config,
    `store.username: ingest
store.password: hush-1
xpack.notification.email.account.work.smtp.host: mail.example
xpack.notification.email.account.work.smtp.password: hush-2
xpack.notification.slack.account.soc.url: https://chat.example/hush-3
`,
  )
  const overrides = ['http.port=9201', 'store.api_key=hush-4']
  const lines = showSettings({ config, overrides, origin: true, changed: true, output: 'human' })
  expect(lines.map((line) => line.split(/ {2,}/))).toEqual([
    ['SETTING', 'VALUE', 'FROM'],
    ['http.port', '9201', '-E'],
    ['store.username', 'ingest', `${config}:1:17`],
    ['store.password', '********', `${config}:2:17`],
    ['store.api_key', '********', '-E'],
    ['xpack.notification.email.account.work.smtp.host', 'mail.example', `${config}:3:50`],
    ['xpack.notification.email.account.work.smtp.password', '********', `${config}:4:54`],
    ['xpack.notification.slack.account.soc.url', '********', `${config}:5:43`],
  ])
  const whole = showSettings({ config, overrides, output: 'json' }).join('\n')
  expect(whole).not.toContain('hush')
  expect(JSON.parse(whole)).toContainEqual({ name: 'log.level', value: 'info', origin: 'default' })
})
