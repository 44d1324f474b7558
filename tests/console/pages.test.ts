import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Browser, chromium, type Page } from 'playwright-core'
import { build } from 'vite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { scriptBudgetBytes, scriptBytes } from '#dashboards/console/budget.ts'
import { type DemoHub, startDemoHub } from './support/demoHub.ts'
import { leakAlarm, type Story } from './support/demoPlant.ts'

const chromiumPath = '/usr/bin/chromium'
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
]
const consoleFolder = fileURLToPath(new URL('../../dashboards/console', import.meta.url))
const pageNames = [
  'overview',
  'loop',
  'racks',
  'alarms',
  'plan',
  'energy',
  'reports',
  'agents',
  'cdu/cdu-2',
  'point/cdu-2/flow',
] as const

let browser: Browser

async function open(
  hub: DemoHub,
  path: string,
  size: { width: number; height: number; dark?: boolean } = { width: 1920, height: 1080 },
  hash = '',
): Promise<{ page: Page; trouble: string[] }> {
  const page = await browser.newPage({ viewport: size, colorScheme: size.dark ? 'dark' : 'light' })
  const trouble: string[] = []
  page.on('console', message => {
    if (message.type() === 'error' || message.type() === 'warning') trouble.push(message.text())
  })
  page.on('pageerror', error => trouble.push(error.message))
  page.on('request', request => {
    if (!request.url().startsWith(hub.address)) trouble.push(`request to ${request.url()}`)
  })
  await page.goto(`${hub.address}/small/${path}${hash}`)
  await page.waitForSelector('.freshness', { state: 'attached' })
  await page.waitForSelector('main h1')
  return { page, trouble }
}

type Layout = {
  readonly scrollWidth: number
  readonly height: number
  readonly small: readonly string[]
  readonly outside: readonly string[]
}

/** Widths, text sizes and text that leaves its frame, as the browser laid them out. It runs in the page, hence as text. */
const measure = `(() => {
  const small = [], outside = []
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement
    const text = node.textContent.trim()
    if (text === '' || parent.closest('.sr, script')) continue
    const range = document.createRange()
    range.selectNodeContents(node)
    const box = range.getBoundingClientRect()
    if (box.width === 0) continue
    const scale = parent instanceof SVGElement ? parent.getScreenCTM().a : 1
    if (parseFloat(getComputedStyle(parent).fontSize) * scale < 11.9) small.push(text.slice(0, 30))
    if (box.right > innerWidth + 1 && !parent.closest('.pick, .uplotbox')) outside.push(text.slice(0, 30))
  }
  return { scrollWidth: document.documentElement.scrollWidth, height: document.documentElement.scrollHeight, small, outside }
})()`
const layoutOf = (page: Page): Promise<Layout> => page.evaluate(measure)

describe.skipIf(!existsSync(chromiumPath))('the console in Chromium', () => {
  beforeAll(async () => {
    await build({ configFile: `${consoleFolder}/vite.config.ts`, root: consoleFolder, logLevel: 'error' })
    browser = await chromium.launch({ executablePath: chromiumPath, args: flags })
  }, 60_000)
  afterAll(() => browser?.close())

  const withHub = async (story: Story, tell: (hub: DemoHub) => Promise<void>) => {
    const hub = await startDemoHub({ story })
    try {
      await tell(hub)
    } finally {
      await hub.close()
    }
  }

  it('the first page fits the budget', () => {
    expect(scriptBytes()).toBeLessThan(scriptBudgetBytes)
  })

  it(
    'values move, missing is a dash, and nothing is complained about',
    () =>
      withHub('normal', async hub => {
        const { page, trouble } = await open(hub, 'cdu/cdu-4')
        const supply = page.locator('[data-row="cdu-4.supplyTemperature"] .v')
        await expect.poll(() => supply.textContent()).toMatch(/3\d\.\d°C/)
        hub.setValue('cdu-4.supplyTemperature', 35.7, 'good')
        await expect.poll(() => supply.textContent(), { timeout: 15_000 }).toContain('35.7')
        expect(await page.locator('[data-row="cdu-4.conductivity"] .v').textContent()).toContain('—')
        expect(await page.locator('[data-row="cdu-4.conductivity"] .q').textContent()).toBe('bad')
        expect(await page.locator('[data-row="cdu-4.filterDifferentialPressure"] .q').textContent()).toBe(
          'none',
        )
        expect(trouble).toEqual([])
        await page.close()
      }),
    20_000,
  )

  it(
    'an alarm appears by itself, and is acknowledged with two keys',
    () =>
      withHub('normal', async hub => {
        const { page, trouble } = await open(
          hub,
          'overview',
          { width: 1920, height: 1080 },
          `#token=${hub.token}`,
        )
        expect(page.url()).not.toContain('token')
        await expect.poll(() => page.locator('.nav .foot').textContent()).toContain('operator')
        hub.raise(leakAlarm(Date.UTC(2025, 6, 1, 2, 47)))
        await page.locator('.strip .line.p1').waitFor({ timeout: 15_000 })
        expect(await page.locator('main h1').textContent()).toContain('Water in rack C2')
        await page.keyboard.press('g')
        await page.locator('.arow.sel').waitFor()
        await page.keyboard.press('a')
        await expect
          .poll(() => page.locator('[data-row="a-leak"] .st').textContent())
          .toMatch(/Active, acknowledgednight desk \d\d:\d\d/)
        expect(trouble).toEqual([])
        await page.close()
      }),
    20_000,
  )

  it(
    'who is not signed in is asked to, and a wrong token is answered where it was typed',
    () =>
      withHub('leak', async hub => {
        const { page } = await open(hub, 'alarms')
        await page.locator('.arow.sel').waitFor()
        await page.keyboard.press('a')
        await page.locator('dialog input').fill('wrong')
        await page.keyboard.press('Enter')
        await expect.poll(() => page.locator('dialog .acterr').textContent()).toBe('this token is not known')
        await page.close()
      }),
    20_000,
  )

  it(
    'the ladder tells for each CDU how far it is trusted and why it fell; a sweep starts and ends from there',
    () =>
      withHub('normal', async hub => {
        const { page, trouble } = await open(hub, 'plan', { width: 1280, height: 900 }, `#token=${hub.token}`)
        await page.getByRole('button', { name: 'Ladder, model, commissioning' }).click()
        const box = page.locator('dialog')
        await expect.poll(() => box.locator('.ladder tbody tr').count()).toBe(4)
        const fallen = await box.locator('.ladder tbody tr').nth(2).textContent()
        expect(fallen).toMatch(/Advise/i)
        expect(fallen).toContain('the key of cdu-3 is on local')
        const text = await box.textContent()
        expect(text).toMatch(/Canary CDU-1: 9\s?h 30\s?min of 1\s?d under the plan/)
        expect(text).toMatch(/1.9\s% against 1.4\s%. The champion stays/)
        expect(text).toMatch(/Tower air at low fan speed: ± 18 %, may cost 1.2 kW/)
        expect(text).toContain('Never run')
        await box.getByRole('button', { name: 'Start the sweep of 48 h' }).click()
        await page.getByRole('button', { name: 'Ladder, model, commissioning' }).click()
        await expect.poll(() => box.textContent()).toMatch(/Runs\. Block 3 of 16/)
        expect(await box.getByRole('progressbar').getAttribute('aria-valuenow')).toBe('17')
        await box.getByRole('button', { name: 'End the sweep' }).click()
        expect(hub.requests.filter(request => request === 'POST /api/v1/commissioning')).toHaveLength(2)
        expect(trouble).toEqual([])
        await page.close()
      }),
    30_000,
  )

  it(
    'before anything starts a switchback shows its power and the words that will be registered',
    () =>
      withHub('normal', async hub => {
        const { page, trouble } = await open(
          hub,
          'reports',
          { width: 1280, height: 900 },
          `#token=${hub.token}`,
        )
        await expect.poll(() => page.locator('h1').textContent()).toBe('Nothing can be said of savings yet.')
        expect(await page.locator('main').textContent()).toContain('No switchback has run here.')
        await page.getByRole('button', { name: 'Start a switchback…' }).click()
        const box = page.locator('dialog')
        await expect.poll(() => box.textContent()).toContain('A saving of 2.8 % of cooling energy is found')
        expect(hub.requests).not.toContain('POST /api/v1/savings/start')
        await box.getByRole('button', { name: '22 pairs, 88 d' }).click()
        await expect.poll(() => box.locator('.registration').textContent()).toContain('22 pairs of 48 h')
        expect(await box.locator('.hash').textContent()).toMatch(/[0-9a-f]{64}/)
        await box.locator('input').fill('x')
        await expect.poll(() => box.locator('.acterr').textContent()).toContain('whole number')
        expect(await box.getByRole('button', { name: 'Register and start' }).isDisabled()).toBe(true)
        await box.locator('input').fill('5')
        await expect.poll(() => box.locator('.registration').textContent()).toContain('seed 5')
        await box.getByRole('button', { name: 'Register and start' }).click()
        await expect.poll(() => page.locator('h1').textContent()).toContain('A switchback begins on 1 Jul')
        expect(await page.locator('.blocks li').count()).toBe(22)
        expect(trouble).toEqual([])
        await page.close()
      }),
    30_000,
  )

  it('while a switchback runs its blocks stand in order and no result is shown; afterwards the claim and its parts', async () => {
    await withHub('leak', async hub => {
      const { page } = await open(hub, 'reports')
      await expect
        .poll(() => page.locator('h1').textContent())
        .toMatch(/block 7 of 28 belongs to (plan|reset)/)
      expect(await page.locator('.block').count()).toBe(28)
      expect(await page.locator('.block.now').count()).toBe(1)
      expect(await page.locator('.block.aborted .sr').textContent()).toMatch(
        /Block \d+ of 28: plan.*aborted, counts as plan: handed back by otto/,
      )
      expect(await page.locator('.savetbl').count()).toBe(0)
      expect(await page.locator('main').textContent()).toContain('While it runs there is no result')
      await page.close()
    })
    await withHub('pumpTrip', async hub => {
      const { page } = await open(hub, 'reports')
      await expect
        .poll(() => page.locator('h1').textContent())
        .toMatch(/Saved 6\.1\s% of cooling energy, verified/)
      const rows = page.locator('.savetbl tbody tr')
      expect(await rows.nth(0).textContent()).toMatch(
        /Coolingmetered2\.37kWh\/h6\.1\s%1\.96 to 2\.771\.71 to 3\.03/,
      )
      expect(await rows.nth(1).textContent()).toMatch(
        /its cost0\.284EUR\/h6\.0\s%0\.235 to 0\.3320\.205 to 0\.364/,
      )
      expect(await rows.nth(2).textContent()).toContain('its carbon0.90kg/h')
      expect(await rows.nth(4).textContent()).toContain('modelled, 0.1 to 0.3 % per kelvin')
      expect(await page.locator('main').textContent()).toContain('the demand charge is not in it')
      await page.close()
    })
  }, 30_000)

  it.each([
    [390, 844, true],
    [1280, 900, false],
    [1920, 1080, true],
  ] as const)(
    'claim, calendar of blocks and start dialog fit %s × %s (dark: %s)',
    (width, height, dark) =>
      withHub('pumpTrip', async hub => {
        const { page, trouble } = await open(hub, 'reports', { width, height, dark }, `#token=${hub.token}`)
        await page.locator('.block').first().waitFor()
        const wanted = { scrollWidth: width, small: [], outside: [] }
        expect(await layoutOf(page)).toMatchObject(wanted)
        await page.getByRole('button', { name: 'Start a switchback…' }).click()
        await page.locator('dialog .registration').waitFor()
        expect(await layoutOf(page)).toMatchObject(wanted)
        const sideways = await page.locator('dialog').evaluate(box => box.scrollWidth - box.clientWidth)
        expect(sideways).toBe(0)
        const box = await page.locator('dialog').boundingBox()
        expect(box?.width).toBeLessThanOrEqual(width)
        expect(box?.height).toBeLessThanOrEqual(height)
        await page.keyboard.press('Escape')
        await expect.poll(() => page.locator('dialog').count()).toBe(0)
        expect(trouble).toEqual([])
        await page.close()
      }),
    20_000,
  )

  it(
    'the plan shows what was asked, what the guard allowed and why; hand back asks first',
    () =>
      withHub('normal', async hub => {
        const { page } = await open(hub, 'plan', { width: 1920, height: 1080 }, `#token=${hub.token}`)
        const row = page.locator('.plantbl tbody tr').first()
        expect(await row.locator('.why').textContent()).toContain(
          'chip margin at the 90 % load must stay 12 K',
        )
        expect(await row.locator('.cut b').textContent()).toBe('32.5')
        await page.keyboard.press('Shift+H')
        await page.locator('dialog .btn.primary').click()
        await expect.poll(() => page.locator('.head').textContent()).toContain('handed back')
        await page.close()
      }),
    20_000,
  )

  it.each(['cut', 'frozen'] as const)(
    'with the line %s every value looks old, and recovers',
    how =>
      withHub('normal', async hub => {
        const { page } = await open(hub, 'overview')
        await expect.poll(() => page.locator('.cell .v.stale').count()).toBe(0)
        if (how === 'cut') hub.cut()
        else hub.freeze()
        await page.locator('.lostline').waitFor({ timeout: 15_000 })
        expect(await page.locator('.cdubox .cell .v:not(.stale):not(.bad)').count()).toBe(0)
        expect(await page.locator('.alarmbox .alarm').count()).toBe(2)
        hub.mend()
        await expect.poll(() => page.locator('.cell .v.stale').count(), { timeout: 15_000 }).toBe(0)
        await page.close()
      }),
    30_000,
  )

  it(
    'the first run says what is learned and what is waited for',
    () =>
      withHub('firstRun', async hub => {
        const { page } = await open(hub, 'overview')
        expect(await page.locator('.learning').textContent()).toMatch(
          /learning, 1.2 of 3 h.*no plan is written to it. Waits for 1.8 h/,
        )
        await page.close()
      }),
    20_000,
  )

  it.each([
    [390, 844, 'leak'],
    [1280, 900, 'normal'],
    [1920, 1080, 'normal'],
  ] as const)(
    'at %s × %s nothing scrolls sideways and no text is under 12 px (%s)',
    (width, height, story) =>
      withHub(story, async hub => {
        const { page, trouble } = await open(hub, 'overview', { width, height, dark: story === 'leak' })
        for (const path of pageNames) {
          await page.goto(`${hub.address}/small/${path}`)
          await page.waitForSelector('.freshness', { state: 'attached' })
          await page.waitForSelector('main h1')
          await page.waitForTimeout(250)
          const layout = await layoutOf(page)
          expect({ path, ...layout, height: 0 }).toEqual({
            path,
            scrollWidth: width,
            height: 0,
            small: [],
            outside: [],
          })
          if (width === 1920 && ['overview', 'loop', 'alarms', 'plan'].includes(path))
            expect({ path, height: layout.height }).toEqual({ path, height })
        }
        expect(trouble).toEqual([])
        await page.close()
      }),
    60_000,
  )
})
