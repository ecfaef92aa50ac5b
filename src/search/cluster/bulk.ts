import { randomBytes } from 'node:crypto'
import { isObject, stringifyJson, type Value, type ValueObject } from '../../event/index.ts'
import type { BulkItem, BulkOperation, ErrorCause } from '../store.ts'

/** An operation with its id, and whether the id is of our making. */
export interface Numbered {
  readonly operation: BulkOperation
  readonly id: string
  readonly generated: boolean
}

/**
 * Ids are made here, not by the cluster: a bulk whose answer was lost can then be sent again without making
 * documents twice.
 */
export function withIds(operations: readonly BulkOperation[]): Numbered[] {
  return operations.map((operation) => ({
    operation,
    id: operation.id ?? randomBytes(15).toString('base64url'),
    generated: operation.id === undefined,
  }))
}

export function lineOf({ operation, id }: Numbered): string {
  const metadata: Record<string, unknown> = { _index: operation.index, _id: id }
  if (operation.routing !== undefined) metadata['routing'] = operation.routing
  if (operation.ifSeqNo !== undefined) metadata['if_seq_no'] = operation.ifSeqNo
  if (operation.ifPrimaryTerm !== undefined) metadata['if_primary_term'] = operation.ifPrimaryTerm
  if (operation.version !== undefined) metadata['version'] = operation.version
  if (operation.versionType !== undefined) metadata['version_type'] = operation.versionType
  if (operation.requireAlias !== undefined) metadata['require_alias'] = operation.requireAlias
  if (operation.pipeline !== undefined) metadata['pipeline'] = operation.pipeline
  if (operation.requireDataStream !== undefined) metadata['require_data_stream'] = operation.requireDataStream
  const action = stringifyJson({ [operation.action]: metadata })
  return operation.source === undefined ? `${action}\n` : `${action}\n${oneLine(operation.source)}\n`
}

/** A document that was sent laid out over lines; a raw line end in JSON is only ever white space. */
function oneLine(source: string): string {
  return /[\n\r]/.test(source) ? source.replace(/[\n\r]+/g, ' ') : source
}

/** The item of an answer. `again`: it was sent before, and that answer was lost. */
export function itemOf(entry: Value | undefined, { operation, id, generated }: Numbered, again: boolean): BulkItem {
  const inner = isObject(entry) ? entry[operation.action] : undefined
  const base = { action: operation.action, index: operation.index, id }
  if (!isObject(inner)) {
    const error = { type: 'exception', reason: 'the cluster answered without this item' }
    return { ...base, status: 500, error }
  }
  const item = {
    ...base,
    index: String(inner['_index'] ?? operation.index),
    status: Number(inner['status'] ?? 500),
  }
  const error = inner['error']
  if (error !== undefined && error !== null) {
    if (again && generated && item.status === 409) return { ...item, status: 201, result: 'created' }
    return {
      ...item,
      error: isObject(error) ? (error as ValueObject & ErrorCause) : { type: 'exception', reason: String(error) },
    }
  }
  const repeated = again && generated && operation.action !== 'delete'
  return {
    ...item,
    status: repeated ? 201 : item.status,
    result: repeated ? 'created' : (String(inner['result']) as NonNullable<BulkItem['result']>),
    version: Number(inner['_version']),
    seqNo: Number(inner['_seq_no']),
    primaryTerm: Number(inner['_primary_term']),
  }
}
