import { createInterface } from 'node:readline'

/** One line of standard input; on a terminal it asks first, where there is a prompt, and does not show what is typed. */
export function readSecret(prompt?: string): Promise<string> {
  const terminal = prompt !== undefined && process.stdin.isTTY === true
  if (terminal) process.stderr.write(prompt)
  const lines = createInterface({ input: process.stdin, terminal })
  return new Promise((resolve) => {
    let secret = ''
    lines.once('line', (line) => {
      secret = line
      lines.close()
    })
    lines.once('close', () => {
      if (terminal) process.stderr.write('\n')
      resolve(secret)
    })
  })
}
