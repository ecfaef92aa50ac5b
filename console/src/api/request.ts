import { messages } from '../messages.ts'

/** What went wrong with a request, in words to show. `kind` chooses what the screen offers. */
export class ApiError extends Error {
  readonly kind: 'offline' | 'session' | 'forbidden' | 'refused' | 'server'
  readonly status: number

  constructor(kind: ApiError['kind'], status: number, message: string) {
    super(message)
    this.kind = kind
    this.status = status
  }
}

let csrf = ''
let onSessionEnd: () => void = () => {}
let onReach: (reached: boolean) => void = () => {}

export function setCsrf(token: string): void {
  csrf = token
}

/** Called when the server no longer knows the session, and with each change of whether it can be reached. */
export function watchConnection(sessionEnded: () => void, reached: (reached: boolean) => void): void {
  onSessionEnd = sessionEnded
  onReach = reached
}

export interface RequestOptions {
  readonly method?: string
  readonly body?: unknown
  readonly signal?: AbortSignal
  /** As it is, such as NDJSON. */
  readonly raw?: { readonly type: string; readonly text: string }
}

/** A request to the server of this page. @throws ApiError, or the signal's AbortError */
export async function request(path: string, options: RequestOptions = {}): Promise<Response> {
  const method = options.method ?? (options.body === undefined && options.raw === undefined ? 'GET' : 'POST')
  const headers: Record<string, string> = {}
  if (csrf !== '' && method !== 'GET') headers['x-vedetta-csrf'] = csrf
  if (options.body !== undefined) headers['content-type'] = 'application/json'
  if (options.raw !== undefined) headers['content-type'] = options.raw.type
  const body = options.raw?.text ?? (options.body === undefined ? undefined : JSON.stringify(options.body))
  let response: Response
  try {
    response = await fetch(path, {
      method,
      headers,
      credentials: 'same-origin',
      ...(body === undefined ? {} : { body }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    })
  } catch (error) {
    if (options.signal?.aborted === true) throw error
    onReach(false)
    throw new ApiError('offline', 0, messages.errors.offline)
  }
  onReach(true)
  if (response.ok) return response
  const reason = await reasonOf(response)
  if (response.status === 401 && path !== '/_vedetta/session') {
    onSessionEnd()
    throw new ApiError('session', 401, messages.errors.session)
  }
  if (response.status === 403) throw new ApiError('forbidden', 403, reason)
  if (response.status >= 500) throw new ApiError('server', response.status, `${messages.errors.server} ${reason}`)
  throw new ApiError('refused', response.status, reason)
}

export async function requestJson<T>(path: string, options: RequestOptions = {}): Promise<T> {
  const response = await request(path, options)
  return (await response.json()) as T
}

async function reasonOf(response: Response): Promise<string> {
  const text = await response.text().catch(() => '')
  try {
    const { error } = JSON.parse(text) as { error?: { reason?: string } | string }
    if (typeof error === 'string') return error
    if (error?.reason !== undefined) return error.reason
  } catch {
    // Not JSON: the text itself.
  }
  return text.slice(0, 500) || `HTTP ${response.status}`
}
