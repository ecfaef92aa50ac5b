import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AxeBuilder } from '@axe-core/playwright'
import { vi } from 'vitest'
import { chromium, type BrowserContext, type Page } from 'playwright-core'
import { nullLogger } from '../../src/diagnostic/index.ts'
import { startVedetta, type Vedetta } from '../../src/server/index.ts'
import { loadSettings } from '../../src/settings/index.ts'
import { shippedPipelines } from './running.ts'

const executablePath = spawnSync('sh', ['-c', 'command -v chromium']).stdout.toString().trim()
export const hasBrowser = executablePath !== ''
const PICTURES = process.env['VEDETTA_SCREENSHOTS']
export const HOSTILE = `<img src=x onerror="globalThis.hacked=1">\u001b[31m\u202eevil`

/** A server with a browser that looks at it. */
export interface Stage {
  readonly url: string
  readonly context: BrowserContext
  readonly page: Page
  /** Errors that the pages have met: exceptions, and what their policy refused. */
  readonly errors: readonly string[]
  /** A page of another browser, as another person has it; ended by closing its context. */
  visitor(): Promise<Page>
  /** Waits for a screen by its heading. */
  go(path: string, heading: string): Promise<void>
  /** What axe finds wrong with the screen in either theme. */
  violations(name: string): Promise<unknown[]>
  /** Sends a request as the administrator, once there is one. */
  ask(method: string, path: string, body?: object | string): Promise<{ status: number; body: unknown }>
  /** Ends the server and begins it again on the same port and data. */
  restart(): Promise<void>
  close(): Promise<void>
}

const settled = `document.getAnimations().every(
  (one) => one.playState !== 'running' || one.effect.getComputedTiming().iterations === Infinity,
)`

const VIEWPORT = { width: 1280, height: 800 }
const PASSWORD = 'correct horse'
export const ADMINISTRATOR = { user: 'admin', password: PASSWORD }

export async function openStage(overrides: readonly string[] = []): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'vedetta-console-'))
  const { path } = await shippedPipelines(folder)
  const start = (port: number): Promise<Vedetta> => {
    const given = [`http.port=${port}`, `path.data=${folder}/data`, `path.pipelines=${path}`, ...overrides]
    return startVedetta({ settings: loadSettings({ overrides: given }), logger: nullLogger, version: '0.0.0' })
  }
  let vedetta = await start(0)
  const { url } = vedetta
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  const context = await browser.newContext({ viewport: VIEWPORT })
  const open = async (inContext: BrowserContext): Promise<Page> => {
    const opened = await inContext.newPage()
    // What a busy machine takes; what is there sooner is taken at once.
    opened.setDefaultTimeout(60_000)
    return opened
  }
  const page = await open(context)
  const errors: string[] = []
  context.on('weberror', (error) => errors.push(error.error().message))
  context.on('console', (message) => {
    if (message.type() === 'error' && message.text().includes('Content Security Policy')) errors.push(message.text())
  })
  return {
    url,
    context,
    page,
    errors,
    visitor: async () => open(await browser.newContext({ viewport: VIEWPORT })),
    async go(to, heading) {
      await page.goto(`${url}/_vedetta/ui${to}`)
      await page.getByRole('heading', { name: heading, level: 1 }).waitFor()
    },
    async violations(name) {
      const found: unknown[] = []
      for (const scheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme: scheme })
        // Colours and what loads fade for a moment; a spinner turns for ever.
        await page.waitForTimeout(300)
        await vi.waitUntil(() => page.evaluate(settled), { timeout: 60_000 })
        if (PICTURES !== undefined) await page.screenshot({ path: join(PICTURES, `${name}-${scheme}.png`) })
        const { violations } = await new AxeBuilder({ page })
          .withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'])
          .analyze()
        found.push(...violations.map(({ id, nodes }) => [scheme, id, nodes.map(({ html }) => html.slice(0, 200))]))
      }
      return found
    },
    async ask(method, to, body) {
      const response = await fetch(`${url}${to}`, {
        method,
        headers: {
          authorization: `Basic ${Buffer.from(`admin:${PASSWORD}`).toString('base64')}`,
          ...(body === undefined
            ? {}
            : { 'content-type': typeof body === 'string' ? 'application/x-ndjson' : 'application/json' }),
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      })
      return { status: response.status, body: await response.json() }
    },
    async restart() {
      await vedetta.stop()
      vedetta = await start(Number(new URL(url).port))
    },
    async close() {
      await browser.close()
      await vedetta.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Makes the administrator and logs the browser in. */
export async function enter(stage: Stage): Promise<void> {
  await stage.ask('POST', '/_vedetta/setup', ADMINISTRATOR)
  await logIn(stage.page, stage.url)
}

export async function logIn(page: Page, url: string): Promise<void> {
  await page.goto(`${url}/_vedetta/ui/alerts`)
  await page.locator('input[autocomplete=username]').fill(ADMINISTRATOR.user)
  await page.locator('input[autocomplete=current-password]').fill(ADMINISTRATOR.password)
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Alerts', level: 1 }).waitFor()
}

/** A scan: one source to as many ports of one host, in the body of a _bulk. */
export function contactsOf(source: string, ports: number, start: number): string {
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
