import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { extname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

const BASE = '/_vedetta/ui/'
const NONCE = '__VEDETTA_NONCE__'
/** Of the built package, and seen from the sources of a checkout. */
const PLACES = ['../console', '../../dist/console']

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.woff2': 'font/woff2',
}

interface ConsoleFile {
  readonly type: string
  readonly bytes: Buffer
  readonly packed: Buffer | undefined
}

/** Whether a browser opens `/`: everybody else is answered as by Elasticsearch. */
export function wantsConsole(request: IncomingMessage): boolean {
  return (
    request.method === 'GET' &&
    request.url?.split('?')[0] === '/' &&
    /(^|[\s,])text\/html\b/.test(request.headers.accept ?? '')
  )
}

/**
 * Serves the built console under /_vedetta/ui/. Any path in it without a file is a screen, so it is answered by the
 * page, whose scripts and styles carry a nonce of this one answer.
 */
export function registerConsoleFiles(app: FastifyInstance, folder = consoleFolder()): void {
  const files = folder === undefined ? new Map<string, ConsoleFile>() : readFiles(folder)
  const page = files.get('index.html')?.bytes.toString('utf8')
  const serve = (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const name = request.url.split('?')[0]!.slice(BASE.length)
    const file = name === 'index.html' ? undefined : files.get(name)
    if (file !== undefined) return sendFile(request, reply, file, name)
    if (page === undefined)
      return reply.status(404).type('text/plain; charset=utf-8').send('The console is not built; run: npm run build')
    if (/\.\w+$/.test(name)) return reply.status(404).type('text/plain; charset=utf-8').send('no such file')
    const nonce = randomBytes(16).toString('base64')
    return reply
      .header('content-security-policy', policy(nonce))
      .header('referrer-policy', 'no-referrer')
      .header('x-frame-options', 'DENY')
      .header('cross-origin-opener-policy', 'same-origin')
      .header('permissions-policy', 'camera=(), microphone=(), geolocation=()')
      .header('cache-control', 'no-store')
      .type(TYPES['.html']!)
      .send(page.replaceAll(NONCE, nonce))
  }
  // The router takes both forms for one; relative names in the page need the slash.
  app.get('/_vedetta/ui', (request, reply) =>
    request.url.split('?')[0]!.endsWith('/') ? serve(request, reply) : reply.redirect(BASE, 302),
  )
  app.get(`${BASE}*`, serve)
}

function policy(nonce: string): string {
  return [
    "default-src 'none'",
    `script-src 'self' 'nonce-${nonce}'`,
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ')
}

function sendFile(request: FastifyRequest, reply: FastifyReply, file: ConsoleFile, name: string): FastifyReply {
  // Names in assets/ carry a hash of their content.
  reply.header('cache-control', name.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache')
  reply.header('vary', 'accept-encoding').type(file.type)
  if (file.packed !== undefined && /\bgzip\b/.test(request.headers['accept-encoding'] ?? ''))
    return reply.header('content-encoding', 'gzip').send(file.packed)
  return reply.send(file.bytes)
}

function consoleFolder(): string | undefined {
  return PLACES.map((place) => fileURLToPath(new URL(place, import.meta.url))).find((path) =>
    existsSync(join(path, 'index.html')),
  )
}

function readFiles(folder: string): Map<string, ConsoleFile> {
  const files = new Map<string, ConsoleFile>()
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    const bytes = readFileSync(path)
    const type = TYPES[extname(entry.name)] ?? 'application/octet-stream'
    const packed = bytes.length > 1024 && !type.startsWith('font/') ? gzipSync(bytes) : undefined
    files.set(relative(folder, path).split(sep).join('/'), { type, bytes, packed })
  }
  return files
}
