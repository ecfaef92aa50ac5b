// Grok lines a second on one core: the seed's line through its own filters' pattern, and a line of sshd.
import { createGrok, runEach } from '../src/pipeline/grok/index.ts'
import { runPipeline } from '../src/pipeline/index.ts'

const LINES = 200_000
const ROUNDS = 5

const SEED =
  '%{TCPD_TIMESTAMP:timestamp} IP %{IP:src_ip}\\.%{INT:src_port} > %{IP:dst_ip}\\.%{INT:dst_port}(?<payload>[^$]+)'

const CASES: readonly (readonly [string, string, (i: number) => string])[] = [
  [
    "the seed's grok",
    SEED,
    (i) =>
      `2016-02-09 13:51:09.${100_000 + (i % 900_000)} IP 192.168.1.${i % 250}.60805 > 192.168.1.1.${i % 500}: Flags [S], seq 2127832187, win 29200, options [mss 1460,sackOK,TS val 259965981 ecr 0,nop,wscale 7], length 0`,
  ],
  [
    'a failed login',
    '%{SYSLOG_HEAD} %{SSH_AUTH_3}',
    (i) => `Nov 26 12:15:04 zeus sshd[19571]: Failed password for ciro from 10.0.4.${i % 250} port 57961 ssh2`,
  ],
  [
    'combined access log',
    '%{COMBINEDAPACHELOG}',
    (i) =>
      `83.149.9.${i % 250} - - [17/May/2015:10:05:03 +0000] "GET /presentations/logstash-monitorama-2013/images/kibana-search.png HTTP/1.1" 200 203023 "http://semicomplete.com/" "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_9_1)"`,
  ],
]

for (const [name, source, line] of CASES) {
  const pattern = createGrok().compile(source)
  const lines = Array.from({ length: LINES }, (_, i) => line(i))
  let best = 0
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now()
    let matched = 0
    for (let from = 0; from < LINES; from += 500) {
      runEach(
        500,
        30_000,
        (index) => {
          if (pattern.exec(lines[from + index]!) !== null) matched++
        },
        () => undefined,
      )
    }
    if (matched !== LINES) throw new Error(`${name}: only ${matched} of ${LINES} matched`)
    best = Math.max(best, LINES / ((performance.now() - start) / 1000))
  }
  process.stdout.write(`${name}: ${Math.round(best).toLocaleString('en')} lines/s\n`)
}

const config = `filter { grok { match => { "message" => "${SEED}" } } }`
const lines = Array.from({ length: LINES / 4 }, (_, i) => CASES[0]![2](i))
let best = 0
for (let round = 0; round < ROUNDS; round++) {
  const start = performance.now()
  const events = await runPipeline(config, lines)
  if (events.some((event) => event.data['src_ip'] === undefined)) throw new Error('an event was not matched')
  best = Math.max(best, lines.length / ((performance.now() - start) / 1000))
}
process.stdout.write(
  `the seed's grok as a filter, events made and fields set: ${Math.round(best).toLocaleString('en')} events/s\n`,
)
