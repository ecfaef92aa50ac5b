import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '../free-port.ts'
import { ROOT } from './command.ts'

const folder = mkdtempSync(join(tmpdir(), 'vedetta-package-'))
const home = join(folder, 'app')
let packed: string[] = []
/** Why the package could not be installed: its dependencies come from the registry or npm's cache. */
let notInstalled: string | undefined
let server: ChildProcess | undefined

function npm(args: readonly string[], cwd: string): { status: number | null; stdout: string; stderr: string } {
  return spawnSync('npm', args, { cwd, encoding: 'utf8', timeout: 100_000 })
}

/** What a file says as a module of the installed package's user. */
function node(code: string): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, ['--input-type=module', '-e', code], { cwd: home, encoding: 'utf8' })
}

function npx(args: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync('npx', ['--no-install', 'vedetta', ...args], { cwd: home, encoding: 'utf8', timeout: 60_000 })
}

beforeAll(() => {
  mkdirSync(home)
  const pack = npm(['pack', '--json', '--silent', '--pack-destination', folder], ROOT)
  if (pack.status !== 0) throw new Error(pack.stderr)
  const [report] = Object.values(JSON.parse(pack.stdout.slice(pack.stdout.search(/^[[{]/m))) as object) as [
    { filename: string; files: { path: string }[] },
  ]
  packed = report.files.map(({ path }) => path).sort()
  writeFileSync(join(home, 'package.json'), JSON.stringify({ name: 'somebody', version: '1.0.0', private: true }))
  const tarball = join(folder, report.filename)
  const install = npm(['install', '--prefer-offline', '--no-audit', '--no-fund', tarball], home)
  if (install.status === 0) return
  if (!/ENOTFOUND|ECONNREFUSED|EAI_AGAIN|ETIMEDOUT|ENETUNREACH|network/.test(install.stderr))
    throw new Error(install.stderr)
  notInstalled = 'no registry can be reached'
}, 150_000)

afterAll(() => {
  server?.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

describe('the published package', () => {
  test('holds what it must, and neither tests nor sources', () => {
    for (const path of [
      'LICENSE',
      'NOTICE',
      'README.md',
      'docs/how-to/mail.md',
      'docs/reference/settings.md',
      'dist/cli/main.js',
      'dist/content/captures/nmap-p1-500.tcpdump.txt',
      'dist/content/pipelines/tcpdump.conf',
      'dist/content/watches/port_scan.json',
      'dist/pipeline/grok/index.d.ts',
      'dist/pipeline/runtime/pipeline-thread-entry.js',
      'package.json',
    ])
      expect(packed).toContain(path)
    expect(packed.filter((path) => !/^(dist|docs)\/|^(LICENSE|NOTICE|README\.md|package\.json)$/.test(path))).toEqual(
      [],
    )
    expect(
      packed.filter((path) => /\.test\.|(?<!\.d)\.ts$|\.map$|(^|\/)(test|bench|node_modules)\//.test(path)),
    ).toEqual([])
  })

  test('every path that it exports or runs is in it', () => {
    const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      bin: Record<string, string>
      exports: Record<string, string | Record<string, string>>
    }
    const named = [...Object.values(manifest.bin), ...Object.values(manifest.exports).flatMap((e) => Object.values(e))]
    const whole = Object.values(manifest.exports).filter((entry) => typeof entry === 'string')
    const paths = [...named.filter((path) => path.length > 1), ...whole]
    expect(paths.map((path) => path.replace('./', '')).filter((path) => !packed.includes(path))).toEqual([])
  })

  test('npx vedetta --help and --version answer', (context) => {
    context.skip(notInstalled !== undefined, notInstalled)
    expect(existsSync(join(home, 'node_modules', '.bin', 'vedetta'))).toBe(true)
    expect(npx(['--help'])).toMatchObject({ status: 0, stdout: expect.stringContaining('capture') })
    expect(npx(['--version'])).toMatchObject({ status: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) })
  })

  test('vedetta/grok and vedetta/script are imported by their names', (context) => {
    context.skip(notInstalled !== undefined, notInstalled)
    const grok = node(
      "import { createGrok } from 'vedetta/grok'; console.log(JSON.stringify(createGrok().compile('%{IP:a}').match('10.0.0.1')))",
    )
    expect(grok).toMatchObject({ status: 0, stdout: '{"a":"10.0.0.1"}\n' })
    const script = node(
      "import { compileScript } from 'vedetta/script'; console.log(compileScript({ source: '1 + 2' }, { context: 'painless_test' }).run({}))",
    )
    expect(script).toMatchObject({ status: 0, stdout: '3\n' })
  })

  test('npx vedetta start runs, npx vedetta alarm raises the alarm, and SIGINT ends it with 130', async (context) => {
    context.skip(notInstalled !== undefined, notInstalled)
    const shipped = join(home, 'node_modules', 'vedetta', 'dist', 'content', 'pipelines', 'tcpdump.conf')
    const pipelines = join(home, 'pipelines')
    mkdirSync(pipelines)
    // The shipped pipeline on a free port: 5001 may be somebody's.
    writeFileSync(
      join(pipelines, 'a.conf'),
      readFileSync(shipped, 'utf8').replace('port => 5001', `port => ${await freePort()}`),
    )
    const settings = ['http.port=0', 'path.data=data', 'path.pipelines=pipelines']
    const main = join(home, 'node_modules', '.bin', 'vedetta')
    const running = spawn(main, ['start', ...settings.flatMap((setting) => ['-E', setting])], { cwd: home })
    server = running
    const ended = new Promise((resolve) => running.once('exit', resolve))
    let said = ''
    const read = (text: string): void => void (said += text)
    running.stdout.setEncoding('utf8').on('data', read)
    running.stderr.setEncoding('utf8').on('data', read)
    await expect.poll(() => said).toContain('npx vedetta alarm --url http://127.0.0.1:')
    const url = /--url (\S+)/.exec(said)![1]!
    const alarm = npx(['alarm', '--url', url])
    expect(alarm).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^Detected portscan from .*alarm after /ms),
    })
    running.kill('SIGINT')
    expect(await ended).toBe(130)
  }, 60_000)
})
