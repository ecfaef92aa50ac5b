import type { IncomingMessage } from 'node:http'
import { PassThrough, pipeline, type Readable, Transform, type TransformCallback } from 'node:stream'
import { createGunzip, createInflate } from 'node:zlib'
import { fail } from '../diagnostic/index.ts'
import { parseJson, type Value, withoutComments } from '../event/index.ts'

/** Elasticsearch's `http.max_content_length`. */
export const BODY_LIMIT = 100 * 1024 * 1024

const JSON_KIND =
  /^application\/(?:vnd\.elasticsearch\+)?(?:json|x-ndjson)\s*(?:;\s*(?:charset=(?:utf-8|"utf-8")|compatible-with=\d+)\s*)*;?$/i

/**
 * Only JSON is read, as a browser sends it to another site only after asking (a preflight, which we never grant).
 * @throws DiagnosticError with status 406, as Elasticsearch's
 */
export function checkContentType(contentType: string | undefined): void {
  if (contentType === undefined || !JSON_KIND.test(contentType.trim()))
    throw fail('rest.content_type', { type: (contentType ?? '').slice(0, 200) })
}

/** Whether a request brings a body, by its headers. */
export function hasBody(request: IncomingMessage): boolean {
  const { headers } = request
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

/**
 * The body of a request, decompressed. The limit holds before and after decompression: the stream fails with
 * `rest.too_large` where it is passed.
 */
export function bodyStream(request: IncomingMessage, limit: number = BODY_LIMIT): Readable {
  if (Number(request.headers['content-length'] ?? 0) > limit) throw fail('rest.too_large', { limit })
  const encoding = (request.headers['content-encoding'] ?? 'identity').toLowerCase()
  const limiter = new Limiter(limit)
  const ended = (): void => {}
  if (encoding === 'identity') pipeline(request, limiter, ended)
  else if (encoding === 'gzip' || encoding === 'x-gzip') pipeline(request, createGunzip(), limiter, ended)
  else if (encoding === 'deflate') pipeline(request, createInflate(), limiter, ended)
  else throw fail('rest.content_encoding', { encoding: encoding.slice(0, 40) })
  return limiter
}

export function emptyStream(): Readable {
  const stream = new PassThrough()
  stream.end()
  return stream
}

/** The whole body as text; invalid UTF-8 becomes U+FFFD. */
export async function bodyText(stream: Readable): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  const bytes = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
  return bytes.toString('utf8')
}

class Limiter extends Transform {
  private readonly limit: number
  private seen = 0

  constructor(limit: number) {
    super()
    this.limit = limit
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.seen += chunk.length
    if (this.seen > this.limit) done(fail('rest.too_large', { limit: this.limit }))
    else done(null, chunk)
  }
}

/**
 * As in Elasticsearch comments may stand between values.
 * @throws DiagnosticError (400) for what is not JSON
 */
export function readJson(text: string): Value {
  try {
    return parseJson(text)
  } catch (error) {
    const bare = withoutComments(text)
    if (bare !== text) return readJson(bare)
    throw fail('rest.json', { reason: (error as Error).message })
  }
}
