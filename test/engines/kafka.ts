import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { freePort } from '../free-port.ts'
import { fetchArtifact, javaHome } from './artifacts.ts'
import { giveToEngineUser, engineUser, launch, type Engine } from './process.ts'

const VERSION = '4.1.1'

/** The user of the listeners with SASL. */
export const KAFKA_USER = { username: 'logstash', password: 'verysecretpassword' } as const

export interface KafkaEngine extends Engine {
  /** `host:port` of each listener. */
  readonly plaintext: string
  readonly ssl: string
  readonly saslPlaintext: string
  readonly saslSsl: string
}

/** Certificates of the broker: PEM files. */
export interface KafkaCertificates {
  readonly ca: string
  readonly cert: string
  readonly key: string
}

/**
 * Starts Kafka 4.1 in KRaft mode, one broker that is its own controller, on free ports of 127.0.0.1: without and with TLS, without
 * and with SASL (PLAIN and SCRAM-SHA-256). A given `port` is that of the plain listener, so that it can come back where it was.
 *
 * @throws EngineUnavailable where Maven, Java 17 or later, or the artifacts cannot be had.
 */
export async function startKafka(certificates: KafkaCertificates): Promise<KafkaEngine> {
  const java = join(javaHome(17, 21, 25), 'bin', 'java')
  const jars = (await fetchArtifact(`org.apache.kafka:kafka_2.13:${VERSION}`)).files
  const logging = (await fetchArtifact('org.apache.logging.log4j:log4j-slf4j2-impl:2.24.3')).files
  const folder = mkdtempSync(join(tmpdir(), 'vedetta-kafka-'))
  // Its user may not read the folder of the artifacts.
  const libs = join(folder, 'libs')
  mkdirSync(libs)
  for (const file of [...logging, ...jars]) copyFileSync(file, join(libs, basename(file)))
  const classPath = join(libs, '*')
  const [plaintext, ssl, saslPlaintext, saslSsl, controller] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ]
  const { username, password } = KAFKA_USER
  const jaas = (module: string, more = ''): string =>
    `org.apache.kafka.common.security.${module}LoginModule required ${more};`
  const plain = jaas('plain.Plain', `user_${username}="${password}"`)
  const scram = jaas('scram.Scram')
  const settings = join(folder, 'server.properties')
  const sasl = ['sasl_plaintext', 'sasl_ssl'].flatMap((name) => [
    `listener.name.${name}.sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256`,
    `listener.name.${name}.plain.sasl.jaas.config=${plain}`,
    `listener.name.${name}.scram-sha-256.sasl.jaas.config=${scram}`,
  ])
  writeFileSync(
    settings,
    [
      'process.roles=broker,controller',
      'node.id=1',
      `controller.quorum.voters=1@127.0.0.1:${controller}`,
      `listeners=PLAINTEXT://127.0.0.1:${plaintext},SSL://127.0.0.1:${ssl},SASL_PLAINTEXT://127.0.0.1:${saslPlaintext},SASL_SSL://127.0.0.1:${saslSsl},CONTROLLER://127.0.0.1:${controller}`,
      'controller.listener.names=CONTROLLER',
      'inter.broker.listener.name=PLAINTEXT',
      'listener.security.protocol.map=PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT',
      `ssl.keystore.type=PEM`,
      `ssl.keystore.location=${join(folder, 'broker.pem')}`,
      `ssl.truststore.type=PEM`,
      `ssl.truststore.location=${join(folder, 'ca.pem')}`,
      ...sasl,
      `log.dirs=${join(folder, 'data')}`,
      'offsets.topic.replication.factor=1',
      'transaction.state.log.replication.factor=1',
      'transaction.state.log.min.isr=1',
      'group.initial.rebalance.delay.ms=0',
      'num.partitions=1',
    ].join('\n'),
  )
  const pem = spawnSync('sh', [
    '-c',
    `openssl pkcs8 -topk8 -nocrypt -in "$1" > "$4" && cat "$2" >> "$4" && cat "$3" > "$5"`,
    'sh',
    certificates.key,
    certificates.cert,
    certificates.ca,
    join(folder, 'broker.pem'),
    join(folder, 'ca.pem'),
  ])
  if (pem.status !== 0) throw new Error(`openssl failed: ${pem.stderr.toString()}`)
  giveToEngineUser(folder)
  const formatted = spawnSync(
    java,
    [
      '-cp',
      classPath,
      'kafka.tools.StorageTool',
      'format',
      '-t',
      'MkU3OEVBNTcwNTJENDM2Qg',
      '-c',
      settings,
      '--add-scram',
      `SCRAM-SHA-256=[name=${username},password=${password}]`,
    ],
    { encoding: 'utf8', cwd: folder, ...engineUser() },
  )
  if (formatted.status !== 0) throw new Error(`Kafka's storage was not made: ${formatted.stdout}${formatted.stderr}`)
  const engine = await launch({
    name: `Kafka ${VERSION}`,
    folder,
    command: java,
    args: ['-Xmx512m', '-cp', classPath, 'kafka.Kafka', settings],
    env: {},
    url: `127.0.0.1:${plaintext}`,
    ready: async () => (await answers(plaintext)) && (await answers(saslSsl)),
  })
  return Object.assign(engine, {
    plaintext: `127.0.0.1:${plaintext}`,
    ssl: `localhost:${ssl}`,
    saslPlaintext: `127.0.0.1:${saslPlaintext}`,
    saslSsl: `localhost:${saslSsl}`,
  })
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
