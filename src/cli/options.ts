import { Option } from 'commander'

/** For options that may be given several times. */
export function collect(value: string, before: readonly string[]): string[] {
  return [...before, value]
}

/** `--url`, of commands that ask a running server. */
export function serverOption(): Option {
  return new Option('--url <url>', 'the running server').env('VEDETTA_URL').default('http://127.0.0.1:9200')
}
