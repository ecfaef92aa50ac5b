import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { freePort } from '../../../../test/free-port.ts'
import { startMailServer } from '../../../../test/fixtures/mail-server.ts'
import { makeOutput, temporaryFolder } from '../../../../test/plugin-fixture.ts'
import { Event, toValue, type ValueObject } from '../../../event/index.ts'
import { email } from './email.ts'

const event = (fields: Record<string, unknown>): Event => Event.at(0, toValue(fields) as ValueObject)

test('a mail for an event: addresses, subject, text, HTML, an attachment', async () => {
  using folder = temporaryFolder()
  const attached = join(folder.path, 'note.txt')
  writeFileSync(attached, 'a note')
  await using server = await startMailServer()
  const { output } = makeOutput(email, {
    address: '127.0.0.1',
    port: server.port,
    to: '%{who}, second@example.com',
    cc: 'third@example.com',
    bcc: 'hidden@example.com',
    from: 'vedetta@example.com',
    replyto: 'team@example.com',
    subject: 'Alert - %{title}',
    body: 'Tags: %{tags}\\nContent: %{message}',
    htmlbody: '<b>%{message}</b>',
    attachments: [attached],
  })
  await output.write([
    event({ who: 'first@example.com', title: 'x\r\nBcc: evil@example.com', tags: ['a', 'b'], message: 'hi' }),
  ])
  await output.close!()
  const [mail] = await server.received(1)
  expect([...mail!.recipients].sort()).toEqual([
    'first@example.com',
    'hidden@example.com',
    'second@example.com',
    'third@example.com',
  ])
  expect(mail!.mail.subject).toBe('Alert - x Bcc: evil@example.com')
  expect(mail!.mail.text).toContain('Tags: a,b\nContent: hi')
  expect(mail!.mail.html).toContain('<b>hi</b>')
  expect(mail!.mail.attachments[0]!.content.toString()).toBe('a note')
  expect(mail!.mail.replyTo!.text).toBe('team@example.com')
  expect(mail!.raw).not.toContain('hidden@example.com')
})

test('a template, whose values are escaped', async () => {
  using folder = temporaryFolder()
  const path = join(folder.path, 'mail.mustache')
  writeFileSync(path, '<p>{{message}} {{a.b}}</p>')
  await using server = await startMailServer()
  const { output } = makeOutput(email, {
    address: '127.0.0.1',
    port: server.port,
    to: 'a@example.com',
    template_file: path,
  })
  await output.write([event({ message: '<script>', a: { b: 1 } })])
  await output.close!()
  const [mail] = await server.received(1)
  expect(String(mail!.mail.html).trim()).toBe('<p>&#60;script&#62; 1</p>')
})

test('user and password', async () => {
  await using server = await startMailServer({
    authOptional: false,
    allowInsecureAuth: true,
    onAuth: (auth, _session, callback) =>
      auth.username === 'u' && auth.password === 'p' ? callback(null, { user: 'u' }) : callback(new Error('no')),
  })
  const options = { address: '127.0.0.1', port: server.port, to: 'a@example.com', username: 'u' }
  const { output } = makeOutput(email, { ...options, password: 'p', authentication: 'plain' })
  await output.write([event({})])
  await output.close!()
  expect((await server.received(1))[0]!.user).toBe('u')
  const wrong = makeOutput(email, { ...options, password: 'guess' })
  const writing = wrong.output.write([event({})])
  await expect.poll(() => wrong.said.log.length).toBe(1)
  await wrong.output.close!()
  await expect(writing).rejects.toThrow('closed with events on their way')
  expect(wrong.said.log.join()).not.toContain('guess')
})

test('what a server refuses for good goes to the dead letters; one that is away is waited for', async () => {
  await using server = await startMailServer({
    onRcptTo: (address, _session, callback) =>
      callback(
        address.address.startsWith('bad') ? Object.assign(new Error('no such user'), { responseCode: 550 }) : null,
      ),
  })
  const { output, said } = makeOutput(email, { address: '127.0.0.1', port: server.port, to: '%{to}' })
  await output.write([
    event({ to: 'bad@example.com' }),
    event({ to: 'not an address' }),
    event({ to: 'good@example.com' }),
  ])
  await output.close!()
  expect(said.deadLetters.map(({ reason }) => reason)).toEqual([
    expect.stringContaining('no such user'),
    expect.stringContaining(`email output: mail server 127.0.0.1:${server.port} did not take the mail`),
  ])
  expect((await server.received(1))[0]!.recipients).toEqual(['good@example.com'])

  const port = await freePort()
  const waiting = makeOutput(email, { address: '127.0.0.1', port, to: 'a@example.com' })
  const writing = waiting.output.write([event({})])
  await expect.poll(() => waiting.said.log.length).toBe(1)
  await using late = await startMailServer({ port })
  await writing
  await waiting.output.close!()
  expect(late.mails).toHaveLength(1)
})
