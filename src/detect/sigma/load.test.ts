import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { formatDiagnostic } from '../../diagnostic/index.ts'
import { loadRules } from './index.ts'

const RULE = 'logsource: {product: x}\ndetection: {s: {a: 1}, condition: s}\n'

test('a folder is read with all below in the order of names, without what is hidden; a file that cannot be read is named', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vedetta-rules-'))
  try {
    for (const below of ['a', '.git', 'looks-like.yml']) mkdirSync(join(folder, below))
    writeFileSync(join(folder, 'z.yml'), `title: z\n${RULE}`)
    writeFileSync(join(folder, 'a', 'b.yaml'), `title: b\n${RULE}`)
    writeFileSync(join(folder, '.git', 'c.yml'), `title: c\n${RULE}`)
    writeFileSync(join(folder, 'd.txt'), `title: d\n${RULE}`)
    const { rules, problems } = loadRules([folder])
    expect(problems).toEqual([])
    expect(rules.map(({ title }) => title)).toEqual(['b', 'z'])

    symlinkSync(join(folder, 'nowhere'), join(folder, 'broken.yml'))
    const broken = loadRules([folder])
    expect(broken.rules.map(({ title }) => title)).toEqual(['b', 'z'])
    expect(broken.problems.map((problem) => formatDiagnostic(problem))).toEqual([
      expect.stringContaining("broken.yml' cannot be read"),
    ])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
