import type { IncomingMessage } from 'node:http'
import { promisify } from 'node:util'
import { gunzip, inflate, inflateRaw } from 'node:zlib'

/** A request that is answered with a status alone. */
export class RequestError extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

const unpackGzip = promisify(gunzip)
const unpackZlib = promisify(inflate)
const unpackRaw = promisify(inflateRaw)

/**
 * The body of a request, unpacked and in UTF-8.
 * @param take called with the length of each piece before it is kept; it throws where there is no room.
 * @throws RequestError 413 where it is longer than `limit` bytes, 400 where it cannot be unpacked or breaks off.
 */
export async function readBody(
  request: IncomingMessage,
  limit: number,
  take: (bytes: number) => void,
): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > limit) throw tooLong(limit)
  const pieces: Buffer[] = []
  let length = 0
  try {
    for await (const piece of request) {
      length += (piece as Buffer).length
      if (length > limit) throw tooLong(limit)
      take((piece as Buffer).length)
      pieces.push(piece as Buffer)
    }
  } catch (error) {
    if (error instanceof RequestError) throw error
    throw new RequestError(400, `the request broke off: ${(error as Error).message}`)
  }
  const body = await unpack(Buffer.concat(pieces), request.headers['content-encoding'], limit)
  return toUtf8(body, request.headers['content-type'])
}

async function unpack(body: Buffer, encoding: string | undefined, limit: number): Promise<Buffer> {
  const options = { maxOutputLength: limit }
  try {
    switch (encoding?.trim().toLowerCase()) {
      case undefined:
      case '':
      case 'identity':
        return body
      case 'gzip':
      case 'x-gzip':
        return await unpackGzip(body, options)
      case 'deflate':
      case 'x-deflate':
        // Some clients leave the zlib header out.
        return (body[0]! & 0x0f) === 8 && body.length > 1 && body.readUInt16BE(0) % 31 === 0
          ? await unpackZlib(body, options)
          : await unpackRaw(body, options)
      default:
        throw new RequestError(415, `the content encoding '${encoding}' is not known`)
    }
  } catch (error) {
    if (error instanceof RequestError) throw error
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLong(limit)
    throw new RequestError(400, `the body cannot be unpacked: ${(error as Error).message}`)
  }
}

function tooLong(limit: number): RequestError {
  return new RequestError(413, `the body is longer than ${limit} bytes`)
}

function toUtf8(body: Buffer, contentType: string | undefined): Buffer {
  const charset = /;\s*charset\s*=\s*"?([^\s";]+)/i.exec(contentType ?? '')?.[1]
  if (charset === undefined || /^(?:utf-?8|us-ascii)$/i.test(charset)) return body
  try {
    return Buffer.from(new TextDecoder(charset).decode(body))
  } catch {
    // A name that nobody knows: the bytes are taken as UTF-8, as without one.
    return body
  }
}
