import { copyFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { basename, join } from 'node:path'
import { freePort } from '../free-port.ts'
import { fetchArtifact, javaHome } from './artifacts.ts'
import { launch, unpack, type Engine } from './process.ts'

const VERSION = '3.3.0'

/** The integration-test distribution is a whole node without modules: these are what the suites need. */
const MODULES = [
  { artifact: 'lang-painless', extended: [] },
  { artifact: 'ingest-common', extended: ['lang-painless'] },
  { artifact: 'lang-mustache-client', extended: [] },
  { artifact: 'reindex-client', extended: [] },
  { artifact: 'analysis-common', extended: ['lang-painless'] },
  { artifact: 'mapper-extras-client', extended: [] },
] as const

/**
 * Starts OpenSearch 3.3 with Painless, ingest, mustache, reindex and analysis on a free port of 127.0.0.1,
 * without security. It takes about 15 s and 1 GB of heap.
 *
 * @throws EngineUnavailable where Maven, Java 21 or later, or the artifacts cannot be had.
 */
export async function startOpenSearch(options: { owner?: number } = {}): Promise<Engine> {
  const java = javaHome(25, 24, 23, 22, 21)
  const [zip] = (
    await fetchArtifact(`org.opensearch.distribution.integ-test-zip:opensearch:${VERSION}:zip`, { transitive: false })
  ).files
  const modules = []
  for (const module of MODULES)
    modules.push({ ...module, ...(await fetchArtifact(`org.opensearch.plugin:${module.artifact}:${VERSION}`)) })

  const folder = unpack(zip!, 'opensearch')
  const home = join(folder, readdirSync(folder)[0]!)
  const inLib = new Set(readdirSync(join(home, 'lib')))
  for (const module of modules) {
    const name = module.artifact.replace(/-client$/, '')
    const target = join(home, 'modules', name)
    if (existsSync(target)) continue
    mkdirSync(target, { recursive: true })
    for (const file of module.files) {
      // An extended module's classes come from that module's class loader.
      const fromOther = module.extended.some((other) => basename(file).startsWith(other))
      if (!inLib.has(basename(file)) && !fromOther) copyFileSync(file, join(target, basename(file)))
    }
    writeFileSync(
      join(target, 'plugin-descriptor.properties'),
      descriptor(name, module, mainClass(module.files, module.artifact)),
    )
  }
  const port = await freePort()
  writeFileSync(
    join(home, 'config', 'opensearch.yml'),
    `cluster.name: vedetta-test
discovery.type: single-node
http.port: ${port}
transport.port: ${await freePort()}
network.host: 127.0.0.1
cluster.routing.allocation.disk.threshold_enabled: false
script.max_compilations_rate: 100000/1m
ingest.grok.watchdog.max_execution_time: 5s
`,
  )
  const url = `http://127.0.0.1:${port}`
  return launch({
    name: `OpenSearch ${VERSION}`,
    folder,
    command: join(home, 'bin', 'opensearch'),
    args: [],
    env: { OPENSEARCH_JAVA_HOME: java, JAVA_HOME: java, OPENSEARCH_JAVA_OPTS: '-Xms1g -Xmx1g' },
    url,
    ready: async () => (await fetch(`${url}/_cluster/health?wait_for_status=green&timeout=10s`)).ok,
    ...options,
  })
}

function descriptor(name: string, module: { extended: readonly string[] }, classname: string): string {
  return (
    `name=${name}\ndescription=${name}\nversion=${VERSION}\nopensearch.version=${VERSION}\njava.version=21\n` +
    `classname=${classname}\n${module.extended.length === 0 ? '' : `extended.plugins=${module.extended.join(',')}\n`}`
  )
}

/** The plugin class of the module's own jar. */
function mainClass(files: readonly string[], artifact: string): string {
  const jar = files.find((file) => basename(file) === `${artifact}-${VERSION}.jar`)
  const listing = spawnSync('unzip', ['-Z1', jar ?? ''], { encoding: 'utf8' }).stdout
  const entry = listing.split('\n').find((name) => name.endsWith('ModulePlugin.class'))
  if (entry === undefined) throw new Error(`no plugin class in ${artifact}: ${files.join(', ')}`)
  return entry.replace(/\.class$/, '').replaceAll('/', '.')
}
