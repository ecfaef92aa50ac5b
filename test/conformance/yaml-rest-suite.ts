import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { parse, parseAllDocuments } from 'yaml'
import { EngineUnavailable, enginesFolder } from '../engines/index.ts'
import { fetchArtifact } from '../engines/artifacts.ts'
import { readSections, type Section } from './yaml-sections.ts'

const ARTIFACT = 'org.elasticsearch:rest-api-spec:7.10.2'

export type { RestStep, Section } from './yaml-sections.ts'

/** How an API of the suite goes over the wire, as Elasticsearch describes it. */
export interface ApiDescription {
  readonly paths: readonly { path: string; methods: readonly string[]; parts: readonly string[] }[]
  readonly bulk: boolean
  readonly bodyRequired: boolean
}

export interface Suite {
  readonly sections: readonly Section[]
  readonly apis: ReadonlyMap<string, ApiDescription>
}

/**
 * Elasticsearch's own REST tests, and the descriptions of the APIs that they call.
 * @throws EngineUnavailable where the artifact cannot be had
 */
export async function loadSuite(): Promise<Suite> {
  const [jar] = (await fetchArtifact(ARTIFACT, { transitive: false })).files
  const folder = join(enginesFolder(), 'rest-api-spec-unpacked')
  if (!existsSync(folder)) {
    const making = `${folder}.${process.pid}.making`
    mkdirSync(making, { recursive: true })
    const unzip = spawnSync('unzip', ['-q', jar!, 'rest-api-spec/*', '-d', making], { encoding: 'utf8' })
    if (unzip.status !== 0)
      throw new EngineUnavailable(`unzip is needed to unpack the REST tests: ${unzip.error?.message ?? unzip.stderr}`)
    try {
      renameSync(making, folder)
    } catch {
      // Another process was first.
      rmSync(making, { recursive: true, force: true })
    }
  }
  const root = join(folder, 'rest-api-spec')
  return { sections: readFolder(join(root, 'test')), apis: readApis(join(root, 'api')) }
}

function readFolder(root: string): Section[] {
  const sections: Section[] = []
  for (const folder of readdirSync(root).sort()) {
    if (folder.endsWith('.asciidoc')) continue
    const path = join(root, folder)
    for (const file of readdirSync(path).sort()) {
      if (!file.endsWith('.yml')) continue
      const original = readFileSync(join(path, file), 'utf8')
      const broken = (
        parseAllDocuments(original, { uniqueKeys: false }) as readonly { readonly errors: readonly unknown[] }[]
      ).some(({ errors }) => errors.length > 0)
      const text = broken ? indented(original) : original
      sections.push(...readSections(text, folder, `${folder}/${file.slice(0, -4)}/`))
    }
  }
  return sections
}

/** Elasticsearch's reader does not mind how lines within brackets are indented; YAML does. */
function indented(text: string): string {
  let depth = 0
  return text
    .split('\n')
    .map((line) => {
      const within = depth > 0
      const bare = line.replaceAll(/"(?:[^"\\]|\\.)*"|'[^']*'|(?:^|\s)#.*$/g, '')
      for (const char of bare)
        if ('[{'.includes(char)) depth++
        else if (']}'.includes(char)) depth = Math.max(0, depth - 1)
      if (line.startsWith('---')) depth = 0
      return within ? ' '.repeat(40) + line : line
    })
    .join('\n')
}

interface ApiFile {
  readonly url: { paths: { path: string; methods: string[]; parts?: object; deprecated?: object }[] }
  readonly body?: { required?: boolean; serialize?: string }
}

function readApis(folder: string): Map<string, ApiDescription> {
  const apis = new Map<string, ApiDescription>()
  for (const file of readdirSync(folder)) {
    if (!file.endsWith('.json') || file.startsWith('_')) continue
    const [[name, { url, body }]] = Object.entries(parse(readFileSync(join(folder, file), 'utf8')) as object) as [
      [string, ApiFile],
    ]
    apis.set(name, {
      paths: url.paths.map(({ path, methods, parts = {} }) => ({ path, methods, parts: Object.keys(parts) })),
      bulk: body?.serialize === 'bulk',
      bodyRequired: body?.required === true,
    })
  }
  return apis
}
