import { expect, test } from 'vitest'
import { runActions } from '../../../test/fixtures/sample-watch.ts'

test('every field, with the ctx attached', async () => {
  const email = {
    profile: 'standard',
    priority: 'high',
    from: 'Sentinel <s@example.org>',
    to: 'a@example.org, "B, Ops" <b@example.org>',
    cc: ['c@example.org'],
    bcc: '{{ctx.payload.bcc}}',
    reply_to: ['d@example.org'],
    subject: 'Scan of {{ctx.payload.host}}',
    body: { text: '{{ctx.payload}}', html: '<b>{{ctx.payload.host}}</b>' },
    attach_data: { format: 'json' },
    attachments: { 'more.yml': { data: { format: 'yaml' } }, 'all.txt': { data: { format: 'json' } } },
  }
  const [system, results] = await runActions(
    { mail: { email } },
    { host: 'h1', bcc: 'x@example.org, y@example.org', n: [1] },
  )
  await using _ = system
  expect(results).toMatchObject([{ id: 'mail', type: 'email', status: 'success' }])
  const [mail] = system.mails
  expect(mail).toMatchObject({
    from: 'Sentinel <s@example.org>',
    to: ['a@example.org', '"B, Ops" <b@example.org>'],
    cc: ['c@example.org'],
    bcc: ['x@example.org', 'y@example.org'],
    replyTo: ['d@example.org'],
    priority: 'high',
    subject: 'Scan of h1',
    text: '{host=h1, bcc=x@example.org, y@example.org, n=[1]}',
    html: '<b>h1</b>',
  })
  const [json, yaml, named] = mail!.attachments!
  expect(json).toMatchObject({ filename: 'data.json', contentType: 'application/json' })
  expect(JSON.parse(String(json!.content))).toMatchObject({
    ctx: { watch_id: '_inlined_', payload: { host: 'h1', n: [1] } },
  })
  expect(yaml).toMatchObject({ filename: 'more.yml', contentType: 'application/yaml' })
  expect(yaml!.content).toMatch(/^---\nctx:\n {2}watch_id: _inlined_\n/)
  expect(named).toMatchObject({ filename: 'all.txt', contentType: 'application/json' })
})

test('a value of an event cannot add a recipient', async () => {
  const email = { to: '{{ctx.payload.user}}@example.org, admin@example.org', subject: 'x', body: 'y' }
  const [system, results] = await runActions({ mail: { email } }, { user: 'evil@example.com, z' })
  await using _ = system
  expect(system.mails).toHaveLength(0)
  expect(results).toMatchObject([
    { status: 'failure', reason: expect.stringContaining("'to' must be one mail address") },
  ])
})
