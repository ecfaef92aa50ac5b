import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Plugin } from 'vite'

const PERMITTED = [
  'MIT',
  'ISC',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'Apache-2.0',
  '0BSD',
  'CC0-1.0',
  'Unlicense',
  'BlueOak-1.0.0',
]

/** Writes the licences of everything that is bundled beside it; another kind of licence fails the build. */
export function notices(): Plugin {
  return {
    name: 'vedetta-notices',
    generateBundle(_options, bundle) {
      const folders = new Set<string>()
      for (const output of Object.values(bundle)) {
        if (output.type !== 'chunk') continue
        for (const id of output.moduleIds) {
          const folder = packageOf(id)
          if (folder !== undefined) folders.add(folder)
        }
      }
      const texts = [...folders].sort().map((folder) => notice(folder, (problem) => this.error(problem)))
      this.emitFile({
        type: 'asset',
        fileName: 'third-party-notices.txt',
        source: `${texts.join(`\n${'-'.repeat(80)}\n`)}\n`,
      })
    },
  }
}

function packageOf(id: string): string | undefined {
  const match = /^\0?(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(id.split('?')[0]!)
  const folder = match?.[1]
  return folder !== undefined && existsSync(join(folder, 'package.json')) ? folder : undefined
}

function notice(folder: string, refuse: (problem: string) => never): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    name: string
    version: string
    license?: string
  }
  const names = (license ?? '').split(/ OR | AND |[()]/).filter((part) => part !== '')
  if (!names.some((part) => PERMITTED.includes(part)))
    refuse(`${name} ${version} has the licence '${license ?? 'none'}'`)
  const file = readdirSync(folder).find((entry) => /^licen[cs]e(\.|$)/i.test(entry))
  return `${name} ${version}, ${license}\n\n${file === undefined ? '' : readFileSync(join(dirname(join(folder, 'x')), file), 'utf8').trim()}`
}
