import { once } from 'node:events'
import { connect } from 'node:net'
import { systemClock } from '../../../clock/index.ts'
import { CommandError } from '../../exit.ts'
import type { ServerClient } from '../../server-client.ts'
import { demoDay, type DayOptions, type Happening } from './day.ts'
import { asDocument, asSent } from './forms.ts'

const BULK = 1_000
const LINES = 500

interface Input {
  readonly type?: string
  readonly host: string
  readonly port: number
}

export interface DemoOutcome {
  readonly events: number
  /** Alerts that are open afterwards. */
  readonly alerts: number
}

/**
 * Sends a day of a small network to a running Vedetta: lines to the shipped pipelines where they listen, documents to its
 * bulk interface otherwise. Waits until it has come in.
 */
export async function loadDemo(client: ServerClient, options: DayOptions): Promise<DemoOutcome> {
  const happenings = demoDay(options)
  const inputs = await listening(client)
  const inputOf = (type: string): Input | undefined => inputs.find((input) => input.type === type)
  const [tcpdump, auth] = [inputOf('tcpdump'), inputOf('auth')]
  const before = await countOf(client)
  let sent: number
  if (tcpdump === undefined || auth === undefined) {
    sent = happenings.length
    await sendDocuments(client, happenings.map(asDocument))
  } else {
    sent = await sendLines(client, happenings, { tcpdump, auth })
  }
  await arrival(client, before + sent)
  const { total } = await answerOf<{ total: number }>(client, 'GET', '/_vedetta/alerts?status=open&size=0')
  return { events: sent, alerts: total }
}

/** The inputs, which a server that has just begun opens last. */
async function listening(client: ServerClient): Promise<readonly Input[]> {
  for (let left = 50; ; left--) {
    const { inputs } = await answerOf<{ inputs: Input[] }>(client, 'GET', '/_vedetta/status')
    if (inputs.length > 0 || left === 0) return inputs
    await systemClock.sleep(100)
  }
}

async function sendLines(
  client: ServerClient,
  happenings: readonly Happening[],
  inputs: { readonly tcpdump: Input; readonly auth: Input },
): Promise<number> {
  const lines = { tcpdump: [] as string[], auth: [] as string[] }
  const documents: { index: string; document: object }[] = []
  for (const sent of happenings.flatMap(asSent)) {
    if (sent.to === 'store') documents.push(sent)
    else lines[sent.to].push(sent.line)
  }
  await sendDocuments(client, documents)
  await writeLines(inputs.auth, lines.auth)
  await writeLines(inputs.tcpdump, lines.tcpdump)
  return documents.length + lines.auth.length + lines.tcpdump.length
}

async function writeLines({ host, port }: Input, lines: readonly string[]): Promise<void> {
  const socket = connect(port, host)
  try {
    await once(socket, 'connect')
    for (let at = 0; at < lines.length; at += LINES) {
      const text = `${lines.slice(at, at + LINES).join('\n')}\n`
      if (!socket.write(text)) await once(socket, 'drain')
    }
    socket.end()
    await once(socket, 'close')
  } catch (error) {
    throw new CommandError(`the input at ${host}:${port} does not take lines: ${(error as Error).message}`)
  }
}

async function sendDocuments(
  client: ServerClient,
  documents: readonly { readonly index: string; readonly document: object }[],
): Promise<void> {
  for (let at = 0; at < documents.length; at += BULK) {
    const body = documents
      .slice(at, at + BULK)
      .map(({ index, document }) => `{"create":{"_index":"${index}"}}\n${JSON.stringify(document)}\n`)
      .join('')
    const { errors } = await answerOf<{ errors: boolean }>(client, 'POST', '/_bulk', body)
    if (errors) throw new CommandError('some events of the demonstration were refused')
  }
}

const PATIENCE = 600

/** Waits until the store has as many events, or nothing more comes for a while. */
async function arrival(client: ServerClient, wanted: number): Promise<void> {
  let last = -1
  let still = 0
  for (;;) {
    const count = await countOf(client)
    if (count >= wanted) return
    still = count === last ? still + 1 : 0
    if (still > PATIENCE)
      throw new CommandError(`only ${count} of ${wanted} events came in; look at the log of the server`)
    last = count
    await systemClock.sleep(50)
  }
}

async function countOf(client: ServerClient): Promise<number> {
  return (await answerOf<{ count: number }>(client, 'GET', '/_count')).count
}

async function answerOf<T>(client: ServerClient, method: string, path: string, body?: unknown): Promise<T> {
  const { status, body: answer } = await client.request(method, path, body)
  if (status >= 300) throw new CommandError(`${method} ${path}: ${JSON.stringify(answer).slice(0, 500)}`)
  return answer as T
}
