import { readdirSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { pipelineServices } from '../../../test/pipeline-fixture.ts'
import { formatDiagnostic } from '../../diagnostic/index.ts'
import { checkPipelines } from './running.ts'

const FOLDER = fileURLToPath(new URL('../../../test/invalid/pipeline', import.meta.url))

const services = pipelineServices()

/** Each file begins with the messages that are expected for it, one line each. */
test.each(readdirSync(FOLDER))('%s', (file) => {
  const text = readFileSync(`${FOLDER}/${file}`, 'utf8')
  const expected = [...text.matchAll(/^# wantErr: (.*)$/gm)].map((match) => match[1])
  const definition = { id: 'main', sources: [{ name: basename(file), text }] }
  const problems = checkPipelines([definition], services, () => undefined)
  expect(problems.map((problem) => formatDiagnostic(problem))).toEqual(expected)
})
