import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { hasSeed, ROOT, SEED, vedetta } from './command.ts'

const JSON_OUTPUT = 'output { stdout { codec => json_lines } }'
const CAPTURE = join(ROOT, 'src', 'content', 'captures', 'nmap-p1-500.tcpdump.txt')

/** The filter section of one of the seed's files, as it stands there. */
function filterOf(name: string): string {
  const text = readFileSync(join(SEED, name), 'utf8')
  return text.slice(text.indexOf('filter'), text.includes('\noutput') ? text.indexOf('\noutput') : undefined)
}

async function eventsOf(filter: string, lines: string): Promise<Record<string, unknown>[]> {
  const { status, stdout, stderr } = await vedetta(['run', '-e', `${filter}\n${JSON_OUTPUT}`], lines)
  expect([status, stderr]).toEqual([0, ''])
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}

describe.skipIf(!hasSeed)("the seed's files, verbatim (skipped where the folder is not beside the repository)", () => {
  test('a recorded scan becomes 500 events with 500 ports', async () => {
    const events = await eventsOf(filterOf('portscan.conf'), readFileSync(CAPTURE, 'utf8'))
    expect(events).toHaveLength(500)
    expect(new Set(events.map((event) => event['dst_port'])).size).toBe(500)
    const { '@timestamp': _time, host: _host, ...first } = events[0]!
    expect(first).toEqual({
      '@version': '1',
      timestamp: '2026-11-24 02:19:44.800166',
      src_ip: '10.77.0.2',
      src_port: '38785',
      dst_ip: '10.77.0.1',
      dst_port: '443',
      tags: ['network', 'tcp_connection_started'],
    })
  })

  test.each([
    [
      'Nov 26 12:15:04 zeus sshd[19571]: Failed password for ciro from 10.0.4.23 port 57961 ssh2',
      { src_user: 'ciro', src_ip: '10.0.4.23', auth_type: 'ssh2' },
      'auth_failure',
    ],
    [
      'Nov 26 12:15:09 zeus sshd[19571]: Accepted publickey for ann from 10.0.4.24 port 57962 ssh2: RSA SHA256:abc',
      { src_user: 'ann', src_ip: '10.0.4.24', auth_type: 'ssh2' },
      'auth_success',
    ],
  ])('%s', async (line, fields, tag) => {
    const [event] = await eventsOf(filterOf('logins.conf'), `${line}\n`)
    expect(event).toMatchObject(fields)
    expect([...(event!['tags'] as string[])].sort()).toEqual(['_grokparsefailure', tag])
  })

  test('check finds nothing wrong, and says what will be narrowed', async () => {
    const { status, stdout, stderr } = await vedetta(['check', join(SEED, 'portscan.conf'), join(SEED, 'logins.conf')])
    expect([status, stdout]).toEqual([0, 'Configuration OK\n'])
    expect(stderr).toContain('tcp input on 5001 listens on 127.0.0.1 only')
  })
})

describe('vedetta grok', () => {
  test('one JSON line for each line: the captured fields, or null', async () => {
    const { status, stdout } = await vedetta(['grok', '%{IP:client} %{NUMBER:size:int}'], '10.0.0.1 42\nnothing\n')
    expect(status).toBe(0)
    expect(stdout).toBe('{"client":"10.0.0.1","size":42}\nnull\n')
  })

  test('a pattern that is not there is named', async () => {
    const { status, stderr } = await vedetta(['grok', '%{IPP:x}'], '')
    expect(status).toBe(1)
    expect(stderr).toContain('pattern %{IPP} is not defined')
  })
})
