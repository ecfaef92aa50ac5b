import { isObject, newObject, stringifyJson, toValue, type Value, type ValueObject } from '../../event/index.ts'
import type { Receipt } from '../../notify/index.ts'
import { contextOf, defineAction, type Execution } from '../model.ts'
import { valueAt } from '../object-path.ts'
import { readRendered, type RenderedValue } from '../rendered.ts'
import type { Spec } from '../spec.ts'
import { readTemplate, type TextTemplate } from '../template.ts'

/** Fields of an attachment, by Slack's names. */
const ATTACHMENT = ['fallback', 'color', 'pretext', 'author_name', 'author_link', 'author_icon', 'title', 'title_link', 'text', 'image_url', 'thumb_url', 'footer', 'footer_icon', 'ts', 'mrkdwn_in', 'markdown_in', 'fields', 'actions'] // prettier-ignore

interface DynamicAttachments {
  readonly listPath: string
  readonly template: RenderedValue
}

export const slack = defineAction({
  name: 'slack',
  summary: 'sends a message to Slack through a configured account',
  read(spec) {
    if (!spec.isObject()) return undefined
    const account = spec.take('account')?.string()
    spec.take('proxy')?.refuse('the proxy of accounts is the setting xpack.http.proxy.host')
    const message = spec.need('message')
    spec.done()
    if (message === undefined || !message.isObject()) return undefined
    const text = (name: string): TextTemplate | undefined => {
      const inner = message.take(name)
      return inner === undefined ? undefined : readTemplate(inner)
    }
    const [from, icon, body] = [text('from'), text('icon'), text('text')]
    const to = message
      .take('to')
      ?.items()
      .flatMap((item) => readTemplate(item) ?? [])
    const attachments = readAttachments(message.take('attachments'))
    const dynamic = readDynamic(message.take('dynamic_attachments'))
    message.done()
    return {
      type: 'slack',
      notifies: true,
      async run({ execution, payload, messageId, simulate }) {
        const { notifier } = execution.services
        const { name, defaults } = notifier.chatAccount('slack', account)
        const render = (template: TextTemplate | undefined, key: string): string | undefined =>
          template?.render(execution, payload) ?? (defaults[key] as string | undefined)
        const shared = messageOf({
          username: render(from, 'from'),
          icon: render(icon, 'icon'),
          text: render(body, 'text'),
          attachments: [
            ...attachments.map((one) => one.render(execution, payload)),
            ...dynamicOf(dynamic, execution, payload),
          ].map((one) => withDefaults(one, defaults)),
        })
        const channels =
          to?.map((one) => one.render(execution, payload)) ?? (defaults['to'] as string[] | undefined) ?? []
        const bodies = channels.length === 0 ? [shared] : channels.map((channel) => Object.assign(newObject(), { channel }, shared)) // prettier-ignore
        const detail = newObject()
        detail['account'] = name
        if (simulate) {
          detail['message'] = bodies.length === 1 ? bodies[0]! : bodies
          return { status: 'simulated', detail }
        }
        const sent: Value[] = []
        const failures: string[] = []
        for (const [i, one] of bodies.entries()) {
          const key = i === 0 ? messageId : `${messageId}_${i}`
          const plain = JSON.parse(stringifyJson(one)) as Record<string, unknown>
          try {
            const receipt: Receipt = await notifier.deliver({ kind: 'slack', key, account: name, body: plain })
            sent.push(toValue({ status: 'success', to: channels[i] ?? null, message: plain, delivery: { ...receipt } }))
          } catch (error) {
            const reason = (error as Error).message
            failures.push(reason)
            sent.push(toValue({ status: 'failure', to: channels[i] ?? null, message: plain, reason }))
          }
        }
        detail['sent_messages'] = sent
        if (failures.length === 0) return { status: 'success', detail }
        return { status: failures.length === sent.length ? 'failure' : 'partial_failure', reason: failures[0]!, detail }
      },
    }
  },
})

function messageOf(parts: {
  username: string | undefined
  icon: string | undefined
  text: string | undefined
  attachments: Value[]
}): ValueObject {
  const message = newObject()
  if (parts.username !== undefined) message['username'] = parts.username
  if (parts.icon !== undefined) message[/^:.+:$/.test(parts.icon) ? 'icon_emoji' : 'icon_url'] = parts.icon
  if (parts.text !== undefined) message['text'] = parts.text
  if (parts.attachments.length > 0) message['attachments'] = parts.attachments
  return message
}

function withDefaults(attachment: Value, defaults: Readonly<Record<string, unknown>>): Value {
  if (!isObject(attachment)) return attachment
  const whole = newObject()
  for (const [key, value] of Object.entries(defaults))
    if (key.startsWith('attachment.')) whole[key.slice('attachment.'.length)] = value as string
  for (const [name, value] of Object.entries(attachment)) whole[name === 'markdown_in' ? 'mrkdwn_in' : name] = value
  return whole
}

function readAttachments(spec: Spec | undefined): RenderedValue[] {
  return (spec?.items() ?? []).flatMap((item) => readAttachment(item) ?? [])
}

function readAttachment(spec: Spec): RenderedValue | undefined {
  if (!spec.isObject('an attachment')) return undefined
  for (const name of ATTACHMENT) spec.take(name)
  spec.done()
  for (const field of spec.take('fields')?.items() ?? []) {
    if (!field.isObject('an object with "title", "value" and "short"')) continue
    for (const name of ['title', 'value', 'short']) field.take(name)
    field.done()
  }
  return readRendered(spec)
}

function readDynamic(spec: Spec | undefined): DynamicAttachments | undefined {
  if (spec === undefined || !spec.isObject('an object with "list_path" and "attachment_template"')) return undefined
  const listPath = spec.need('list_path')?.string()
  const inner = spec.need('attachment_template')
  spec.done()
  const template = inner === undefined ? undefined : readAttachment(inner)
  return listPath === undefined || template === undefined ? undefined : { listPath, template }
}

/** One attachment for each element of the list; its fields are the variables of the template. */
function dynamicOf(dynamic: DynamicAttachments | undefined, execution: Execution, payload: ValueObject): Value[] {
  if (dynamic === undefined) return []
  const list = valueAt(contextOf(execution, payload), dynamic.listPath)
  if (!Array.isArray(list)) return []
  return list.map((element) => {
    const variables = isObject(element) ? element : Object.assign(newObject(), { _value: element })
    return dynamic.template.render({ ...execution, variables }, payload)
  })
}
