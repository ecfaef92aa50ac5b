import { fail } from '../../diagnostic/index.ts'
import { isObject, newObject, stringifyJson, toValue, type Value, type ValueObject } from '../../event/index.ts'
import type { BulkOperation } from '../../search/index.ts'
import { defineAction } from '../model.ts'
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
    // A document is visible to the next search here, so there is nothing to refresh.
    spec.take('refresh')
    spec.take('timeout')?.duration()
    spec.take('dynamic_name_timezone')?.string()
    spec.done()
    return {
      type: 'index',
      notifies: false,
      async run({ execution, payload, simulate }) {
        const bulk = '_doc' in payload
        const documents = documentsOf(payload)
        const shared = indexName?.render(execution, payload)
        const operations = documents.map((document): BulkOperation => {
          const { _index: ownIndex, _id: ownId, _type: _dropped, ...fields } = document
          const body: ValueObject = Object.assign(newObject(), fields)
          if (timeField !== undefined) body[timeField] = execution.executionTime
          const name = typeof ownIndex === 'string' ? ownIndex : shared
          if (name === undefined || name === '')
            throw fail('watch.run', { reason: "the index action has no 'index' and the document no '_index'" })
          const id = typeof ownId === 'string' ? ownId : docId?.render(execution, payload)
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
