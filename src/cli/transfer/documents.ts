import { isObject, newObject, parseJson, stringifyJson, type Value, type ValueObject } from '../../event/index.ts'
import { CommandError } from '../exit.ts'
import type { ServerClient } from '../server-client.ts'

/** A document as files of exports carry it. */
export interface Document {
  readonly index: string
  readonly id: string
  /** JSON. */
  readonly source: string
}

const PAGE = 2000
const BULK_DOCUMENTS = 2000
const BULK_CHARACTERS = 8 * 1024 * 1024

/** How many documents of the indices a query finds. */
export async function countDocuments(server: ServerClient, indices: string, query: Value): Promise<number> {
  const body = Object.assign(newObject(), { query })
  const answer = await ask(server, 'POST', `/${encodeURIComponent(indices)}/_count`, stringifyJson(body))
  return Number(answer['count'])
}

/** The documents that a query finds, in pages by index and id, or by a field before: what is changed meanwhile is seen once. */
export async function* readDocuments(
  server: ServerClient,
  indices: string,
  query: Value,
  by: readonly Value[] = [],
): AsyncGenerator<Document[]> {
  let after: Value | undefined
  for (;;) {
    const body = Object.assign(newObject(), {
      size: PAGE,
      query,
      sort: [...by, '_index', '_id'],
      track_total_hits: false,
      ...(after === undefined ? {} : { search_after: after }),
    })
    const answer = await ask(server, 'POST', `/${encodeURIComponent(indices)}/_search`, stringifyJson(body))
    const outer = answer['hits']
    const hits = isObject(outer) && Array.isArray(outer['hits']) ? outer['hits'].filter(isObject) : []
    if (hits.length === 0) return
    after = hits.at(-1)!['sort']
    yield hits.map((hit) => ({
      index: String(hit['_index']),
      id: String(hit['_id']),
      source: stringifyJson(hit['_source'] ?? newObject()),
    }))
  }
}

/** Writes documents in bulks; a document that is there already is replaced. @throws at the first that is refused. */
export async function writeDocuments(
  server: ServerClient,
  documents: AsyncIterable<Document>,
  written: (count: number) => void,
): Promise<void> {
  let lines = ''
  let count = 0
  const flush = async (): Promise<void> => {
    if (count === 0) return
    const answer = await ask(server, 'POST', '/_bulk', lines)
    if (answer['errors'] === true) throw new CommandError(firstError(answer))
    written(count)
    lines = ''
    count = 0
  }
  for await (const { index, id, source } of documents) {
    const head = Object.assign(newObject(), { index: Object.assign(newObject(), { _index: index, _id: id }) })
    lines += `${stringifyJson(head)}\n${source}\n`
    if (++count >= BULK_DOCUMENTS || lines.length > BULK_CHARACTERS) await flush()
  }
  await flush()
}

function firstError(answer: ValueObject): string {
  const items = Array.isArray(answer['items']) ? answer['items'] : []
  for (const item of items) {
    const outcome = isObject(item) ? item['index'] : undefined
    const error = isObject(outcome) ? outcome['error'] : undefined
    if (isObject(outcome) && isObject(error))
      return `document '${String(outcome['_id'])}' of index '${String(outcome['_index'])}' was refused: ${String(error['reason'])}`
  }
  return 'documents were refused'
}

async function ask(server: ServerClient, method: string, path: string, body: string): Promise<ValueObject> {
  const { status, text } = await server.text(method, path, body)
  let answer: Value
  try {
    answer = parseJson(text)
  } catch {
    throw new CommandError(`${server.address} answers no JSON (status ${status})`)
  }
  if (!isObject(answer)) throw new CommandError(`${server.address} answers no object (status ${status})`)
  const { error } = answer
  if (status >= 300)
    throw new CommandError(isObject(error) ? String(error['reason']) : `${server.address} answers ${status}`)
  return answer
}
