import { fail } from '../../diagnostic/index.ts'
import { newObject, toValue, type ValueObject } from '../../event/index.ts'
import { isAddress, type Attachment, type EmailMessage } from '../../notify/index.ts'
import { readHttpRequest } from '../http-request.ts'
import { defineAction, type Execution } from '../model.ts'
import type { Spec } from '../spec.ts'
import { readTemplate, type TextTemplate } from '../template.ts'
import { readAddressList } from './address-list.ts'
import { dataAttachment, type DataFormat } from './attachment.ts'

const PRIORITIES = ['highest', 'high', 'normal', 'low', 'lowest'] as const
const PROFILES = ['standard', 'gmail', 'mac', 'outlook'] as const

type AttachmentMaker = (execution: Execution, payload: ValueObject) => Attachment | Promise<Attachment>

export const email = defineAction({
  name: 'email',
  summary: 'sends a mail through a configured account, or writes it to the outbox',
  read(spec) {
    if (!spec.isObject()) return undefined
    const template = (name: string): TextTemplate | undefined => {
      const inner = spec.take(name)
      return inner === undefined ? undefined : readTemplate(inner)
    }
    const list = (name: string): ReturnType<typeof readAddressList> => {
      const inner = spec.take(name)
      return inner === undefined ? undefined : readAddressList(inner)
    }
    const account = spec.take('account')?.string()
    const profile = spec.take('profile')?.oneOf(...PROFILES)
    const [from, subject, priority] = [template('from'), template('subject'), template('priority')]
    if (priority !== undefined && !priority.source.includes('{{')) spec.take('priority')!.oneOf(...PRIORITIES)
    if (from !== undefined && from.source !== '' && !from.source.includes('{{') && !isAddress(from.source))
      spec.take('from')!.invalid('a mail address')
    const [to, cc, bcc, replyTo] = [list('to'), list('cc'), list('bcc'), list('reply_to')]
    const body = readBody(spec.take('body'))
    const attachments = [...readAttachData(spec.take('attach_data')), ...readAttachments(spec.take('attachments'))]
    spec.done()
    return {
      type: 'email',
      notifies: true,
      async run({ execution, payload, messageId, simulate }) {
        const render = (text: TextTemplate | undefined): string | undefined => text?.render(execution, payload)
        const level = render(priority)?.toLowerCase()
        const message: EmailMessage = {
          kind: 'email',
          messageId,
          account,
          profile,
          from: render(from),
          to: to?.render(execution, payload) ?? [],
          cc: cc?.render(execution, payload) ?? [],
          bcc: bcc?.render(execution, payload) ?? [],
          replyTo: replyTo?.render(execution, payload) ?? [],
          priority: PRIORITIES.find((known) => known === level),
          subject: render(subject) ?? '',
          text: render(body.text),
          html: render(body.html),
          // What has to be fetched is fetched also where nothing is sent: that is what a simulation tries.
          attachments: await Promise.all(attachments.map(async (make) => make(execution, payload))),
        }
        const detail = describe(message)
        if (simulate) return { status: 'simulated', detail }
        const receipt = await execution.services.notifier.deliver(message)
        detail['delivery'] = toValue({ ...receipt })
        return { status: 'success', detail }
      },
    }
  },
})

function readBody(spec: Spec | undefined): { text?: TextTemplate | undefined; html?: TextTemplate | undefined } {
  if (spec === undefined) return {}
  const names = spec.names()
  if (!names.includes('text') && !names.includes('html')) return { text: readTemplate(spec) }
  const [text, html] = [spec.take('text'), spec.take('html')]
  spec.done()
  return {
    text: text === undefined ? undefined : readTemplate(text),
    html: html === undefined ? undefined : readTemplate(html),
  }
}

function readAttachData(spec: Spec | undefined): AttachmentMaker[] {
  if (spec === undefined || spec.value === false) return []
  let format: DataFormat = 'yaml'
  if (spec.value !== true) {
    if (!spec.isObject('true, false, or an object with "format"')) return []
    format = spec.take('format')?.oneOf('yaml', 'json') ?? 'yaml'
    spec.done()
  }
  return [(execution, payload) => dataAttachment(format, execution, payload)]
}

/** `attachments: { "name": { "data": { "format": "json" } } }`, or `"http": { "request": ..., "inline": true }`. */
function readAttachments(spec: Spec | undefined): AttachmentMaker[] {
  if (spec === undefined || !spec.isObject('an object of named attachments')) return []
  return spec.names().flatMap((name) => {
    const attachment = spec.take(name)
    if (attachment === undefined || !attachment.isObject('an object with "data" or "http"')) return []
    attachment.take('reporting')?.refuse('reports are made by Kibana; attach the data')
    const http = attachment.take('http')
    const data = attachment.take('data')
    const makers = [
      ...(http === undefined ? [] : readFetched(name, http)),
      ...(data === undefined ? [] : readData(name, data)),
    ]
    attachment.done()
    if (attachment.names().length !== 1) attachment.invalid('an object with one of "data" and "http"')
    return makers
  })
}

function readData(name: string, data: Spec): AttachmentMaker[] {
  const format = data.take('format')?.oneOf('yaml', 'json') ?? 'yaml'
  data.done()
  return [(execution, payload) => dataAttachment(format, execution, payload, name)]
}

/** What a server answers, under the name of the attachment. */
function readFetched(name: string, spec: Spec): AttachmentMaker[] {
  if (!spec.isObject('an object with "request"')) return []
  const inner = spec.need('request')
  const request = inner !== undefined && inner.isObject() ? readHttpRequest(inner) : undefined
  inner?.done()
  const contentType = spec.take('content_type')?.string()
  const inline = spec.take('inline')?.boolean() ?? false
  spec.done()
  if (request === undefined) return []
  return [
    async (execution, payload) => {
      const answer = await execution.services.notifier.request(request.render(execution, payload))
      if (answer.status < 200 || answer.status >= 300)
        throw fail('watch.run', { reason: `the attachment '${name}' was not given: HTTP ${answer.status}` })
      const type = contentType ?? answer.headers['content-type']?.[0] ?? 'application/octet-stream'
      return { filename: name, contentType: type, content: answer.body, inline }
    },
  ]
}

/** What the history says of a mail; its attachments would only repeat the payload. */
function describe(message: EmailMessage): ValueObject {
  const { messageId, from, to, cc, bcc, replyTo, priority, subject, text, html } = message
  const lists = { to, cc, bcc, reply_to: replyTo }
  const shown = toValue({
    id: messageId,
    ...(from === undefined ? {} : { from }),
    ...Object.fromEntries(Object.entries(lists).filter(([, list]) => (list?.length ?? 0) > 0)),
    ...(priority === undefined ? {} : { priority }),
    subject,
    body: { ...(text === undefined ? {} : { text }), ...(html === undefined ? {} : { html }) },
  })
  const detail = newObject()
  if (message.account !== undefined) detail['account'] = message.account
  detail['message'] = shown
  return detail
}
