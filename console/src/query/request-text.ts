/** A request as it is typed: its method and path on a line, its body below. */
export interface TypedRequest {
  readonly method: string
  readonly path: string
  readonly body: string
  readonly type: string
  /** As typed. */
  readonly text: string
}

const HEAD = /^\s*(GET|POST|PUT|DELETE|HEAD|PATCH)\s+(\S+)\s*$/i

/** The request at a place of a text that holds several; undefined where the place is before the first. */
export function requestAt(text: string, position: number): TypedRequest | undefined {
  const lines = text.split('\n')
  let line = text.slice(0, position).split('\n').length - 1
  while (line >= 0 && !HEAD.test(lines[line]!)) line--
  if (line < 0) line = lines.findIndex((one) => HEAD.test(one))
  const head = HEAD.exec(lines[line] ?? '')
  if (head === null) return undefined
  let end = line + 1
  while (end < lines.length && !HEAD.test(lines[end]!)) end++
  const body = lines
    .slice(line + 1, end)
    .filter((one) => !/^\s*(#|\/\/)/.test(one))
    .join('\n')
    .trim()
  const path = head[2]!.startsWith('/') ? head[2]! : `/${head[2]!}`
  // Several JSON values, a line each, are what _bulk and _msearch take.
  const many = /\/_(bulk|msearch)(\/template)?(\?|$)/.test(path)
  const method = head[1]!.toUpperCase()
  return {
    // A browser sends no body with GET; whatever takes one by GET takes it by POST.
    method: method === 'GET' && body !== '' ? 'POST' : method,
    path,
    body: many && body !== '' ? `${body}\n` : body,
    type: many ? 'application/x-ndjson' : 'application/json',
    text: lines.slice(line, end).join('\n').trim(),
  }
}
