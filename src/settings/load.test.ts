import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { DiagnosticError } from '../diagnostic/index.ts'
import { loadSettings } from './load.ts'

const folder = mkdtempSync(join(tmpdir(), 'vedetta-settings-'))
afterAll(() => rmSync(folder, { recursive: true }))

function file(text: string): string {
  const path = join(folder, `${Math.abs(text.length * 7919)}.yml`)
  writeFileSync(path, text)
  return path
}

function messages(read: () => unknown): string[] {
  try {
    read()
  } catch (error) {
    if (error instanceof DiagnosticError) return error.message.replaceAll(`${folder}/`, '').split('\n')
    throw error
  }
  return []
}

describe('settings', () => {
  test('defaults serve where nothing is given', () => {
    const { values } = loadSettings({ environment: {} })
    expect(values['http.host']).toBe('127.0.0.1')
    expect(values['http.port']).toBe(9200)
    expect(values['store.aliases']).toEqual(['es-server:9200'])
  })

  test('the command line wins over the environment, which wins over the file', () => {
    const config = file('http:\n  port: 1\n  host: ::1\nlog.level: debug\n')
    const environment = { VEDETTA_HTTP_PORT: '2', VEDETTA_HTTP_HOST: '127.0.0.2' }
    const { values, origin } = loadSettings({ config, environment, overrides: ['http.port=3'] })
    expect(values['http.port']).toBe(3)
    expect(values['http.host']).toBe('127.0.0.2')
    expect(values['log.level']).toBe('debug')
    expect([origin.get('http.port'), origin.get('http.host'), origin.get('log.level')]).toEqual([
      '-E',
      'environment',
      config,
    ])
  })

  test('${NAME:default} is filled in parsed values, never in comments', () => {
    const config = file('# ${NOT_SET}\ninputs.host: ${WHERE:127.0.0.9}\npath.data: "/x/${SUB}"\n')
    const { values } = loadSettings({ config, environment: { SUB: 'a: b' } })
    expect(values['inputs.host']).toBe('127.0.0.9')
    expect(values['path.data']).toBe('/x/a: b')
  })

  test('every problem is named with its place', () => {
    const config = file('http.prot: 9200\nhttp.port: many\nstore:\n  type: clustr\npath.data: ${GONE}\n')
    const found = messages(() => loadSettings({ config, environment: {} }))
    expect(found).toHaveLength(4)
    expect(found[0]).toMatch(/\.yml:1:12: there is no setting 'http\.prot'; did you mean "http\.port"\?$/)
    expect(found[1]).toMatch(/\.yml:2:12: 'http\.port' must be an integer from 0 to 65535, got "many"$/)
    expect(found[2]).toMatch(/\.yml:4:9: 'store\.type' must be one of "embedded", "cluster", got "clustr"$/)
    expect(found[3]).toMatch(/\.yml:5:12: 'path\.data' uses \$\{GONE\}/)
  })

  test('a secret is not shown when it is wrong', () => {
    const config = file('store.password: [hunter2]\n')
    expect(messages(() => loadSettings({ config, environment: {} })).join()).not.toContain('hunter2')
  })

  test('mail accounts keep their own keys', () => {
    const config = file('xpack.notification.email.account.work:\n  smtp:\n    host: mail.example.org\n    port: 25\n')
    const { open } = loadSettings({ config, environment: {} })
    expect(open.get('xpack.notification.email.account.work.smtp.host')).toBe('mail.example.org')
  })
})
