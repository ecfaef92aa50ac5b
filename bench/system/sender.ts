/**
 * A process of its own: `sender.js PORT EVENTS FIRST LAST`. It makes the lines, says `ready`, waits for a message and
 * writes them as fast as the socket takes them; says when it began and ended, in milliseconds since the epoch.
 */
import { once } from 'node:events'
import { connect } from 'node:net'
import { tcpdumpLines } from './traffic.ts'

const [port, events, first, last] = process.argv.slice(2).map(Number) as [number, number, number, number]
const BLOCK = 60_000
const blocks: Buffer[] = []
let text = ''
for (const line of tcpdumpLines(events, first, last)) {
  text += line
  if (text.length < BLOCK) continue
  blocks.push(Buffer.from(text, 'latin1'))
  text = ''
}
blocks.push(Buffer.from(text, 'latin1'))

const socket = connect(port, '127.0.0.1')
await once(socket, 'connect')
process.send!({ kind: 'ready' })
await once(process, 'message')
process.send!({ kind: 'began', at: performance.timeOrigin + performance.now() })
for (const block of blocks) if (!socket.write(block)) await once(socket, 'drain')
socket.end()
await once(socket, 'close')
process.send!({ kind: 'ended', at: performance.timeOrigin + performance.now() })
process.disconnect()
