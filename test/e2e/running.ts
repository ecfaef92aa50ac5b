import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../free-port.ts'
import { MAIN, ROOT } from './command.ts'

export const CONTENT = join(ROOT, 'src', 'content')

/** A `vedetta start` of the built system in a process of its own. */
export interface Running {
  readonly url: string
  /** @returns the exit status; null where the signal ended it */
  kill(signal: NodeJS.Signals): Promise<number | null>
}

const children = new Set<ChildProcess>()
// A test file that fails or is interrupted leaves no server behind.
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL')
})

/** Resolves when it listens. @throws with what it said where it ends before. */
export async function start(settings: readonly string[]): Promise<Running> {
  const child = spawn(process.execPath, [MAIN, 'start', ...settings.flatMap((setting) => ['-E', setting])])
  children.add(child)
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  void ended.then(() => children.delete(child))
  const url = await new Promise<string>((resolve, reject) => {
    let output = ''
    const read = (text: string): void => {
      output += text
      const match = /listens on (http:[^\s,]+)/.exec(output)
      if (match !== null) resolve(match[1]!)
    }
    child.stdout.setEncoding('utf8').on('data', read)
    child.stderr.setEncoding('utf8').on('data', read)
    child.once('exit', (status) => reject(new Error(`ended with ${status}: ${output}`)))
  })
  return {
    url,
    kill(signal) {
      child.kill(signal)
      return ended
    },
  }
}

/** Ends every server that is still running; for `afterAll`, before its folder is removed. */
export async function killAll(): Promise<void> {
  await Promise.all(
    [...children].map((child) => {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGKILL')
      return ended
    }),
  )
}

/** The shipped tcpdump pipeline in a folder below `parent`, on a free port. */
export async function shippedPipelines(parent: string): Promise<{ path: string; port: number }> {
  const port = await freePort()
  const path = join(parent, `pipelines-${port}`)
  mkdirSync(path, { recursive: true })
  const shipped = readFileSync(join(CONTENT, 'pipelines', 'tcpdump.conf'), 'utf8')
  writeFileSync(join(path, 'tcpdump.conf'), shipped.replace('port => 5001', `port => ${port}`))
  return { path, port }
}
