import { newObject, toValue } from '../../event/index.ts'
import { defineAction } from '../model.ts'
import { readTemplate } from '../template.ts'

export const teams = defineAction({
  name: 'teams',
  summary: 'sends a card to a channel of Microsoft Teams through a configured account',
  read(spec) {
    if (!spec.isObject()) return undefined
    const account = spec.take('account')?.string()
    const message = spec.need('message')
    spec.done()
    if (message === undefined || !message.isObject()) return undefined
    const titleSpec = message.take('title')
    const title = titleSpec === undefined ? undefined : readTemplate(titleSpec)
    const textSpec = message.need('text')
    const text = textSpec === undefined ? undefined : readTemplate(textSpec)
    message.done()
    if (text === undefined) return undefined
    return {
      type: 'teams',
      notifies: true,
      async run({ execution, payload, messageId, simulate }) {
        const { notifier } = execution.services
        const { name, defaults } = notifier.chatAccount('teams', account)
        const heading = title?.render(execution, payload) ?? (defaults['title'] as string | undefined)
        const body = card(heading, text.render(execution, payload))
        const detail = newObject()
        detail['account'] = name
        detail['message'] = toValue(body)
        if (simulate) return { status: 'simulated', detail }
        const receipt = await notifier.deliver({ kind: 'teams', key: messageId, account: name, body })
        detail['delivery'] = toValue({ ...receipt })
        return { status: 'success', detail }
      },
    }
  },
})

/** An adaptive card, as workflows and incoming webhooks of Teams take it. */
function card(title: string | undefined, text: string): Record<string, unknown> {
  const block = (content: string, more: object): object => ({ type: 'TextBlock', text: content, wrap: true, ...more })
  return {
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.4',
          body: [...(title === undefined ? [] : [block(title, { size: 'Large', weight: 'Bolder' })]), block(text, {})],
        },
      },
    ],
  }
}
