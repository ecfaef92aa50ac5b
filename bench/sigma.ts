import { toValue, type ValueObject } from '../src/event/index.ts'
import { createSigmaDetector, parseRules, RuleSet } from '../src/detect/sigma/index.ts'

/** 3,000 rules over process events, and a value_count of 1,000,000 pairs; prints events per second and memory. */
const rulesText = Array.from(
  { length: 3000 },
  (_, n) => `title: rule ${n}
logsource: {product: windows, category: process_creation}
detection:
  image: {Image|endswith: ['\\tool${n}.exe', '\\other${n}.exe']}
  line: {CommandLine|contains|all: ['--flag${n}', 'value${n % 50}']}
  filter_x: {ParentImage|endswith: '\\parent${n % 20}.exe'}
  condition: image and line and not 1 of filter_*`,
).join('\n---\n')
const set = new RuleSet(parseRules({ name: 'bench', text: rulesText }).rules)
const processes = Array.from(
  { length: 2000 },
  (_, n) =>
    toValue({
      EventID: 1,
      Channel: 'Microsoft-Windows-Sysmon/Operational',
      Image: `C:\\Windows\\System32\\program${n % 300}.exe`,
      CommandLine: `"C:\\Program Files\\Vendor ${n}\\program.exe" --type=renderer --lang=en --id=${n * 7919} -file C:\\Users\\a\\x${n}.txt`,
      ParentImage: 'C:\\Windows\\explorer.exe',
      User: 'DOMAIN\\user',
    }) as ValueObject,
)
function rate(count: number, work: (index: number) => void): string {
  const start = performance.now()
  for (let i = 0; i < count; i++) work(i)
  return `${Math.round(count / ((performance.now() - start) / 1000)).toLocaleString('en')} events/s`
}
rate(20_000, (index) => set.match(processes[index % 2000]!))
console.log(`3,000 rules: ${rate(100_000, (index) => set.match(processes[index % 2000]!))}`)

const scan = parseRules({
  name: 'scan',
  text: `title: c
name: c
logsource: {category: firewall}
detection: {s: {dst_port|exists: true}, condition: s}
---
title: scan
logsource: {}
correlation: {type: value_count, rules: [c], group-by: [src_ip, dst_ip], timespan: 30s, condition: {gt: 50, field: dst_port}}`,
})
const detector = createSigmaDetector(scan.rules)
const event = (source: number, port: number, time: number) => {
  const fields = Object.assign(Object.create(null) as ValueObject, {
    src_ip: `10.${(source >> 16) & 255}.${(source >> 8) & 255}.${source & 255}`,
    dst_ip: '192.0.2.1',
    dst_port: port,
  })
  return { fields, time, index: 'b' }
}
console.log(`value_count, 1,000,000 pairs: ${rate(1_000_000, (n) => detector.see([event(n, n % 1000, n / 100)]))}`)
console.log(`memory: ${Math.round(process.memoryUsage().rss / 1e6)} MB, groups ${detector.stats['groups']}`)
const one = createSigmaDetector(scan.rules)
console.log(`one pair, 1,800 ports: ${rate(500_000, (n) => one.see([event(1, n % 1800, n / 100)]))}`)
