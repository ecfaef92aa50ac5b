import type { Readable } from 'node:stream'
import type { Value } from '../../event/index.ts'

export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE'

/** A request as a route sees it: checked for safety, its parameters known. */
export interface RestRequest {
  readonly method: Method
  /** Path without the query, as sent. */
  readonly path: string
  /** Named parts of the route's path, decoded. */
  readonly params: Readonly<Record<string, string>>
  /** Parameters of the URL, decoded; the last wins where one is given twice. */
  readonly query: ReadonlyMap<string, string>
  readonly headers: Readonly<Record<string, string | undefined>>
  /** Who asks, where users exist. */
  readonly user?: string | undefined
  /** As what, where users exist. */
  readonly role?: string | undefined
  /** The peer's address, where the request came over a socket. */
  readonly address?: string | undefined
  /** Aborts when the client goes away. */
  readonly signal: AbortSignal
  /** The body as text, empty where there is none (or from the parameter `source`); for a route with `body: 'stream'` use `stream`. */
  readonly text: string
  /** The body, for a route with `body: 'stream'`: decompressed, its size limited. */
  readonly stream: Readable
  /** The body as a value; undefined where there is none. @throws DiagnosticError where it is not JSON. */
  json(): Value | undefined
}

/** `body` is a value written as JSON, or text as it is. */
export interface RestAnswer {
  readonly status?: number
  readonly body?: unknown
  /** `application/json` for a value, `text/plain; charset=UTF-8` for text, unless given. */
  readonly contentType?: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface Route {
  readonly method: Method | readonly Method[]
  /** `/:index/_search`; `:index([^_].*)` is a part that an expression limits. HEAD is answered wherever GET is, without the body. */
  readonly path: string
  /** The path of another route that asks for the same; who may use that one may use this one. */
  readonly means?: string
  /** Parameters of the URL it knows, beside those that every route has; others are refused by name. */
  readonly parameters?: readonly string[]
  /** `json` unless given: `stream` hands the body on as it comes (NDJSON). */
  readonly body?: 'json' | 'stream'
  handle(request: RestRequest): RestAnswer | Promise<RestAnswer>
}

/**
 * What serves routes. It owns what all of them share: safety, users, content types, `filter_path`, `pretty`,
 * unknown parameters and the shape of errors (a DiagnosticError's status and type on the wire).
 */
export interface Router {
  route(route: Route): void
}

/** Parameters that every route knows, as in Elasticsearch. */
export const COMMON_PARAMETERS = [
  'pretty',
  'human',
  'error_trace',
  'filter_path',
  'source',
  'source_content_type',
] as const
