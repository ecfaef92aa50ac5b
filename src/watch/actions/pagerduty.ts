import { isObject, newObject, stringifyJson, toValue, type Value } from '../../event/index.ts'
import { defineAction } from '../model.ts'
import { readRendered } from '../rendered.ts'
import type { Spec } from '../spec.ts'
import { readTemplate, type TextTemplate } from '../template.ts'

const EVENT_TYPES = ['trigger', 'resolve', 'acknowledge'] as const

export const pagerduty = defineAction({
  name: 'pagerduty',
  summary: 'creates, acknowledges or resolves an incident in PagerDuty through a configured account',
  read(spec) {
    if (!spec.isObject()) return undefined
    const text = (name: string): TextTemplate | undefined => {
      const inner = spec.take(name)
      return inner === undefined ? undefined : readTemplate(inner)
    }
    const account = spec.take('account')?.string()
    const [description, incidentKey, client, clientUrl] = [text('description'), text('incident_key'), text('client'), text('client_url')] // prettier-ignore
    const eventType = text('event_type')
    if (eventType !== undefined && !eventType.source.includes('{{')) spec.take('event_type')!.oneOf(...EVENT_TYPES)
    const attach = spec.take('attach_payload')?.boolean()
    spec.take('proxy')?.refuse('the proxy of accounts is the setting xpack.http.proxy.host')
    const contexts = readContexts(spec.take('contexts') ?? spec.take('context'))
    spec.done(['contexts'])
    return {
      type: 'pagerduty',
      notifies: true,
      async run({ execution, payload, messageId, simulate }) {
        const { notifier } = execution.services
        const { name, defaults } = notifier.chatAccount('pagerduty', account)
        const render = (template: TextTemplate | undefined, key: string): string | undefined =>
          template?.render(execution, payload) ?? (defaults[key] as string | undefined)
        const links = contexts.map((one) => one.render(execution, payload)).filter(isObject)
        const of = (type: string): Value[] => links.filter((one) => one['type'] === type).map(({ type: _type, ...rest }) => toValue(rest)) // prettier-ignore
        const event = newObject()
        event['event_action'] = render(eventType, 'event_type') ?? 'trigger'
        event['dedup_key'] = render(incidentKey, 'incident_key') ?? execution.watchId
        const inner = newObject()
        inner['summary'] = (render(description, 'description') ?? execution.watchId).slice(0, 1024)
        inner['source'] = execution.watchId
        inner['severity'] = 'critical'
        if (attach ?? defaults['attach_payload'] === true) inner['custom_details'] = toValue({ payload })
        event['payload'] = inner
        const [by, url] = [render(client, 'client'), render(clientUrl, 'client_url')]
        if (by !== undefined) event['client'] = by
        if (url !== undefined) event['client_url'] = url
        if (of('link').length > 0) event['links'] = of('link')
        if (of('image').length > 0) event['images'] = of('image')
        const detail = newObject()
        detail['account'] = name
        if (simulate) {
          detail['event'] = event
          return { status: 'simulated', detail }
        }
        const body = JSON.parse(stringifyJson(event)) as Record<string, unknown>
        const receipt = await notifier.deliver({ kind: 'pagerduty', key: messageId, account: name, body })
        detail['sent_event'] = toValue({ event: body, delivery: { ...receipt } })
        return { status: 'success', detail }
      },
    }
  },
})

function readContexts(spec: Spec | undefined): NonNullable<ReturnType<typeof readRendered>>[] {
  return (spec?.items() ?? []).flatMap((item) => {
    if (!item.isObject('an object with "type"')) return []
    const type = item.need('type')?.oneOf('link', 'image')
    if (type === 'link') item.need('href')
    if (type === 'image') item.need('src')
    for (const name of ['href', 'text', 'src', 'alt']) item.take(name)
    item.done()
    return readRendered(item) ?? []
  })
}
