import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { contactsOf, enter, hasBrowser, logIn, openStage, type Stage } from './stage.ts'

describe.skipIf(!hasBrowser)('the live console (needs chromium: apt-get install chromium)', () => {
  let stage: Stage

  beforeAll(async () => {
    stage = await openStage()
    await enter(stage)
  })
  afterAll(() => stage?.close())

  const scan = (source: string): Promise<unknown> =>
    stage.ask('POST', '/_bulk', contactsOf(source, 300, Date.now() - 60_000))

  test('a new alert is offered, not pushed under the cursor', async () => {
    const { page } = stage
    await stage.go('/alerts', 'Alerts')
    await page.getByText('live', { exact: true }).waitFor()
    await scan('10.9.8.1')
    await page.getByRole('button', { name: '1 new' }).click()
    await expect.poll(() => page.locator('tr[data-cursor]').count()).toBe(1)
  })

  test('a second browser shows a change of state within a second', async () => {
    const other = await stage.context.browser()!.newContext()
    const second = await other.newPage()
    await logIn(second, stage.url)
    await second.locator('tr[data-cursor]').first().waitFor()
    await second.getByText('live', { exact: true }).waitFor()
    await stage.page.keyboard.press('e')
    await expect.poll(() => second.locator('tr[data-cursor]').count()).toBe(0)
    await other.close()
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
    expect(await page.locator('tr[data-cursor]').count()).toBe(1)
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
})
