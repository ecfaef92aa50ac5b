import type { PluginSpec } from '../define.ts'
import { csv } from './csv.ts'
import { elasticsearch } from './elasticsearch/index.ts'
import { email } from './email.ts'
import { file } from './file.ts'
import { http } from './http/index.ts'
import { kafka } from './kafka/index.ts'
import { nullOutput } from './null.ts'
import { pipe } from './pipe.ts'
import { pipeline } from './pipeline.ts'
import { stdout } from './stdout.ts'
import { syslog } from './syslog.ts'
import { tcp } from './tcp.ts'
import { udp } from './udp.ts'

/** Every output that ships. */
export const OUTPUTS: readonly Extract<PluginSpec, { kind: 'output' }>[] = [
  csv,
  elasticsearch,
  email,
  file,
  http,
  kafka,
  nullOutput,
  pipe,
  pipeline,
  stdout,
  syslog,
  tcp,
  udp,
]
