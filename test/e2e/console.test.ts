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
    const start = Date.now() - 60_000
    const lines = Array.from({ length: 2_000 }, (_, at) => {
      const document = {
        '@timestamp': new Date(start + at * 20).toISOString(),
        source: { ip: '10.9.8.7' },
        destination: { ip: '10.0.0.1', port: at + 1 },
        message: at === 1_999 ? HOSTILE : `connection ${at}`,
      }
      return `{"index":{"_index":"vedetta-test"}}\n${JSON.stringify(document)}\n`
    })
    const answer = await fetch(`${vedetta.url}/_bulk`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson' },
      body: lines.join(''),
    })
    if (((await answer.json()) as { errors: boolean }).errors) throw new Error('the events were not kept')
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
    page = await context.newPage()
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
})
