/**
 * The console in a browser over many events and alerts: how long until each screen shows them, how smoothly a table scrolls,
 * how soon a key has its effect, on this machine and with its processor slowed down six times.
 * `npm run bench -- console [EVENTS] [ALERTS]`, with chromium installed.
 */
import { spawnSync } from 'node:child_process'
import { chromium, type Page } from 'playwright-core'
import { quantile, System } from './system/server.ts'

const EVENTS = Number(process.argv[2] ?? 1_000_000)
const ALERTS = Number(process.argv[3] ?? 100_000)
const BULK = 5_000
const HOUR = 3_600_000
/** Of the processor: a slow laptop or a phone. */
const SLOWDOWN = 6
/** Of the fifty rules of the alerts. */
const HALF = Array.from({ length: 25 }, (_, at) => `rule-${at}`).join()

const executablePath = spawnSync('sh', ['-c', 'command -v chromium']).stdout.toString().trim()
if (executablePath === '') throw new Error('there is no chromium; apt-get install chromium')
await using system = await System.start()
const url = `http://127.0.0.1:${system.httpPort}`
const end = Date.now()

await fill(EVENTS, 'vedetta-bench', (at) => ({
  '@timestamp': new Date(end - HOUR + (at * HOUR) / EVENTS).toISOString(),
  source: { ip: '10.9.8.7' },
  destination: { ip: `10.0.${(at >> 8) & 255}.${at & 255}`, port: (at * 7_919) % 65_536 },
  network: { transport: 'tcp' },
  message: `connection ${at}`,
}))
await fill(ALERTS, '.vedetta-alerts-bench', (at) => ({
  '@timestamp': new Date(end - HOUR + (at * HOUR) / ALERTS).toISOString(),
  rule: { id: `rule-${at % 50}`, name: `Rule ${at % 50}` },
  event: { kind: 'alert', reason: `alert ${at}` },
  vedetta: {
    alert: {
      status: 'open',
      severity: 'medium',
      level: 2,
      episode: 'active',
      updated: end,
      entity: { field: 'source.ip', value: `10.1.${(at >> 8) & 255}.${at & 255}` },
    },
  },
}))

const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
const page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
page.setDefaultTimeout(120_000)
// The first visit loads the scripts; it is not what is measured.
await page.goto(`${url}/_vedetta/ui/setup`)
await page.getByRole('heading', { level: 1 }).waitFor()

const range = `from=${new Date(end - HOUR).toISOString()}&to=${new Date(end).toISOString()}`
await measured(`events: ${EVENTS} in range, to histogram and first rows`, async () => {
  await page.goto(`${url}/_vedetta/ui/events?${range}`)
  await page.locator('[role=row][aria-rowindex]').first().waitFor()
  await page.locator('.uplot canvas').waitFor()
})
await measured('events: a brush over a tenth of them, to new rows', async () => {
  const before = await page.getByRole('status').first().textContent()
  const box = (await page.locator('.u-over').boundingBox())!
  await page.mouse.move(box.x + box.width * 0.5, box.y + 20)
  await page.mouse.down()
  await page.mouse.move(box.x + box.width * 0.6, box.y + 20)
  await page.mouse.up()
  await page.waitForFunction((text) => document.querySelector('[role=status]')?.textContent !== text, before)
})
console.log(`events: scrolling, ms a frame: ${await scroll(page)}`)
await measured(`scan view: ${EVENTS} connections, to the last one drawn`, async () => {
  await page.goto(`${url}/_vedetta/ui/scan?ip=10.9.8.7&${range}`)
  await page.waitForFunction((count) => Number(document.querySelector('canvas')?.dataset['painted']) >= count, EVENTS)
})
console.log(`scan view: painting all points: ${await page.locator('canvas').first().getAttribute('data-millis')} ms`)
await measured(`alerts: ${ALERTS} open, grouped by rule and entity`, async () => {
  await page.goto(`${url}/_vedetta/ui/alerts?${range}`)
  await page.locator('tr[data-cursor]').first().waitFor()
})
await page.goto(`${url}/_vedetta/ui/alerts?${range}&rule=${HALF}`)
const half = (ALERTS / 2).toLocaleString('en')
await measured(`alerts: ${half} closed by a query`, async () => {
  await page.getByRole('button', { name: `Close all ${half} matching …` }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Closed' }).click()
  await page.getByText(`${half} alerts changed.`).waitFor()
})
await measured('alerts: they are put back', async () => {
  await page.getByRole('button', { name: 'Undo' }).click()
  await page.getByText(`${half} alerts put back.`).waitFor()
})
await page.goto(`${url}/_vedetta/ui/alerts?${range}`)
await page.locator('tr[data-cursor]').first().waitFor()
console.log(`keyboard tour, ms from a key to what it shows (INP): ${await tour(page)}`)
const devtools = await page.context().newCDPSession(page)
await devtools.send('Emulation.setCPUThrottlingRate', { rate: SLOWDOWN })
await page.goto(`${url}/_vedetta/ui/alerts?${range}`)
await page.locator('tr[data-cursor]').first().waitFor()
console.log(`the same, processor ${SLOWDOWN} times slower: ${await tour(page)}`)
await browser.close()

async function measured(what: string, work: () => Promise<void>): Promise<void> {
  const began = performance.now()
  await work()
  console.log(`${what}: ${Math.round(performance.now() - began)} ms`)
}

async function fill(count: number, index: string, documentOf: (at: number) => object): Promise<void> {
  for (let at = 0; at < count; at += BULK) {
    const lines = Array.from(
      { length: Math.min(BULK, count - at) },
      (_, i) => `{"create":{"_index":"${index}"}}\n${JSON.stringify(documentOf(at + i))}\n`,
    )
    const headers = { 'content-type': 'application/x-ndjson' }
    const answer = await fetch(`${url}/_bulk`, { method: 'POST', headers, body: lines.join('') })
    if (((await answer.json()) as { errors: boolean }).errors) throw new Error('a bulk was refused')
  }
}

/** Through the table by screens, a frame each. */
async function scroll(page: Page): Promise<string> {
  const frames = await page.evaluate(async () => {
    const table = document.querySelector('[role=grid]')!
    const times: number[] = []
    let last = performance.now()
    for (let i = 0; i < 200; i++) {
      table.scrollTop += 400
      await new Promise((resolve) => requestAnimationFrame(resolve))
      const now = performance.now()
      times.push(now - last)
      last = now
    }
    return times
  })
  return `p50 ${quantile(frames, 0.5).toFixed(0)}, p95 ${quantile(frames, 0.95).toFixed(0)}, worst ${Math.max(...frames).toFixed(0)}`
}

/** Up, down, open, close, select, other screens and a query typed: the longest event of each interaction, as browsers count INP. */
async function tour(page: Page): Promise<string> {
  await page.evaluate(() => {
    const durations: number[] = []
    Object.assign(globalThis, { durations })
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (entry.name.startsWith('key')) durations.push(entry.duration)
    }).observe({ type: 'event', durationThreshold: 16, buffered: true } as PerformanceObserverInit)
  })
  for (const key of ['j', 'j', 'j', 'k', 'x', 'x', 'Shift+G', 'Shift+H', 'Enter', 'Escape']) {
    await page.keyboard.press(key)
    await page.waitForTimeout(150)
  }
  for (const screen of ['e', 'o', 'w', 'a', 'e']) {
    await page.keyboard.press('g')
    await page.keyboard.press(screen)
    await page.waitForTimeout(400)
  }
  await page.keyboard.press('/')
  await page.keyboard.type('destination.port: 80', { delay: 40 })
  await page.waitForTimeout(500)
  const durations = await page.evaluate(() => (globalThis as unknown as { durations: number[] }).durations)
  // Shorter ones than the observer tells of count as its least.
  return `p75 ${quantile(durations.length === 0 ? [16] : durations, 0.75)}, worst ${Math.max(16, ...durations)}`
}
