import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fetchArtifact, javaHome } from './artifacts.ts'

/** The jar of Groovy 2.4, the version Elasticsearch 2.x embedded. @throws EngineUnavailable */
export async function groovyJar(): Promise<string> {
  return (await fetchArtifact('org.codehaus.groovy:groovy-all:2.4.21', { transitive: false })).files[0]!
}

/** Runs a Groovy script in a JVM of its own; gives what it printed. @throws Error with the JVM's message where it fails */
export async function runGroovy(source: string): Promise<string> {
  const java = javaHome(17, 11)
  const jar = await groovyJar()
  const folder = mkdtempSync(join(tmpdir(), 'vedetta-groovy-'))
  try {
    const file = join(folder, 'script.groovy')
    writeFileSync(file, source)
    const result = spawnSync(join(java, 'bin', 'java'), ['-cp', jar, 'groovy.ui.GroovyMain', file], {
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    })
    if (result.status !== 0) throw new Error(result.stderr)
    return result.stdout
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
