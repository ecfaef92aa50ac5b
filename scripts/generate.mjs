// Writes docs/reference, docs/compatibility.md and the table of the README from the specs in the code and the cases of the
// conformance suites; with --check it only compares, and fails where a page is out of date.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { prepare, ROOT } from './prepare.mjs'

prepare()
// After the build: what they read is in dist.
const { settingsPage } = await import('./reference/settings.mjs')
const { errorsPage } = await import('./reference/errors.mjs')
const { pluginsPage } = await import('./reference/plugins.mjs')
const { watchesPage } = await import('./reference/watches.mjs')
const { rulesPage } = await import('./reference/rules.mjs')
const { commandsPage } = await import('./reference/commands.mjs')
const { compatibilityPage, compatibilitySummary } = await import('./reference/compatibility.mjs')

const PAGES = {
  'docs/reference/settings.md': settingsPage,
  'docs/reference/errors.md': errorsPage,
  'docs/reference/plugins.md': pluginsPage,
  'docs/reference/watches.md': watchesPage,
  'docs/reference/rules.md': rulesPage,
  'docs/reference/commands.md': commandsPage,
  'docs/compatibility.md': compatibilityPage,
  'README.md': readme,
}

const check = process.argv.includes('--check')
let outdated = 0
for (const [name, write] of Object.entries(PAGES)) {
  const path = join(ROOT, name)
  const text = write()
  if (existsSync(path) && readFileSync(path, 'utf8') === text) continue
  if (check) {
    console.error(`${name} is out of date; run: npm run generate`)
    outdated++
  } else {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }
}
process.exitCode = outdated === 0 ? 0 : 1

/** The README with its table of what is compatible. */
function readme() {
  const [begin, end] = ['<!-- compatibility: npm run generate -->\n', '<!-- end -->']
  const [before, rest] = readFileSync(join(ROOT, 'README.md'), 'utf8').split(begin)
  return `${before}${begin}\n${compatibilitySummary()}\n\n${end}${rest.split(end)[1]}`
}
