import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { describe, expect, test } from 'vitest'
import { createProgram } from '../src/cli/program.ts'
import { OPEN_PREFIXES, SETTINGS } from '../src/settings/index.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const PAGES = ['README.md', 'CONTRIBUTING.md', ...filesBelow('docs').filter((path) => path.endsWith('.md'))]
const SOURCES = new Set(['src', 'test', 'scripts', 'bench'].flatMap(filesBelow).map((path) => path.split('/').at(-1)!))
const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> }
const program = createProgram()

function filesBelow(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)))
}

function textOf(page: string): string {
  return readFileSync(join(ROOT, page), 'utf8')
}

/** What stands between backticks in the running text. */
function codeOf(text: string): string[] {
  return [...text.replace(/^```[^]*?^```/gm, '').matchAll(/`([^`\n]+)`/g)].map(([, code]) => code!)
}

/** Lines of code blocks and of code in the text, without comments: where commands stand. */
function commandLinesOf(text: string): string[] {
  const blocks = [...text.matchAll(/^```(?:sh|console)?\n([^]*?)^```/gm)].flatMap(([, block]) => block!.split('\n'))
  return [...blocks, ...codeOf(text)].map((line) => line.replace(/\s#\s.*$/, ''))
}

function commandOf(names: readonly string[]): Command | undefined {
  let command: Command | undefined = program
  for (const name of names)
    command = command?.commands.find((child) => child.name() === name || child.aliases().includes(name))
  return command
}

/** `vedetta VERB ...` as it is written: what of it there is not. */
function faultsOf(line: string): string[] {
  return [...line.matchAll(/(?:^|[\s|(])vedetta ((?:-E \S+ )*)([a-z]+(?:-[a-z]+)*)\b((?: [^|)]*)?)/g)].flatMap(
    ([whole, , verb, rest]) => {
      const command = commandOf([verb!])
      if (command === undefined) return [`${whole.trim()}: no command '${verb}'`]
      const child = rest!.trim().split(/\s+/)[0] ?? ''
      const inner =
        command.commands.length > 0 && /^[a-z]+(?:-[a-z]+)*$/.test(child) ? commandOf([verb!, child]) : command
      if (inner === undefined) return [`${whole.trim()}: no command '${verb} ${child}'`]
      const known = [program, command, inner].flatMap(({ options }) => options.map(({ long }) => long))
      const flags = [...rest!.matchAll(/(?<=\s)--[a-z][\w.-]*/g)].map(([flag]) => flag)
      return flags
        .filter((flag) => !known.includes(flag) && flag !== '--help')
        .map((flag) => `${whole.trim()}: ${flag}`)
    },
  )
}

describe.each(PAGES)('%s', (page) => {
  const text = textOf(page)

  test('the paths of the repository that it names are there', () => {
    const named = codeOf(text).filter((code) => /^(?:src|test|docs|scripts|bench|\.ci)\/[\w./*-]*$/.test(code))
    expect(named.filter((path) => !existsSync(join(ROOT, path.replace(/\/?\*.*$/, ''))))).toEqual([])
    const sources = codeOf(text).filter((code) => /^[\w-]+\.(?:ts|mjs)$/.test(code))
    expect(sources.filter((name) => !SOURCES.has(name))).toEqual([])
  })

  test('its links lead somewhere', () => {
    const links = [...text.matchAll(/\]\(([^)\s#]+)[^)]*\)/g)].map(([, link]) => link!)
    const own = links.filter((link) => !/^[a-z]+:/.test(link))
    expect(own.filter((link) => !existsSync(join(ROOT, dirname(page), link)))).toEqual([])
  })

  test('its commands exist', () => {
    const lines = commandLinesOf(text)
    const runs = lines.flatMap((line) => [...line.matchAll(/\bnpm (?:run (\S+)|(start|test)\b)/g)])
    const names = runs.map(([, script, short]) => (script ?? short)!.replace(/[^\w:-].*$/, ''))
    expect(names.filter((name) => name !== '' && !(name in scripts))).toEqual([])
    expect(lines.flatMap(faultsOf)).toEqual([])
    const settings = lines.flatMap((line) => [...line.matchAll(/-E '?([a-z][\w.]*)=/g)].map(([, key]) => key!))
    const known = (key: string): boolean =>
      key in SETTINGS || Object.keys(OPEN_PREFIXES).some((prefix) => key.startsWith(prefix)) || key === 'key'
    expect(settings.filter((key) => !known(key))).toEqual([])
  })
})

test('a command that is not there would be found', () => {
  expect(faultsOf('vedetta frobnicate x')).toHaveLength(1)
  expect(faultsOf('npx vedetta watch frob x')).toHaveLength(1)
  expect(faultsOf('vedetta check --nope a.conf')).toHaveLength(1)
  expect(faultsOf('sudo tcpdump | nc; vedetta -E http.port=1 watch exec w --simulate')).toEqual([])
})
