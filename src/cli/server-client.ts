import { CommandError, EXIT } from './exit.ts'

export interface Answer {
  readonly status: number
  readonly body: unknown
}

/**
 * Requests to a running Vedetta.
 * @throws CommandError with status 3 where nothing answers.
 */
export class ServerClient {
  private readonly url: URL
  private readonly authorization: string | undefined

  /** `url` may carry user and password; they are sent as basic authentication and never printed. */
  constructor(url: string, { token }: { token: string | undefined } = { token: process.env['VEDETTA_TOKEN'] }) {
    try {
      this.url = new URL(url)
    } catch {
      throw new CommandError(`--url must be an address such as http://127.0.0.1:9200, got '${url}'`, EXIT.usage)
    }
    const { username, password } = this.url
    if (username !== '') {
      const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
      this.authorization = `Basic ${Buffer.from(pair).toString('base64')}`
      this.url.username = ''
      this.url.password = ''
    } else if (token !== undefined) {
      this.authorization = `Bearer ${token}`
    }
  }

  get address(): string {
    return this.url.origin
  }

  async request(method: string, path: string, body?: unknown): Promise<Answer> {
    const { status, text } = await this.text(method, path, body)
    try {
      return { status, body: text === '' ? null : JSON.parse(text) }
    } catch {
      return { status, body: text }
    }
  }

  /** The answer as it came, for documents whose numbers JSON.parse would round. */
  async text(method: string, path: string, body?: unknown): Promise<{ status: number; text: string }> {
    const headers: Record<string, string> = {}
    if (this.authorization !== undefined) headers['authorization'] = this.authorization
    if (body !== undefined) headers['content-type'] = 'application/json'
    let response: Response
    try {
      response = await fetch(new URL(path, this.url), {
        method,
        headers,
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      })
    } catch (error) {
      const cause = (error as { cause?: { code?: string } }).cause?.code ?? (error as Error).message
      throw new CommandError(
        `no Vedetta answers at ${this.address} (${cause}); start it with: npm start`,
        EXIT.unreachable,
      )
    }
    const text = await response.text()
    if (response.status === 401)
      throw new CommandError(`${this.address} asks for a user: --url http://USER:PASSWORD@HOST:PORT`)
    return { status: response.status, text }
  }
}
