import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** Why an engine cannot be had here; a suite that needs it is skipped with this one line. */
export class EngineUnavailable extends Error {
  constructor(reason: string) {
    super(reason)
    this.name = 'EngineUnavailable'
  }
}

/** Where artifacts are kept between runs; `VEDETTA_ENGINES` names another folder. */
export function enginesFolder(): string {
  return process.env['VEDETTA_ENGINES'] ?? join(homedir(), '.cache', 'vedetta', 'engines')
}

/** A Maven coordinate: `group:artifact:version`, with `:type` where it is no jar. */
export type Coordinate = string

/**
 * The files of an artifact and all it depends on, in a folder of their own. What was fetched once is not
 * asked for again; a folder appears only when it is complete.
 *
 * @throws EngineUnavailable without Maven, or where the artifact cannot be fetched.
 */
export async function fetchArtifact(
  coordinate: Coordinate,
  options: { transitive?: boolean } = {},
): Promise<{ folder: string; files: string[] }> {
  const [group, artifact, version, type = 'jar'] = coordinate.split(':') as [string, string, string, string?]
  const folder = join(enginesFolder(), `${artifact}-${version}-${group.split('.').at(-1)}`)
  if (!existsSync(folder)) {
    const making = `${folder}.${process.pid}.making`
    rmSync(making, { recursive: true, force: true })
    mkdirSync(making, { recursive: true })
    const pom = join(making, 'pom.xml')
    writeFileSync(
      pom,
      `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>` +
        `<groupId>vedetta</groupId><artifactId>engines</artifactId><version>1</version><packaging>pom</packaging>` +
        `<dependencies><dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId>` +
        `<version>${version}</version><type>${type}</type></dependency></dependencies></project>`,
    )
    const exclude = options.transitive === false ? ['-DexcludeTransitive=true'] : []
    try {
      await runMaven([
        '-q',
        '-B',
        '-f',
        pom,
        'dependency:copy-dependencies',
        `-DoutputDirectory=${join(making, 'files')}`,
        '-DincludeScope=runtime',
        ...exclude,
      ])
      renameSync(making, folder)
    } catch (error) {
      rmSync(making, { recursive: true, force: true })
      if (!existsSync(folder)) throw error
    }
  }
  const files = join(folder, 'files')
  return {
    folder: files,
    files: readdirSync(files)
      .sort()
      .map((name) => join(files, name)),
  }
}

function runMaven(args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const maven = spawn('mvn', args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [maven.stdout, maven.stderr]) stream.on('data', (chunk: Buffer) => (output += String(chunk)))
    maven.on('error', (error) =>
      reject(new EngineUnavailable(`Maven (mvn) is needed to fetch real engines: ${error.message}`)),
    )
    maven.on('close', (code) => {
      if (code === 0) return resolve()
      const line = output.split('\n').find((text) => text.includes('ERROR')) ?? output.slice(-300)
      reject(new EngineUnavailable(`an engine could not be fetched: ${line.trim()}`))
    })
  })
}

/** The Java home of one of these major versions, the first found winning. */
export function javaHome(...majors: readonly number[]): string {
  const root = '/usr/lib/jvm'
  const homes = existsSync(root) ? readdirSync(root) : []
  for (const major of majors) {
    const named = new RegExp(`(^|[^0-9])${major}([^0-9]|$)`)
    const home = homes.find((name) => named.test(name) && existsSync(join(root, name, 'bin', 'java')))
    if (home !== undefined) return join(root, home)
  }
  throw new EngineUnavailable(`Java ${majors.join(' or ')} is not installed below ${root}`)
}
