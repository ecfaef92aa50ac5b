import type { PluginSpec } from '../define.ts'
import { beats, elasticAgent } from './beats/index.ts'
import { elasticsearch } from './elasticsearch/index.ts'
import { exec } from './command/exec.ts'
import { pipe } from './command/pipe.ts'
import { deadLetterQueue } from './dead-letter-queue.ts'
import { file } from './file/index.ts'
import { generator } from './generator.ts'
import { heartbeat } from './heartbeat.ts'
import { http } from './http/index.ts'
import { httpPoller } from './http-poller/index.ts'
import { journald } from './journald/index.ts'
import { kafka } from './kafka/index.ts'
import { pcap } from './pcap.ts'
import { pipeline } from './pipeline.ts'
import { stdin } from './stdin.ts'
import { syslog } from './syslog/index.ts'
import { tcp } from './tcp.ts'
import { udp } from './udp.ts'
import { unix } from './unix.ts'

/** Every input that ships. */
export const INPUTS: readonly Extract<PluginSpec, { kind: 'input' }>[] = [
  beats,
  deadLetterQueue,
  elasticAgent,
  elasticsearch,
  exec,
  file,
  generator,
  heartbeat,
  http,
  httpPoller,
  journald,
  kafka,
  pcap,
  pipe,
  pipeline,
  stdin,
  syslog,
  tcp,
  udp,
  unix,
]
