import { fail } from '../../diagnostic/index.ts'
import { isObject, newObject, stringifyJson, toValue, type Value, type ValueObject } from '../../event/index.ts'
import type { BulkOperation } from '../../search/index.ts'
import { stringifyAsJava } from '../../script/index.ts'
import { defineAction } from '../model.ts'
import type { Spec } from '../spec.ts'
import { readTemplate } from '../template.ts'

export const index = defineAction({
  name: 'index',
  summary: 'stores the payload, or each object of its `_doc` list, as a document',
  read(spec) {
    if (!spec.isObject()) return undefined
    const target = spec.take('index')
    const indexName = target === undefined ? undefined : readTemplate(target)
    const idSpec = spec.take('doc_id')
    const docId = idSpec === undefined ? undefined : readTemplate(idSpec)
    spec.take('doc_type')?.string()
    const timeField = spec.take('execution_time_field')?.string()
    const opType = spec.take('op_type')?.oneOf('index', 'create') ?? 'index'
    readRefresh(spec.take('refresh'))
    spec.period('timeout')
    spec.take('dynamic_name_timezone')?.string()
    spec.done()
    return {
      type: 'index',
      notifies: false,
      async run({ execution, payload, simulate }) {
        const bulk = Array.isArray(payload['_doc'])
        if (bulk && docId !== undefined)
          throw fail('watch.run', { reason: "'doc_id' cannot be used with a list of documents in '_doc'" })
        const documents = documentsOf(payload)
        const shared = indexName?.render(execution, payload)
        const operations = documents.map((document): BulkOperation => {
          const { _index: ownIndex, _id: ownId, _type: _dropped, ...fields } = document
          const body: ValueObject = Object.assign(newObject(), fields)
          if (timeField !== undefined) body[timeField] = execution.executionTime
          const name = oneOf('index', ownIndex, shared)
          if (name === undefined || name === '')
            throw fail('watch.run', { reason: "the index action has no 'index' and the document no '_index'" })
          const id = oneOf('doc_id', ownId, docId?.render(execution, payload))
          return { action: opType, index: name, id, source: stringifyJson(body) }
        })
        if (simulate) {
          const request = toValue({ index: shared ?? null, doc_id: operations[0]?.id ?? null }) as ValueObject
          request['source'] = bulk ? documents : documents[0]!
          return { status: 'simulated', detail: wrap('request', request) }
        }
        const items = await execution.services.store.bulk(operations)
        const results = items.map((item) =>
          toValue({
            created: item.result === 'created',
            result: item.result ?? null,
            id: item.id,
            index: item.index,
            version: item.version ?? null,
            ...(item.error === undefined ? {} : { error: { ...item.error } }),
          }),
        )
        const failed = items.filter(({ status }) => status >= 300)
        const detail = wrap('response', bulk ? results : results[0]!)
        if (failed.length === 0) return { status: 'success', detail }
        const reason = failed[0]!.error?.reason ?? `status ${failed[0]!.status}`
        return { status: failed.length === items.length ? 'failure' : 'partial_failure', reason, detail }
      },
    }
  },
})

/** A document is visible to the next search here, so there is nothing to do, but to tell what is no policy. */
function readRefresh(spec: Spec | undefined): void {
  if (typeof spec?.value !== 'boolean') spec?.oneOf('true', 'false', 'wait_for', '')
}

/** What the document or the action says; as in Watcher not both, for one of them would be lost. */
function oneOf(name: string, own: Value | undefined, shared: string | undefined): string | undefined {
  if (own === undefined || own === null) return shared
  const member = name === 'index' ? '_index' : '_id'
  if (shared !== undefined)
    throw fail('watch.run', {
      reason: `[ctx.payload.${member}] or [ctx.payload._doc.${member}] were set together with action [${name}] field. Only set one of them`,
    })
  return stringifyAsJava(own)
}

function documentsOf(payload: ValueObject): ValueObject[] {
  const list = payload['_doc']
  if (list === undefined) return [payload]
  const documents = Array.isArray(list) ? list : [list]
  if (!documents.every(isObject)) throw fail('watch.run', { reason: "'_doc' of the payload must be a list of objects" })
  return documents
}

function wrap(name: string, value: Value): ValueObject {
  const detail = newObject()
  detail[name] = value
  return detail
}
