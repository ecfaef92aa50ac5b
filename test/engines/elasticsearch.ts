import { spawnSync } from 'node:child_process'
import { appendFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import { freePort } from '../free-port.ts'
import { fetchArtifact, javaHome } from './artifacts.ts'
import { engineUser, giveToEngineUser, launch, unpack, type Engine } from './process.ts'

const VERSION = '8.17.0'

/** The user of a secured Elasticsearch: the one the seed's output names. */
export const ELASTICSEARCH_USER = { username: 'logstash', password: 'verysecretpassword' } as const

/**
 * Starts Elasticsearch 8.17 on a free port of 127.0.0.1: the distribution for integration tests, without Painless.
 * With `secured` it speaks TLS (a certificate for localhost, signed by itself: `ca`) and knows {@link ELASTICSEARCH_USER}.
 * A given `port` lets it come back where it was.
 *
 * @throws EngineUnavailable where Maven, Java 17 or later, or the artifacts cannot be had.
 */
export async function startElasticsearch(
  options: { secured?: boolean; port?: number; owner?: number } = {},
): Promise<Engine> {
  const java = javaHome(17, 21)
  const [zip] = (
    await fetchArtifact(`org.elasticsearch.distribution.integ-test-zip:elasticsearch:${VERSION}:zip`, {
      transitive: false,
    })
  ).files
  const folder = unpack(zip!, 'elasticsearch')
  const home = join(folder, readdirSync(folder)[0]!)
  const port = options.port ?? (await freePort())
  const secured = options.secured === true
  appendFileSync(
    join(home, 'config', 'elasticsearch.yml'),
    `
cluster.name: vedetta-test
discovery.type: single-node
http.port: ${port}
transport.port: ${await freePort()}
network.host: 127.0.0.1
cluster.routing.allocation.disk.threshold_enabled: false
xpack.security.enabled: ${secured}
`,
  )
  const env = { ES_JAVA_HOME: java, ES_JAVA_OPTS: '-Xms1g -Xmx1g' }
  let ca: string | undefined
  if (secured) {
    ca = secure(home)
    giveToEngineUser(folder)
    const added = spawnSync(
      join(home, 'bin', 'elasticsearch-users'),
      ['useradd', ELASTICSEARCH_USER.username, '-p', ELASTICSEARCH_USER.password, '-r', 'superuser'],
      { env: { PATH: process.env['PATH'] ?? '', HOME: folder, ...env }, encoding: 'utf8', ...engineUser() },
    )
    if (added.status !== 0) throw new Error(`elasticsearch-users failed: ${added.stdout}${added.stderr}`)
  }
  const url = secured ? `https://localhost:${port}` : `http://127.0.0.1:${port}`
  return launch({
    name: `Elasticsearch ${VERSION}`,
    folder,
    command: join(home, 'bin', 'elasticsearch'),
    args: [],
    env,
    url,
    ...(ca === undefined ? {} : { ca }),
    ...(options.owner === undefined ? {} : { owner: options.owner }),
    ready: () => healthy(url, ca),
  })
}

function secure(home: string): string {
  const certificates = join(home, 'config', 'certs')
  mkdirSync(certificates)
  const made = spawnSync(
    'openssl',
    (
      'req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost ' +
      '-addext subjectAltName=DNS:localhost -addext basicConstraints=critical,CA:TRUE ' +
      `-keyout ${join(certificates, 'http.key')} -out ${join(certificates, 'http.crt')}`
    ).split(' '),
    { encoding: 'utf8' },
  )
  if (made.status !== 0) throw new Error(`openssl failed: ${made.stderr}`)
  appendFileSync(
    join(home, 'config', 'elasticsearch.yml'),
    `xpack.security.http.ssl.enabled: true
xpack.security.http.ssl.key: certs/http.key
xpack.security.http.ssl.certificate: certs/http.crt
`,
  )
  return readFileSync(join(certificates, 'http.crt'), 'utf8')
}

function healthy(url: string, ca: string | undefined): Promise<boolean> {
  if (ca === undefined)
    return fetch(`${url}/_cluster/health?wait_for_status=green&timeout=10s`).then((response) => response.ok)
  return new Promise((resolve, reject) => {
    const { username, password } = ELASTICSEARCH_USER
    const asked = request(
      `${url}/_cluster/health?wait_for_status=green&timeout=10s`,
      { ca, auth: `${username}:${password}` },
      (response) => {
        response.resume()
        resolve(response.statusCode === 200)
      },
    )
    asked.on('error', reject)
    asked.end()
  })
}
