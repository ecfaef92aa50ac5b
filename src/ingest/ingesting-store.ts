import { isObject, newObject, parseJson, stringifyJson, type Value, type ValueObject } from '../event/index.ts'
import { DiagnosticError } from '../diagnostic/index.ts'
import type { BulkItem, BulkOperation, Store } from '../search/index.ts'
import { IngestDocument } from './document.ts'
import type { IngestPipelines } from './pipelines.ts'

const NONE = '_none'
/** A document may be sent on to another index so often. */
const REROUTES = 10

/**
 * The store in which documents go through their ingest pipelines first: that of the operation or else
 * `index.default_pipeline`, then `index.final_pipeline`. What runs on them later (detection, mapping) sees what they left.
 * A cluster runs its own pipelines, so that its store is returned as it is.
 */
export function ingestingStore(store: Store, pipelines: IngestPipelines): Store {
  if (store.pipelinesOf === undefined) return store
  const ingest = new Ingest(store, pipelines)
  return Object.assign(Object.create(store) as Store, {
    bulk: (operations) => ingest.bulk(operations),
    async putResource(kind, name, body) {
      await store.putResource(kind, name, body)
      if (kind === 'ingest_pipeline' || kind === 'script') pipelines.changed()
    },
    async deleteResource(kind, name) {
      const deleted = await store.deleteResource(kind, name)
      if (kind === 'ingest_pipeline' || kind === 'script') pipelines.changed()
      return deleted
    },
  } satisfies Partial<Store>)
}

type Chosen = { readonly first: string | undefined; readonly final: string | undefined } | undefined

class Ingest {
  private readonly store: Store
  private readonly pipelines: IngestPipelines

  constructor(store: Store, pipelines: IngestPipelines) {
    this.store = store
    this.pipelines = pipelines
  }

  async bulk(operations: readonly BulkOperation[]): Promise<BulkItem[]> {
    const through = this.through(operations)
    if (through.size === 0) return this.store.bulk(operations)
    await this.pipelines.load()
    const items: BulkItem[] = []
    const sent: BulkOperation[] = []
    const places: number[] = []
    for (const [i, operation] of operations.entries()) {
      const outcome = this.ingest(operation, through.get(i))
      if ('status' in outcome) items[i] = outcome
      else {
        sent.push(outcome)
        places.push(i)
      }
    }
    const written = sent.length === 0 ? [] : await this.store.bulk(sent)
    for (const [i, item] of written.entries()) items[places[i]!] = item
    return items
  }

  /** The operations that go through a pipeline, by their places; the indices of a bulk are looked up once. */
  private through(operations: readonly BulkOperation[]): Map<number, Chosen> {
    const through = new Map<number, Chosen>()
    const known = new Map<string, Chosen>()
    let [lastIndex, last]: [string | undefined, Chosen] = [undefined, undefined]
    for (const [i, operation] of operations.entries()) {
      const { action, index, pipeline } = operation
      if (action === 'delete') continue
      if (index !== lastIndex) {
        if (!known.has(index)) known.set(index, this.ofIndex(index))
        lastIndex = index
        last = known.get(index)
      }
      if (pipeline === undefined && last === undefined) continue
      const first = pipeline === NONE ? undefined : (pipeline ?? last?.first)
      if (first !== undefined || last?.final !== undefined) through.set(i, { first, final: last?.final })
      else if (pipeline !== undefined) through.set(i, { first: undefined, final: undefined })
    }
    return through
  }

  private ofIndex(index: string): Chosen {
    const found = this.store.pipelinesOf!(index)
    if (found === undefined) return undefined
    const named = (name: string | undefined): string | undefined => (name === NONE ? undefined : name)
    const chosen = { first: named(found.first), final: named(found.final) }
    return chosen.first === undefined && chosen.final === undefined ? undefined : chosen
  }

  private ingest(operation: BulkOperation, chosen: Chosen): BulkOperation | BulkItem {
    const { pipeline: _, ...rest } = operation
    if (chosen === undefined || (chosen.first === undefined && chosen.final === undefined)) return rest
    try {
      return operation.action === 'update' ? this.upsert(rest, chosen) : this.document(rest, chosen)
    } catch (error) {
      if (!(error instanceof DiagnosticError)) throw error
      const { action, index, id = '' } = operation
      const reason = error.diagnostics[0]!.message
      return { action, index, id, status: error.http.status, error: { type: error.http.type, reason } }
    }
  }

  /** Of an update only the document that it would make goes through. */
  private upsert(operation: BulkOperation, chosen: Chosen): BulkOperation {
    const body = read(operation.source)
    if (!isObject(body)) return operation
    const key = isObject(body['upsert']) ? 'upsert' : body['doc_as_upsert'] === true ? 'doc' : undefined
    const inner = key === undefined ? undefined : body[key]
    if (key === undefined || !isObject(inner)) return operation
    const document = this.run(operation, inner, chosen)
    const changed = Object.assign(newObject(), body, { [key]: document.source() })
    return { ...operation, source: stringifyJson(changed) }
  }

  private document(operation: BulkOperation, chosen: Chosen): BulkOperation | BulkItem {
    const source = read(operation.source)
    // The store says what is wrong with it.
    if (!isObject(source)) return operation
    const document = this.run(operation, source, chosen)
    if (document.dropped) {
      const { action, index, id = '' } = operation
      return { action, index, id, status: 200, result: 'noop', version: -3, seqNo: -2, primaryTerm: 0 }
    }
    const { ctx } = document
    const text = (key: string): string | undefined => {
      const value = ctx[key]
      return value === undefined || value === null ? undefined : String(value)
    }
    const version = text('_version')
    return {
      ...operation,
      index: text('_index') ?? operation.index,
      id: text('_id'),
      routing: text('_routing'),
      ...(operation.version === undefined || version === undefined ? {} : { version: Number(version) }),
      source: stringifyJson(document.source()),
    }
  }

  private run(operation: BulkOperation, source: ValueObject, chosen: Chosen): IngestDocument {
    const metadata: ValueObject = newObject()
    metadata['_index'] = operation.index
    if (operation.id !== undefined) metadata['_id'] = operation.id
    if (operation.routing !== undefined) metadata['_routing'] = operation.routing
    if (operation.version !== undefined) metadata['_version'] = operation.version
    const document = new IngestDocument(source, metadata, this.pipelines.timestamp())
    let pipelines = chosen
    let index = operation.index
    for (let turn = 0; ; turn++) {
      if (pipelines?.first !== undefined) this.pipelines.get(pipelines.first).run(document)
      if (document.dropped) return document
      const target = String(document.ctx['_index'])
      if (target !== index && turn < REROUTES) {
        // Another index has its own pipelines: after a reroute all, after a new `_index` the final one.
        const others = this.ofIndex(target)
        pipelines = document.rerouted ? others : { first: undefined, final: others?.final }
        document.rerouted = false
        index = target
        if (pipelines?.first !== undefined) continue
      }
      if (pipelines?.final !== undefined) {
        this.pipelines.get(pipelines.final).run(document)
        // A final pipeline is the last word on the index.
        document.ctx['_index'] = index
      }
      return document
    }
  }
}

function read(source: string | undefined): Value | undefined {
  if (source === undefined) return undefined
  try {
    return parseJson(source)
  } catch {
    return undefined
  }
}
