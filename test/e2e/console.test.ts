import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AxeBuilder } from '@axe-core/playwright'
import { chromium, type Browser, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nullLogger } from '../../src/diagnostic/index.ts'
import { startVedetta, type Vedetta } from '../../src/server/index.ts'
import { loadSettings } from '../../src/settings/index.ts'
import { shippedPipelines } from './running.ts'

const executablePath = spawnSync('sh', ['-c', 'command -v chromium']).stdout.toString().trim()
const PICTURES = process.env['VEDETTA_SCREENSHOTS']
const HOSTILE = `<img src=x onerror="globalThis.hacked=1">\u001b[31m\u202eevil`

describe.skipIf(executablePath === '')('the console in a browser (needs chromium: apt-get install chromium)', () => {
  let folder: string
  let vedetta: Vedetta
  let browser: Browser
  let page: Page

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'vedetta-console-'))
    const { path } = await shippedPipelines(folder)
    const settings = loadSettings({ overrides: ['http.port=0', `path.data=${folder}/data`, `path.pipelines=${path}`] })
    vedetta = await startVedetta({ settings, logger: nullLogger, version: '0.0.0' })
    const answer = await fetch(`${vedetta.url}/_bulk`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson' },
      body: contactsOf('10.9.8.7', 2_000, Date.now() - 60_000),
    })
    if (((await answer.json()) as { errors: boolean }).errors) throw new Error('the events were not kept')
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
    page = await context.newPage()
    page.setDefaultTimeout(5_000)
  })

  afterAll(async () => {
    await browser?.close()
    await vedetta?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  /** What axe finds wrong with the screen in either theme. */
  async function violationsOf(name: string): Promise<unknown[]> {
    const found: unknown[] = []
    for (const scheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: scheme })
      await page.waitForTimeout(150)
      if (PICTURES !== undefined) await page.screenshot({ path: join(PICTURES, `${name}-${scheme}.png`) })
      const { violations } = await new AxeBuilder({ page })
        .withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'])
        .analyze()
      found.push(...violations.map(({ id, nodes }) => [scheme, id, nodes.map(({ html }) => html.slice(0, 200))]))
    }
    return found
  }

  test('a browser is sent to the console, which makes the administrator', async () => {
    await page.goto(vedetta.url)
    expect(page.url()).toContain('/_vedetta/ui/')
    await page.goto(`${vedetta.url}/_vedetta/ui/setup`)
    await page.getByText('2,000 events have arrived').waitFor()
    expect(await violationsOf('first-run')).toEqual([])
    await page.locator('input[autocomplete=new-password]').first().fill('correct horse')
    await page.locator('input[autocomplete=new-password]').last().fill('correct horse')
    await page.getByRole('button', { name: 'Create the administrator' }).click()
    await page.getByText('The administrator is admin').waitFor()
    expect((await fetch(`${vedetta.url}/_count`)).status).toBe(401)
  })

  test('events are searched, and a hostile value is text', async () => {
    await page.goto(`${vedetta.url}/_vedetta/ui/events?q=${encodeURIComponent('destination.port: 2000')}`)
    await page.getByText('1 events').waitFor()
    await page.getByText('<img src=x onerror=').first().waitFor()
    expect(await page.evaluate('globalThis.hacked')).toBeUndefined()
    expect(await violationsOf('events')).toEqual([])
    await page.goto(`${vedetta.url}/_vedetta/ui/events?q=${encodeURIComponent('a: (b or')}`)
    await page.getByText('Column 9').waitFor()
  })

  test('every connection of a scan is drawn', async () => {
    await page.goto(`${vedetta.url}/_vedetta/ui/scan?ip=10.9.8.7`)
    await page.getByText('2,000 of 2,000 connections drawn').waitFor()
    await page.getByText('Vertical scan', { exact: false }).first().waitFor()
    expect(await violationsOf('scan')).toEqual([])
  })

  test('the inbox is accessible', async () => {
    await page.goto(`${vedetta.url}/_vedetta/ui/alerts`)
    await page.getByRole('heading', { name: 'Alerts' }).waitFor()
    await page.waitForTimeout(500)
    expect(await violationsOf('alerts')).toEqual([])
  })

  test('alerts are triaged by the keyboard alone', async () => {
    // A second one who scans, so that one action is about two alerts.
    const events = contactsOf('10.9.8.6', 300, Date.now() - 60_000)
    const headers = {
      'content-type': 'application/x-ndjson',
      authorization: `Basic ${Buffer.from('admin:correct horse').toString('base64')}`,
    }
    const answer = await fetch(`${vedetta.url}/_bulk`, { method: 'POST', headers, body: events })
    expect(await answer.json()).toMatchObject({ errors: false })
    await page.goto(`${vedetta.url}/_vedetta/ui/alerts`)
    const rows = page.locator('tr[data-cursor]')
    const dialog = page.getByRole('dialog')
    await expect.poll(() => rows.count()).toBe(2)
    await page.keyboard.press('j')
    await page.locator('tr[data-cursor=true]').and(rows.nth(1)).waitFor()
    await page.keyboard.press('k')
    await page.locator('tr[data-cursor=true]').and(rows.nth(0)).waitFor()
    const entity = (await rows.first().textContent())!.includes('10.9.8.7') ? '10.9.8.7' : '10.9.8.6'

    await page.keyboard.press('Enter')
    await dialog.getByText(entity).first().waitFor()
    const id = new URL(page.url()).searchParams.get('alert')!
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'hidden' })

    await page.keyboard.press('x')
    await page.keyboard.press('j')
    await page.keyboard.press('x')
    await page.getByText('2 selected').waitFor()
    await page.keyboard.press('c')
    await dialog.getByText('Close 2 alerts').waitFor()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await expect.poll(() => rows.count()).toBe(0)
    expect(await statusOf(id)).toEqual(['closed', 'true positive'])
    await page.keyboard.press('z')
    await expect.poll(() => rows.count()).toBe(2)
    expect(await statusOf(id)).toEqual(['open', null])

    await page.keyboard.press('s')
    await dialog.getByText('Silence', { exact: false }).first().waitFor()
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'hidden' })
    await page.keyboard.press('m')
    await dialog.waitFor()
    await page.keyboard.type('seen before')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await dialog.waitFor({ state: 'hidden' })
    await page.keyboard.press('Shift+G')
    await page.keyboard.press('e')
    await expect.poll(() => rows.count()).toBe(1)

    await page.goto(`${vedetta.url}/_vedetta/ui/alerts/${id}`)
    await dialog.getByText(entity).first().waitFor()
    expect(await violationsOf('alert')).toEqual([])

    async function statusOf(alert: string): Promise<unknown[]> {
      const found = await (await fetch(`${vedetta.url}/_vedetta/alerts/${alert}`, { headers })).json()
      const { vedetta: own } = found as { vedetta: { alert: { status: string; reason: string | null } } }
      return [own.alert.status, own.alert.reason ?? null]
    }
  })
})

/** A scan: one source to as many ports of one host, in the body of a _bulk. */
function contactsOf(source: string, ports: number, start: number): string {
  const lines = Array.from({ length: ports }, (_, at) => {
    const document = {
      '@timestamp': new Date(start + at * 20).toISOString(),
      source: { ip: source },
      destination: { ip: '10.0.0.1', port: at + 1 },
      network: { transport: 'tcp' },
      message: at === 1_999 ? HOSTILE : `connection ${at}`,
    }
    return `{"index":{"_index":"vedetta-test"}}\n${JSON.stringify(document)}\n`
  })
  return lines.join('')
}
