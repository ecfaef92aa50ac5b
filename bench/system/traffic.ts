/** Lines as `tcpdump -n -tttt` prints them: 5,000 hosts open connections to 50, and one of them scans. */
export function* tcpdumpLines(events: number, firstMicros: number, lastMicros: number): Generator<string> {
  let state = 42
  const random = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
  const ports = [80, 443, 22, 53, 8080, 25, 993, 3306]
  for (let i = 0; i < events; i++) {
    const scan = i % 1000 === 0
    const source = scan ? '203.0.113.9' : `10.1.${random(20)}.${random(250)}`
    const target = `192.168.1.${scan ? 7 : random(50)}`
    const port = scan ? (i / 1000) % 500 : ports[random(ports.length)]!
    const time = localTime(firstMicros + Math.floor(((lastMicros - firstMicros) * i) / events))
    yield `${time} IP ${source}.${1024 + random(64_000)} > ${target}.${port}: Flags [S], seq ${random(2 ** 32)}, win 29200, options [mss 1460,sackOK,TS val ${random(2 ** 32)} ecr 0,nop,wscale 7], length 0\n`
  }
}

let minute = -1
let minuteText = ''

function localTime(micros: number): string {
  const of = Math.floor(micros / 60_000_000)
  if (of !== minute) {
    const date = new Date(of * 60_000)
    const two = (value: number): string => String(value).padStart(2, '0')
    minute = of
    minuteText = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}:`
  }
  const rest = micros - of * 60_000_000
  return `${minuteText}${(rest / 1e6).toFixed(6).padStart(9, '0')}`
}
