import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { contactsOf, enter, hasBrowser, HOSTILE, logIn, openStage, type Stage } from './stage.ts'

describe.skipIf(!hasBrowser)('the live console (needs chromium: apt-get install chromium)', () => {
  let stage: Stage

  beforeAll(async () => {
    stage = await openStage()
    await enter(stage)
  })
  afterAll(() => stage?.close())

  const scan = (source: string): Promise<unknown> =>
    stage.ask('POST', '/_bulk', contactsOf(source, 300, Date.now() - 60_000))

  const alertIds = async (): Promise<string[]> => {
    const { body } = await stage.ask('GET', '/_vedetta/alerts')
    return (body as { alerts: { id: string }[] }).alerts.map(({ id }) => id)
  }

  test('a new alert is offered, not pushed under the cursor', async () => {
    const { page } = stage
    await stage.go('/alerts', 'Alerts')
    await page.getByText('live', { exact: true }).waitFor()
    await scan('10.9.8.1')
    await page.getByRole('button', { name: '1 new' }).click()
    await expect.poll(() => page.locator('tr[data-cursor]').count()).toBe(1)
  })

  test('a second browser shows a change of state within a second', async () => {
    const second = await stage.visitor()
    await logIn(second, stage.url)
    await second.locator('tr[data-cursor]').first().waitFor()
    await second.getByText('live', { exact: true }).waitFor()
    await stage.page.keyboard.press('e')
    await expect.poll(() => second.locator('tr[data-cursor]').count()).toBe(0)

    // And what is no alert: nobody asks again and again.
    await second.goto(`${stage.url}/_vedetta/ui/cases`)
    await second.getByRole('heading', { name: 'Cases', level: 1 }).waitFor()
    await second.getByText('No case is in this state.').waitFor()
    const { body } = await stage.ask('POST', '/_vedetta/cases', { title: 'From elsewhere' })
    await second.getByRole('link', { name: 'From elsewhere' }).click()
    await second.getByRole('heading', { name: 'From elsewhere', level: 1 }).waitFor()
    await stage.ask('POST', `/_vedetta/cases/${(body as { id: string }).id}/_notes`, { text: 'seen by both' })
    await second.getByText('seen by both').waitFor()
    await second.context().close()
  })

  test('who is assigned an alert is told, and counts it on every screen', async () => {
    const { page } = stage
    await stage.ask('PUT', '/_vedetta/users/ana', { password: 'long enough', role: 'analyst' })
    await stage.go('/rules', 'Rules')
    const [id] = await alertIds()
    const answer = await fetch(`${stage.url}/_vedetta/alerts/${id}/_assign`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from('ana:long enough').toString('base64')}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ to: 'admin' }),
    })
    expect(answer.status).toBe(200)
    await page.getByText('ana has assigned an alert to you').waitFor()
    await page.getByRole('img', { name: '1 assigned to you' }).waitFor()
    await page.getByRole('alert').getByRole('link').click()
    await page.getByRole('dialog').getByText('10.9.8.1').first().waitFor()
  })

  test('events are shown as they arrive, wait while somebody reads, and a new start of the server loses none', async () => {
    const { page } = stage
    const write = (n: number): Promise<unknown> =>
      stage.ask('POST', '/tailed/_doc', {
        '@timestamp': new Date().toISOString(),
        n,
        message: `arrival ${n} ${HOSTILE}`,
      })
    await write(0)
    const query = new URLSearchParams({ index: 'tailed', q: 'n < 100', tail: '1' })
    await stage.go(`/events?${query.toString()}`, 'Events')
    await page.getByRole('status').getByText('live', { exact: true }).waitFor()
    await page.getByText('arrival 0', { exact: false }).waitFor()
    await write(100)
    await write(1)
    await page.getByText('arrival 1 ', { exact: false }).waitFor()
    expect(await page.getByText('arrival 100', { exact: false }).count()).toBe(0)

    await page
      .getByRole('button', { name: /^Details/ })
      .first()
      .click()
    await page.getByRole('dialog').waitFor()
    await write(2)
    await page.getByText('paused while you read, 1 have arrived').waitFor()
    await page.keyboard.press('Escape')
    await page.getByText('arrival 2 ', { exact: false }).waitFor()

    await page.getByRole('button', { name: 'Clear' }).click()
    await expect.poll(() => page.getByText('arrival', { exact: false }).count()).toBe(0)
    await write(3)
    await page.getByText('arrival 3 ', { exact: false }).waitFor()
    await stage.restart()
    await write(4)
    await page.getByRole('switch', { name: 'Live' }).uncheck()
    await page.getByRole('button', { name: 'Refresh' }).click()
    await page.getByText('arrival 4 ', { exact: false }).waitFor()
    await page.getByText('arrival 0 ', { exact: false }).waitFor()
  })

  test('after a restart of the server the console is live again and misses nothing', async () => {
    const { page } = stage
    await stage.go('/alerts', 'Alerts')
    await page.getByText('live', { exact: true }).waitFor()
    await stage.restart()
    await scan('10.9.8.2')
    // Listed where it came before the console was back, offered where after it; nobody has asked.
    const offered = page.getByRole('button', { name: '1 new' })
    const listed = page.getByText('10.9.8.2', { exact: false }).first()
    await offered.or(listed).first().waitFor()
    if (await offered.isVisible()) await offered.click()
    await listed.waitFor()
    await expect.poll(() => page.locator('tr[data-cursor]').count()).toBe(1)
  })

  test('a lost connection is said, keeps what was typed, and is over by itself', async () => {
    const { page, context } = stage
    await stage.go('/debug', 'Try a line')
    const lines = page.getByRole('textbox', { name: 'Lines' })
    await lines.fill('typed before')
    await context.setOffline(true)
    await page.getByRole('button', { name: 'Try' }).click()
    await page.getByText('The connection to Vedetta is lost', { exact: false }).first().waitFor()
    await context.setOffline(false)
    expect(await lines.inputValue()).toBe('typed before')
    await page.getByRole('button', { name: 'Try' }).click()
    await page.getByText('What would be kept').waitFor()
    await expect.poll(() => page.getByText('What you typed is kept', { exact: false }).count()).toBe(0)
  })

  test('an error of the server is said in its own words, and keeps what was typed', async () => {
    const { page } = stage
    await stage.go('/debug', 'Try a line')
    const lines = page.getByRole('textbox', { name: 'Lines' })
    await lines.fill('typed before')
    const failing = '**/_vedetta/explain'
    const reason = `broken ${HOSTILE}`
    await page.route(failing, (route) => route.fulfill({ status: 500, json: { error: { reason } } }))
    await page.getByRole('button', { name: 'Try' }).click()
    const message = page.getByText('The server met an unexpected error.', { exact: false }).first()
    await message.waitFor()
    expect(await message.textContent()).toContain('broken <img src=x')
    expect(await lines.inputValue()).toBe('typed before')
    await page.unroute(failing)
    await page.getByRole('button', { name: 'Try' }).click()
    await page.getByText('What would be kept').waitFor()
    expect(await page.evaluate('globalThis.hacked')).toBeUndefined()
  })

  test('an ended session asks for the password over the page, which stays', async () => {
    const { page, context } = stage
    await stage.go('/debug', 'Try a line')
    await page.getByRole('textbox', { name: 'Lines' }).fill('typed before')
    await context.clearCookies()
    await page.getByRole('button', { name: 'Try' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('Your session has ended', { exact: false }).waitFor()
    await dialog.locator('input[autocomplete=username]').fill('admin')
    await dialog.locator('input[autocomplete=current-password]').fill('correct horse')
    await page.keyboard.press('Enter')
    await dialog.waitFor({ state: 'hidden' })
    expect(await page.getByRole('textbox', { name: 'Lines' }).inputValue()).toBe('typed before')
    await page.getByRole('button', { name: 'Try' }).click()
    await page.getByText('What would be kept').waitFor()
  })

  test('thousands of open alerts are closed by a query, counted exactly, and put back', async () => {
    const { page } = stage
    const now = Date.now()
    // More than a search may be paged; `npm run bench -- console` closes 50,000 of 100,000.
    const lines = Array.from({ length: 24_000 }, (_, at) => alertLines(at, now))
    expect((await stage.ask('POST', '/_bulk', lines.join(''))).body).toMatchObject({ errors: false })
    await stage.go('/alerts?rule=rule-1&by=rule', 'Alerts')
    await page.getByText('12,000 alerts in 1 group').waitFor()
    await page.getByRole('button', { name: 'Close all 12,000 matching …' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('Close 12,000 alerts').waitFor()
    await dialog.getByRole('radio', { name: 'Benign', exact: false }).check()
    const progress = page.getByText(/^[\d,]+ of 12,000$/).waitFor()
    await dialog.getByRole('button', { name: 'Closed' }).click()
    await progress
    await page.getByText('12,000 alerts changed.').waitFor()
    await page.getByText('No alerts match.').waitFor()
    expect(await openOf('rule-0,rule-1')).toBe(12_000)
    expect(await openOf('rule-1')).toBe(0)
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.getByText('12,000 alerts put back.').waitFor()
    await page.getByText('12,000 alerts in 1 group').waitFor()
    expect(await openOf('rule-0,rule-1')).toBe(24_000)

    async function openOf(rules: string): Promise<number> {
      const { body } = await stage.ask('GET', `/_vedetta/alerts?status=open&rule=${rules}&size=1`)
      return (body as { total: number }).total
    }
  })
})

/** One open alert of two rules, in the body of a _bulk. */
function alertLines(at: number, now: number): string {
  const entity = { field: 'source.ip', value: `10.1.${(at >> 8) & 255}.${at & 255}` }
  const document = {
    '@timestamp': new Date(now - at).toISOString(),
    rule: { id: `rule-${at % 2}`, name: `Rule ${at % 2}` },
    event: { kind: 'alert', reason: `alert ${at}` },
    vedetta: { alert: { status: 'open', severity: 'medium', level: 2, episode: 'active', entity, updated: now } },
  }
  return `{"create":{"_index":".vedetta-alerts-many"}}\n${JSON.stringify(document)}\n`
}
