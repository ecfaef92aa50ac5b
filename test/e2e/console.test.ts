import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Page } from 'playwright-core'
import { contactsOf, hasBrowser, logIn, openStage, type Stage } from './stage.ts'

describe.skipIf(!hasBrowser)('the console in a browser (needs chromium: apt-get install chromium)', () => {
  let stage: Stage

  beforeAll(async () => {
    stage = await openStage()
    const { body } = await stage.ask('POST', '/_bulk', contactsOf('10.9.8.7', 2_000, Date.now() - 60_000))
    if ((body as { errors: boolean }).errors) throw new Error('the events were not kept')
  })
  afterAll(() => stage?.close())

  test('a browser is sent to the console, which makes the administrator', async () => {
    const { page } = stage
    await page.goto(stage.url)
    expect(page.url()).toContain('/_vedetta/ui/')
    await page.goto(`${stage.url}/_vedetta/ui/setup`)
    await page.getByText('2,000 events have arrived').waitFor()
    expect(await stage.violations('first-run')).toEqual([])
    await page.locator('input[autocomplete=new-password]').first().fill('correct horse')
    await page.locator('input[autocomplete=new-password]').last().fill('correct horse')
    await page.getByRole('button', { name: 'Create the administrator' }).click()
    await page.getByText('The administrator is admin').waitFor()
    expect((await fetch(`${stage.url}/_count`)).status).toBe(401)
  })

  test('events are searched, and a hostile value is text', async () => {
    const { page } = stage
    await page.goto(`${stage.url}/_vedetta/ui/events?q=${encodeURIComponent('destination.port: 2000')}`)
    await page.getByText('1 events').waitFor()
    await page.getByText('<img src=x onerror=').first().waitFor()
    expect(await page.evaluate('globalThis.hacked')).toBeUndefined()
    expect(await stage.violations('events')).toEqual([])
    await page.goto(`${stage.url}/_vedetta/ui/events?q=${encodeURIComponent('a: (b or')}`)
    await page.getByText('Column 9').waitFor()
  })

  test('the first screen comes in 350 kB, the editor only where one is shown', async () => {
    const page = await stage.visitor()
    const session = await page.context().newCDPSession(page)
    await session.send('Network.enable')
    let bytes = 0
    session.on('Network.loadingFinished', ({ encodedDataLength }) => (bytes += encodedDataLength))
    await logIn(page, stage.url)
    await page.locator('tr[data-cursor]').first().waitFor()
    expect(bytes).toBeGreaterThan(100_000)
    expect(bytes).toBeLessThan(350_000)
    const before = bytes
    await page.goto(`${stage.url}/_vedetta/ui/requests`)
    await page.getByRole('textbox', { name: 'Requests' }).waitFor()
    expect(bytes - before).toBeGreaterThan(100_000)
    await page.context().close()
  })

  test('every connection of a scan is drawn', async () => {
    const { page } = stage
    await page.goto(`${stage.url}/_vedetta/ui/scan?ip=10.9.8.7`)
    await page.getByText('2,000 of 2,000 connections drawn').waitFor()
    await page.getByText('Vertical scan', { exact: false }).first().waitFor()
    expect(await stage.violations('scan')).toEqual([])
  })

  test('the address of a screen shows another person the same', async () => {
    const { page } = stage
    const { body } = await stage.ask('GET', '/vedetta-test/_search?q=destination.port:7')
    const [{ _id: id }] = (body as { hits: { hits: [{ _id: string }] } }).hits.hits
    const other = await stage.visitor()
    await logIn(other, stage.url)
    const time = `from=${new Date(Date.now() - 3_600_000).toISOString()}&to=${new Date().toISOString()}`
    const filters = `f=${encodeURIComponent('destination.port < 9')}&split=destination.port&cols=destination.port,message:300`
    for (const [path, last] of [
      [`/events?${time}&${filters}&event=vedetta-test/${id}`, 'connection 6'],
      [`/alerts?${time}&by=rule`, 'Port scan'],
      [`/scan?ip=10.9.8.7&axis=port&${time}`, '2,000 of 2,000 connections drawn'],
      ['/rules?q=half', 'Many ports of one host within half a minute'],
    ] as const) {
      await page.goto(`${stage.url}/_vedetta/ui${path}`)
      await page.getByText(last).first().waitFor()
      await other.goto(page.url())
      await other.getByText(last).first().waitFor()
      const read = async (one: Page): Promise<string> =>
        // How long ago something was is another word a second later.
        (await one.locator('main').innerText()).replace(/\b\d+ (s|min)\b/g, 'ago')
      await expect.poll(async () => (await read(other)) === (await read(page))).toBe(true)
      expect(await other.getByRole('dialog').count()).toBe(await page.getByRole('dialog').count())
    }
    await other.context().close()
  })

  test('the inbox is accessible', async () => {
    const { page } = stage
    await page.goto(`${stage.url}/_vedetta/ui/alerts`)
    await page.getByRole('heading', { name: 'Alerts' }).waitFor()
    await page.locator('tr[data-cursor]').first().waitFor()
    expect(await stage.violations('alerts')).toEqual([])
  })

  test('alerts are triaged by the keyboard alone', async () => {
    const { page } = stage
    // A second one who scans, so that one action is about two alerts.
    const { body } = await stage.ask('POST', '/_bulk', contactsOf('10.9.8.6', 300, Date.now() - 60_000))
    expect(body).toMatchObject({ errors: false })
    await page.goto(`${stage.url}/_vedetta/ui/alerts`)
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
    // The dialog takes the keys when it has the focus.
    await dialog.locator('input[type=radio]:focus').waitFor()
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
    await dialog.locator('textarea:focus').waitFor()
    await page.keyboard.type('seen before')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await dialog.waitFor({ state: 'hidden' })
    await page.keyboard.press('Shift+G')
    await page.keyboard.press('e')
    await expect.poll(() => rows.count()).toBe(1)

    await page.goto(`${stage.url}/_vedetta/ui/alerts/${id}`)
    await dialog.getByText(entity).first().waitFor()
    expect(await stage.violations('alert')).toEqual([])

    async function statusOf(alert: string): Promise<unknown[]> {
      const { body: found } = await stage.ask('GET', `/_vedetta/alerts/${alert}`)
      const { vedetta: own } = found as { vedetta: { alert: { status: string; reason: string | null } } }
      return [own.alert.status, own.alert.reason ?? null]
    }
  })
})
