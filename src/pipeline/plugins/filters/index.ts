import type { PluginSpec } from '../define.ts'
import { alter } from './alter.ts'
import { anonymize } from './anonymize.ts'
import { bytes } from './bytes.ts'
import { cidr } from './cidr.ts'
import { clone } from './clone.ts'
import { csv } from './csv.ts'
import { date } from './date.ts'
import { deDot } from './de-dot.ts'
import { dissect } from './dissect.ts'
import { dns } from './dns/index.ts'
import { drop } from './drop.ts'
import { elapsed } from './elapsed.ts'
import { elasticsearch } from './elasticsearch/index.ts'
import { extractNumbers } from './extract-numbers.ts'
import { fingerprint } from './fingerprint.ts'
import { flows } from './flows.ts'
import { geoip } from './geoip/index.ts'
import { grok } from './grok.ts'
import { http } from './http/index.ts'
import { jdbcStatic } from './jdbc/jdbc-static.ts'
import { jdbcStreaming } from './jdbc/jdbc-streaming.ts'
import { json } from './json.ts'
import { jsonEncode } from './json-encode.ts'
import { kv } from './kv/index.ts'
import { memcached } from './memcached/index.ts'
import { metrics } from './metrics/index.ts'
import { mutate } from './mutate/index.ts'
import { prune } from './prune.ts'
import { range } from './range.ts'
import { script } from './script.ts'
import { sleep } from './sleep.ts'
import { split } from './split.ts'
import { syslogPri } from './syslog-pri.ts'
import { throttle } from './throttle.ts'
import { tld } from './tld.ts'
import { translate } from './translate/index.ts'
import { truncate } from './truncate.ts'
import { urldecode } from './urldecode.ts'
import { useragent } from './useragent/index.ts'
import { javaUuid, uuid } from './uuid.ts'
import { xml } from './xml/index.ts'

/** Every filter that ships. */
export const FILTERS: readonly Extract<PluginSpec, { kind: 'filter' }>[] = [
  grok,
  mutate,
  date,
  drop,
  clone,
  split,
  json,
  kv,
  csv,
  dissect,
  fingerprint,
  flows,
  translate,
  urldecode,
  uuid,
  javaUuid,
  script,
  truncate,
  bytes,
  cidr,
  prune,
  throttle,
  sleep,
  syslogPri,
  geoip,
  useragent,
  dns,
  xml,
  tld,
  memcached,
  elasticsearch,
  http,
  deDot,
  jsonEncode,
  elapsed,
  range,
  alter,
  extractNumbers,
  anonymize,
  metrics,
  jdbcStreaming,
  jdbcStatic,
]
