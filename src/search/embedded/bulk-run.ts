import {
  isObject,
  newObject,
  parseJson,
  readJson,
  stringifyJson,
  type Value,
  type ValueObject,
} from '../../event/index.ts'
import { DiagnosticError, fail } from '../../diagnostic/index.ts'
import { mapDocument } from '../dsl/index.ts'
import type { BulkItem, BulkOperation, ErrorCause } from '../store.ts'
import { runUpdateScript, updateScript } from '../update-script.ts'
import { checkUpdate, mergeDocument } from './document-update.ts'
import { checkStreamOperation, checkTimestamp, type DataStream } from './data-streams.ts'
import { checkBlock } from './index-blocks.ts'
import type { IdGenerator } from './id-generator.ts'
import { checkRouting, isReached, routingOf, routingThrough, withRouting } from './routing.ts'
import { RecordWriter } from './operation-record.ts'
import type { Location, StoredIndex } from './stored-index.ts'

export interface BulkHost {
  readonly ids: IdGenerator
  /** The index that a write goes to, made where it is not there. */
  writeTarget(operation: BulkOperation): StoredIndex
  /** The data stream that an index is behind. */
  streamOf(index: string): DataStream | undefined
  /** The same, undefined where it would have to be made. */
  existingTarget(name: string): StoredIndex | undefined
  /** The routing that an alias gives. */
  aliasRouting(name: string): string | undefined
  monotonic(): number
  /** Milliseconds since the epoch. */
  now(): number
  /** The body of a stored script. */
  storedScript(id: string): Value | undefined
}

interface Change {
  readonly index: StoredIndex
  readonly id: string
  readonly added: Location | undefined
  readonly removed: Location | undefined
}

const PRIMARY_TERM = 1
/** How long a deleted document's version is remembered, as `index.gc_deletes`. */
const DELETES_REMEMBERED = 60_000
const DELETES_LIMIT = 10_000
const LONGEST_ID = 512

/**
 * Applies operations to the live segments and collects their journal record. All is visible at once;
 * where the record cannot be made durable, `undo` takes it back.
 */
export class BulkRun {
  readonly record = new RecordWriter()
  readonly touched = new Set<StoredIndex>()
  private readonly changes: Change[] = []
  private readonly host: BulkHost
  private lastName = ''
  private routed = { name: '', routing: undefined as string | undefined }
  /** Of the document at hand, so that a refusal names a generated id too. */
  private key = ''
  private lastIndex: StoredIndex | undefined
  private lastStream: DataStream | undefined

  constructor(host: BulkHost) {
    this.host = host
  }

  apply(given: BulkOperation): BulkItem {
    this.key = given.id ?? ''
    try {
      const operation = this.withAliasRouting(given)
      // Where there are ingest pipelines, documents have been through theirs before they come here.
      if (operation.pipeline !== undefined && operation.pipeline !== '_none')
        throw fail('bulk.argument', { reason: `pipeline with id [${operation.pipeline}] does not exist` })
      switch (operation.action) {
        case 'index':
        case 'create':
          return this.write(operation)
        case 'update':
          return this.update(operation)
        case 'delete':
          return this.remove(operation)
      }
    } catch (error) {
      if (!(error instanceof DiagnosticError)) throw error
      if (this.lastIndex !== undefined) this.lastIndex.counters.failed++
      const { action, index } = given
      return {
        action,
        index: this.lastIndex?.name ?? index,
        id: this.key,
        status: error.http.status,
        error: errorCause(error),
      }
    }
  }

  private withAliasRouting(operation: BulkOperation): BulkOperation {
    const { index, routing: given } = operation
    if (this.routed.name !== index) this.routed = { name: index, routing: this.host.aliasRouting(index) }
    const { routing } = this.routed
    return routing === undefined ? operation : { ...operation, routing: routingThrough(index, routing, given) }
  }

  private target(operation: BulkOperation): StoredIndex {
    const { index, requireAlias, requireDataStream } = operation
    if (
      requireAlias === true ||
      requireDataStream === true ||
      index !== this.lastName ||
      this.lastIndex?.dropped !== false
    ) {
      this.lastIndex = undefined
      this.lastIndex = this.host.writeTarget(operation)
      this.lastName = index
      this.lastStream = this.host.streamOf(this.lastIndex.name)
    }
    if (this.lastIndex.closed) throw fail('index.closed', { index: this.lastIndex.name })
    if (this.lastIndex.blocks.size > 0) checkBlock(this.lastIndex, 'write')
    if (this.lastStream !== undefined)
      checkStreamOperation(operation, index !== this.lastIndex.name, this.lastStream.allowCustomRouting)
    return this.lastIndex
  }

  /** The index of an operation that makes none; undefined where there is none. */
  private existing(operation: BulkOperation): StoredIndex | undefined {
    if (operation.requireAlias === true || operation.requireDataStream === true) return this.target(operation)
    const index = this.host.existingTarget(operation.index)
    if (index === undefined) return undefined
    if (index.closed) throw fail('index.closed', { index: index.name })
    checkBlock(index, 'write')
    this.lastIndex = index
    this.lastName = operation.index
    this.lastStream = this.host.streamOf(index.name)
    if (this.lastStream !== undefined && operation.index !== index.name)
      checkStreamOperation(operation, true, this.lastStream.allowCustomRouting)
    return index
  }

  private write(operation: BulkOperation): BulkItem {
    const { action, source } = operation
    if (source === undefined) throw fail('bulk.validation', { reason: 'source is missing' })
    const { id } = operation
    if (id === undefined && (operation.ifSeqNo !== undefined || operation.version !== undefined))
      throw fail('bulk.validation', {
        reason: 'an id must be provided if version type or value are set',
      })
    const index = this.target(operation)
    if (id !== undefined) checkId(id)
    checkRouting(index, id ?? '', operation.routing)
    checkVersionType(operation)
    const document = parsed(source, readJson)
    if (this.lastStream !== undefined) checkTimestamp(document)
    const item = this.put(index, operation, id, document, source, (existing) => {
      if (action === 'create' && existing !== undefined)
        throw fail('document.conflict', {
          id: id!,
          reason: `document already exists (current version [${versionOf(existing)}])`,
        })
      checkConcurrency(operation, index, existing)
    })
    return isObject(document) ? Object.assign(item, { document }) : item
  }

  /** Maps, records and adds a document; `check` refuses by the copy that is there. */
  private put(
    index: StoredIndex,
    operation: BulkOperation,
    id: string | undefined,
    document: Value,
    source: string,
    check?: (existing: Location | undefined) => void,
    routing = operation.routing,
  ): BulkItem {
    const key = id ?? this.host.ids.next()
    this.key = key
    const mapped = mapDocument(index.mapping, document, key)
    const existing = id === undefined ? undefined : index.locate(id)
    check?.(existing)
    if (mapped.update !== undefined) index.mapping = mapped.update
    const version = this.versionFor(index, operation, key, id === undefined ? undefined : existing)
    const seqNo = index.nextSeqNo++
    const { start, length } = this.record.document(index.uuid, index.name, key, seqNo, version, source, routing)
    const { live } = index
    const added = live.add(key, version, seqNo, withRouting(mapped.fields, routing), this.record.holder, start, length)
    existing?.segment.delete(existing.document)
    this.touched.add(index)
    this.changes.push({ index, id: key, added: { segment: live, document: added }, removed: existing })
    index.counters.indexed++
    const created = existing === undefined
    return {
      action: operation.action,
      index: index.name,
      id: key,
      status: created ? 201 : 200,
      result: created ? 'created' : 'updated',
      version,
      seqNo,
      primaryTerm: PRIMARY_TERM,
    }
  }

  private versionFor(index: StoredIndex, operation: BulkOperation, id: string, existing: Location | undefined): number {
    if (isExternal(operation)) return operation.version!
    if (existing !== undefined) return versionOf(existing) + 1
    if (index.deletedVersions.size === 0) return 1
    const deleted = index.deletedVersions.get(id)
    index.deletedVersions.delete(id)
    return deleted === undefined || deleted.until < this.host.monotonic() ? 1 : deleted.version + 1
  }

  private update(operation: BulkOperation): BulkItem {
    const { id } = operation
    if (id === undefined || id === '') throw fail('bulk.validation', { reason: 'id is missing' })
    if (operation.version !== undefined)
      throw fail('bulk.validation', {
        reason:
          'internal versioning can not be used for optimistic concurrency control. Please use `if_seq_no` and `if_primary_term` instead',
      })
    checkId(id)
    const body = checkUpdate(parsed(operation.source ?? '{}', parseJson))
    const index = body.upsert === undefined ? this.existing(operation) : this.target(operation)
    if (index !== undefined) checkRouting(index, id, operation.routing)
    const found = index?.locate(id)
    const existing = found !== undefined && isReached(index!, id, operation.routing, found) ? found : undefined
    if (index === undefined || existing === undefined) {
      if (body.upsert === undefined || index === undefined) throw fail('document.missing', { id })
      if (operation.ifSeqNo !== undefined) checkConcurrency(operation, index, existing, id)
      if (body.script !== undefined && body.scriptedUpsert) {
        const made = this.runScript(body.script, { _index: index.name, _id: id, op: 'create', _source: body.upsert })
        if (made['op'] !== 'create' && made['op'] !== 'index') return noop(index, id, undefined)
        return this.putScripted(index, operation, id, made)
      }
      return this.put(index, operation, id, body.upsert, stringifyJson(body.upsert))
    }
    checkConcurrency(operation, index, existing)
    const routing = operation.routing ?? routingOf(existing)
    const old = parsed(existing.segment.source(existing.document), parseJson)
    if (!isObject(old)) throw fail('document.not_object')
    if (body.script !== undefined) {
      const changed = this.runScript(body.script, {
        _index: index.name,
        _id: id,
        _version: versionOf(existing),
        op: 'index',
        _source: old,
      })
      if (changed['op'] === 'delete') return { ...this.remove({ ...operation, action: 'delete' }), action: 'update' }
      // What is no operation changes nothing, as in Elasticsearch.
      if (changed['op'] !== 'index' && changed['op'] !== 'create') return noop(index, id, existing)
      return this.putScripted(index, operation, id, changed, routing)
    }
    const { merged, changed } = mergeDocument(old, body.doc!)
    if (!changed && body.detectNoop) return noop(index, id, existing)
    return this.put(index, operation, id, merged, stringifyJson(merged), undefined, routing)
  }

  private runScript(script: Value, context: Record<string, Value>): ValueObject {
    const found = updateScript(script, (id) => this.host.storedScript(id))
    return runUpdateScript(found, Object.assign(newObject(), context, { _now: Math.floor(this.host.now()) }))
  }

  private putScripted(
    index: StoredIndex,
    operation: BulkOperation,
    id: string,
    context: ValueObject,
    routing = operation.routing,
  ): BulkItem {
    const source = context['_source']
    if (!isObject(source)) throw fail('document.not_object')
    const text = stringifyJson(source)
    return this.put(index, operation, id, parsed(text, parseJson), text, undefined, routing)
  }

  private remove(operation: BulkOperation): BulkItem {
    const { id } = operation
    if (id === undefined || id === '') throw fail('bulk.validation', { reason: 'id is missing' })
    checkId(id)
    checkVersionType(operation)
    const index = this.existing(operation)
    if (index === undefined) throw fail('index.not_found', { index: operation.index })
    checkRouting(index, id, operation.routing)
    const found = index.locate(id)
    const existing = found !== undefined && isReached(index, id, operation.routing, found) ? found : undefined
    checkConcurrency(operation, index, existing, id)
    if (existing === undefined) {
      const seqNo = index.nextSeqNo++
      return {
        action: 'delete',
        index: index.name,
        id,
        status: 404,
        result: 'not_found',
        version: isExternal(operation) ? operation.version! : 1,
        seqNo,
        primaryTerm: PRIMARY_TERM,
      }
    }
    const version = isExternal(operation) ? operation.version! : versionOf(existing) + 1
    const seqNo = index.nextSeqNo++
    this.record.deletion(index.uuid, index.name, id, seqNo, version)
    existing.segment.delete(existing.document)
    rememberDeletion(index, id, version, this.host.monotonic())
    index.counters.deleted++
    this.touched.add(index)
    this.changes.push({ index, id, added: undefined, removed: existing })
    return {
      action: 'delete',
      index: index.name,
      id,
      status: 200,
      result: 'deleted',
      version,
      seqNo,
      primaryTerm: PRIMARY_TERM,
    }
  }

  /** Takes everything back, newest first, but what a later write has already replaced. */
  undo(): void {
    for (const { index, id, added, removed } of this.changes.reverse()) {
      if (added !== undefined) {
        const now = current(added)
        if (now === undefined || now.segment.isDeleted(now.document)) continue
        now.segment.delete(now.document)
      } else if (index.locate(id) !== undefined) continue
      const before = removed === undefined ? undefined : current(removed)
      before?.segment.restore(before.document)
      index.deletedVersions.delete(id)
    }
  }
}

/** Where a document is now, after sealing and merging. */
function current(location: Location): Location | undefined {
  let { segment, document } = location
  while (segment.successor !== undefined) {
    const number = segment.successor.number(document)
    if (number === undefined) return undefined
    ;({ segment } = segment.successor)
    document = number
  }
  return { segment, document }
}

function noop(index: StoredIndex, id: string, existing: Location | undefined): BulkItem {
  index.counters.noopUpdates++
  return {
    action: 'update',
    index: index.name,
    id,
    status: 200,
    result: 'noop',
    version: existing === undefined ? 1 : versionOf(existing),
    seqNo: existing === undefined ? 0 : existing.segment.seqNo(existing.document),
    primaryTerm: PRIMARY_TERM,
  }
}

function versionOf({ segment, document }: Location): number {
  return segment.version(document)
}

function rememberDeletion(index: StoredIndex, id: string, version: number, now: number): void {
  index.deletedVersions.set(id, { version, until: now + DELETES_REMEMBERED })
  for (const [oldest, { until }] of index.deletedVersions) {
    if (until >= now && index.deletedVersions.size <= DELETES_LIMIT) break
    index.deletedVersions.delete(oldest)
  }
}

function parsed(source: string, parse: (text: string) => Value): Value {
  try {
    return parse(source)
  } catch (error) {
    throw fail('document.json', { reason: error instanceof Error ? error.message : String(error) })
  }
}

function checkId(id: string): void {
  if (id === '') throw fail('bulk.argument', { reason: 'if _id is specified it must not be empty' })
  const bytes = Buffer.byteLength(id)
  if (bytes > LONGEST_ID)
    throw fail('bulk.validation', {
      reason: `id [${id.slice(0, 100)}] is too long, must be no longer than ${LONGEST_ID} bytes but was: ${bytes}`,
    })
}

function isExternal({ versionType }: BulkOperation): boolean {
  return versionType === 'external' || versionType === 'external_gte'
}

function checkVersionType(operation: BulkOperation): void {
  const { version, ifSeqNo, ifPrimaryTerm } = operation
  if ((ifSeqNo === undefined) !== (ifPrimaryTerm === undefined))
    throw fail('bulk.validation', {
      reason: `ifSeqNo is ${ifSeqNo === undefined ? 'unassigned' : 'set'}, but primary term is [${ifPrimaryTerm ?? 0}]`,
    })
  if (isExternal(operation)) {
    if (version === undefined || !Number.isSafeInteger(version) || version < 0)
      throw fail('bulk.validation', {
        reason: `illegal version value [${version ?? -3}] for version type [${operation.versionType!.toUpperCase()}]`,
      })
    if (version > 2 ** 48 - 1) throw fail('bulk.validation', { reason: `version must be below 2^48, got [${version}]` })
    if (operation.action === 'create')
      throw fail('bulk.validation', {
        reason: `create operations only support internal versioning. use index instead`,
      })
    if (ifSeqNo !== undefined)
      throw fail('bulk.validation', { reason: 'compare and write operations can not use versioning' })
  } else if (version !== undefined)
    throw fail('bulk.validation', {
      reason:
        'internal versioning can not be used for optimistic concurrency control. Please use `if_seq_no` and `if_primary_term` instead',
    })
}

function checkConcurrency(
  operation: BulkOperation,
  index: StoredIndex | undefined,
  existing: Location | undefined,
  id = operation.id!,
): void {
  const { ifSeqNo, ifPrimaryTerm, version } = operation
  if (ifSeqNo !== undefined) {
    const required = `required seqNo [${ifSeqNo}], primary term [${ifPrimaryTerm ?? PRIMARY_TERM}].`
    if (existing === undefined) throw fail('document.conflict', { id, reason: `${required} but no document was found` })
    const seqNo = existing.segment.seqNo(existing.document)
    if (seqNo !== ifSeqNo || (ifPrimaryTerm ?? PRIMARY_TERM) !== PRIMARY_TERM)
      throw fail('document.conflict', {
        id,
        reason: `${required} current document has seqNo [${seqNo}] and primary term [${PRIMARY_TERM}]`,
      })
  }
  if (!isExternal(operation)) return
  const current = existing === undefined ? index?.deletedVersions.get(id)?.version : versionOf(existing)
  if (current === undefined) return
  if (operation.versionType === 'external' ? current >= version! : current > version!)
    throw fail('document.conflict', {
      id,
      reason: `current version [${current}] is higher ${operation.versionType === 'external' ? 'or equal to ' : 'than '}the one provided [${version}]`,
    })
}

/** An error as an item of a bulk answer carries it. */
export function errorCause(error: DiagnosticError): ErrorCause {
  const { message, hint, code } = error.diagnostics[0]!
  const cause: ErrorCause = { type: error.http.type, reason: message }
  if (hint === undefined || !code.startsWith('document.')) return cause
  return {
    ...cause,
    caused_by: {
      type: code === 'document.json' ? 'x_content_parse_exception' : 'illegal_argument_exception',
      reason: hint,
    },
  }
}
