import type { PluginSpec } from '../define.ts'
import { elasticsearch } from './elasticsearch/index.ts'
import { file } from './file.ts'
import { http } from './http/index.ts'
import { kafka } from './kafka/index.ts'
import { nullOutput } from './null.ts'
import { pipeline } from './pipeline.ts'
import { stdout } from './stdout.ts'
import { tcp } from './tcp.ts'
import { udp } from './udp.ts'

/** Every output that ships. */
export const OUTPUTS: readonly Extract<PluginSpec, { kind: 'output' }>[] = [
  elasticsearch,
  file,
  http,
  kafka,
  nullOutput,
  pipeline,
  stdout,
  tcp,
  udp,
]
