import { parse as parseYaml } from 'yaml'
import { isObject, newObject, parseJson, toValue, type Value, type ValueObject } from '../../event/index.ts'
import type { HttpAnswer } from '../../notify/index.ts'
import { describeRequest, readHttpRequest } from '../http-request.ts'
import { defineInput } from '../model.ts'
import { extractPaths } from '../object-path.ts'

type Content = 'json' | 'yaml' | 'text'

export const http = defineInput({
  name: 'http',
  summary: 'the answer of an HTTP request',
  read(spec) {
    if (!spec.isObject()) return undefined
    const inner = spec.need('request')
    const request = inner !== undefined && inner.isObject() ? readHttpRequest(inner) : undefined
    inner?.done()
    const extract = spec.take('extract')?.strings()
    const content = spec.take('response_content_type')?.oneOf('json', 'yaml', 'text')
    spec.done()
    if (request === undefined) return undefined
    return {
      type: 'http',
      async run(execution) {
        const sent = request.render(execution, execution.chained ?? newObject())
        const answer = await execution.services.notifier.request(sent)
        const payload = payloadOf(answer, content)
        return { payload: finish(payload, answer, extract), detail: describeRequest(sent) }
      },
    }
  },
})

/** JSON and YAML become what they hold, a list stands under `data`, text under `_value`. */
function payloadOf({ body, headers }: HttpAnswer, named: Content | undefined): ValueObject {
  if (body.length === 0) return newObject()
  const text = body.toString('utf8')
  const content = named ?? contentOf(headers['content-type']?.[0] ?? '', text)
  const value: Value =
    content === 'json' ? parseJson(text) : content === 'yaml' ? toValue(parseYaml(text) as unknown) : text
  if (isObject(value)) return value
  const payload = newObject()
  payload[Array.isArray(value) ? 'data' : '_value'] = value
  return payload
}

function contentOf(type: string, text: string): Content {
  if (/[/+]json\b/i.test(type)) return 'json'
  if (/[/+](?:x-)?yaml\b/i.test(type)) return 'yaml'
  // Where the server names neither, the text is looked at, as Watcher does.
  if (/^\s*\{/.test(text) || (type === '' && /^\s*\[/.test(text))) return isJson(text) ? 'json' : 'text'
  return text.startsWith('---\n') ? 'yaml' : 'text'
}

function isJson(text: string): boolean {
  try {
    parseJson(text)
    return true
  } catch {
    return false
  }
}

/** What is extracted, and always the status; headers where they are asked for by name or nothing is extracted. */
function finish(payload: ValueObject, answer: HttpAnswer, extract: readonly string[] | undefined): ValueObject {
  const kept = extract === undefined ? payload : extractPaths(payload, extract)
  kept['_status_code'] = answer.status
  kept['_headers'] = toValue(
    Object.fromEntries(Object.entries(answer.headers).map(([name, list]) => [name, [...list]])),
  )
  return kept
}
