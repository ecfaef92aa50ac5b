import { toValue, type ValueObject } from '../src/event/index.ts'
import { parseRules, RuleSet } from '../src/detect/sigma/index.ts'

/** 3,000 rules over process events; prints events per second. */
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
