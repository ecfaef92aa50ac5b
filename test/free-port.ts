import { once } from 'node:events'
import { createServer } from 'node:net'

// Below the ports that the system gives to clients (32768 and up), a stretch for each process that runs tests: what the system calls
// free can be taken by another test file, or by a client, before the server that it is for listens.
const FIRST = 20_000
const STRETCH = 1000
const PROCESSES = 12
const start = FIRST + (Number(process.env['VITEST_POOL_ID'] ?? 0) % PROCESSES) * STRETCH
let next = process.pid % STRETCH

/** A port of loopback that nobody listens on, and that no other test is given. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = start + next
    next = (next + 1) % STRETCH
    if (await isFree(port)) return port
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  try {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
  } catch {
    return false
  }
  server.close()
  await once(server, 'close')
  return true
}
