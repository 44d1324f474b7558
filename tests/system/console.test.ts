import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AlarmView, EnergyView, LiveView } from '#contract/api.ts'
import {
  accessibilityTrouble,
  chromiumFound,
  launchChromium,
  listenForTrouble,
  saturatedPixels,
} from '#tests/support/chromium.ts'
import { eventually } from '#tests/support/eventually.ts'
import { json, post, type RunFile, runFileOf } from '#tests/support/runFile.ts'
import { type Started, start } from '#tests/support/started.ts'

/** How fast is a matter for a bench: here it is waited for, on a machine that may do other work. */
const patient = { timeout: 30_000 }

const pages = ['overview', 'loop', 'racks', 'alarms', 'plan', 'energy', 'reports', 'agents'] as const
const texts = (page: Page, selector: string) => page.locator(selector).allTextContents()
const numberIn = (text: string | null | undefined): number =>
  Number((text ?? '').replaceAll(',', '').match(/-?[\d.]+/)?.[0])

let browser: Browser
beforeAll(async () => {
  if (chromiumFound) browser = await launchChromium()
})
afterAll(() => browser?.close())

describe.skipIf(!chromiumFound)('the console on a running site', () => {
  let run: Started
  let addresses: RunFile
  let page: Page
  let trouble: string[]
  const origin = () => new URL(addresses.console).origin
  const at = (path: string) => `${origin()}/small/${path}`

  beforeAll(async () => {
    run = start('--site', 'small', '--speed', '60', '--seed', '4', '--port', '0')
  })
  afterAll(async () => {
    await page?.close()
    await run.stop()
  })

  test('the first curve is on the screen soon after the start, signed in by the link', async () => {
    const startedMs = performance.now()
    const address = await run.console
    addresses = runFileOf(run)
    page = await browser.newPage({ viewport: { width: 1920, height: 1080 }, colorScheme: 'dark' })
    trouble = listenForTrouble(page, origin())
    await page.goto(address)
    const curves = () =>
      page
        .locator('.cdubox .spark path')
        .evaluateAll(paths => paths.filter(path => path.getAttribute('d')?.includes('L')).length)
    await eventually('a curve is drawn', async () => (await curves()) > 0, 120_000)
    console.info(`first curve ${((performance.now() - startedMs) / 1_000).toFixed(1)} s after npm start`)
    expect(page.url()).not.toContain('token')
    await expect.poll(() => page.locator('.nav .foot').textContent(), patient).toContain('admin')
  })

  test('values move, boxes do not, and a healthy plant is grey', async () => {
    const before = await texts(page, '.cdubox .cell .v')
    expect(before.length).toBeGreaterThan(20)
    // Four lines of CDUs, each with its supply; what is missing would be a dash.
    expect(before.filter(text => text.includes('—'))).toEqual([])
    await page.evaluate(`(() => {
      window.shifted = []
      new PerformanceObserver(list => {
        for (const entry of list.getEntries())
          for (const { node } of entry.sources)
            window.shifted.push(((node?.outerHTML ?? node?.parentElement?.outerHTML) ?? '').slice(0, 120))
      }).observe({ type: 'layout-shift' })
    })()`)
    await expect
      .poll(async () => {
        const now = await texts(page, '.cdubox .cell .v')
        return now.filter((text, index) => text !== before[index]).length
      }, patient)
      .toBeGreaterThan(5)
    await page.waitForTimeout(4_000)
    // A number grows a digit and a bar's length is its value; what holds them stays.
    const shifted = (await page.evaluate('window.shifted')) as string[]
    expect(shifted.filter(html => !/^<(i|b|span|small)\b/.test(html))).toEqual([])
    expect(await page.locator('.alarmbox .alarm').count()).toBe(0)
    expect(await saturatedPixels(browser, await page.screenshot())).toBe(0)
  })

  test.each([
    [320, 640],
    [390, 844],
    [1280, 800],
    [1920, 1080],
  ] as const)('at %s px nothing scrolls sideways and every page can be read', async (width, height) => {
    await page.setViewportSize({ width, height })
    for (const name of pages) {
      await page.goto(at(name))
      await page.waitForSelector('.freshness', { state: 'attached' })
      await page.waitForSelector('main h1')
      await page.waitForTimeout(300)
      const size = (await page.evaluate(
        '[document.documentElement.scrollWidth, document.documentElement.scrollHeight]',
      )) as [number, number]
      expect({ name, width: size[0] }).toEqual({ name, width })
      if (width === 1920 && ['overview', 'loop', 'alarms', 'plan'].includes(name))
        expect({ name, height: size[1] }).toEqual({ name, height })
      expect({ name, trouble: await accessibilityTrouble(page) }).toEqual({ name, trouble: [] })
    }
  })

  test('one instant, one figure: overview, energy, report and API agree', async () => {
    const energyAnswer = page.waitForResponse(response => response.url().includes('/api/v1/energy'))
    await page.goto(at('overview'))
    const asked = await energyAnswer
    const energy = (await asked.json()) as EnergyView
    const pue = (energy.pue as number).toFixed(3)
    await expect.poll(() => texts(page, '.kpi:nth-child(4) .v'), patient).toEqual([pue])
    const span = new URL(asked.url()).search
    const api = await json<EnergyView>(`${origin()}/api/v1/energy${span}`)
    // A reading that arrives late may still move the sixth digit; four are shown nowhere.
    expect(api.pue).toBeCloseTo(energy.pue as number, 4)
    const report = await json<{ energy: EnergyView }>(`${origin()}/api/v1/report${span}&format=json`)
    expect(report.energy.pue).toBeCloseTo(energy.pue as number, 4)
    const again = page.waitForResponse(response => response.url().includes('/api/v1/energy'))
    await page.goto(at('energy'))
    const onPage = (await (await again).json()) as EnergyView
    await expect
      .poll(() => page.locator('.bigfig .v').textContent(), patient)
      .toBe((onPage.pue as number).toFixed(3))
  })

  test('counts of leak sensors and alarms agree between the pages and the API', async () => {
    await page.goto(at('overview'))
    const live = await json<LiveView>(`${origin()}/api/v1/live`)
    const dry = Object.entries(live.values).filter(
      ([key, [value, quality]]) => key.endsWith('.leak') && value === 0 && quality === 'good',
    ).length
    const head = `0 wet · ${dry} dry · 0 unknown`
    await expect.poll(() => page.locator('.leakbox .end').textContent(), patient).toBe(head)
    await page.keyboard.press('3')
    await expect
      .poll(() => page.locator('main .head, main .state').first().textContent(), patient)
      .toContain(head)
    const alarms = await json<AlarmView[]>(`${origin()}/api/v1/alarms`)
    await page.keyboard.press('1')
    await expect
      .poll(() => page.locator('.alarmbox .end').textContent(), patient)
      .toContain(`${alarms.length} active`)
  })

  test('water at a rack rope comes onto the screen without a key, and is seen to with two', async () => {
    await page.goto(at('plan'))
    await page.waitForSelector('main h1')
    const headTop = () => page.evaluate(`document.querySelector('main h1').getBoundingClientRect().top`)
    const before = await headTop()
    const onScreen = page
      .waitForSelector('.strip .line.p1', { timeout: 60_000 })
      .then(() => performance.now())
    await post(`${addresses.faults}/faults`, { id: 'leak-b2', kind: 'leak', place: 'B2', size: 4 })
    const wetMs = await eventually(
      'the rope of B2 reads wet',
      async () => {
        const point = await json<{ reading: { value: number | null } }>(`${addresses.faults}/points/B2.leak`)
        return point.reading.value === 1 && performance.now()
      },
      60_000,
    )
    console.info(`alarm on screen ${((await onScreen) - wetMs).toFixed(0)} ms after the rope read wet`)
    expect(await headTop(), 'the strip pushes nothing that is being read').toBe(before)
    await page.keyboard.press('g')
    await page.locator('.arow.sel').waitFor()
    const id = await page.locator('.arow.sel').getAttribute('data-row')
    await page.keyboard.press('a')
    await expect
      .poll(() => page.locator(`[data-row="${id}"] .st`).textContent(), patient)
      .toContain('acknowledged')
    const standing = await json<AlarmView[]>(`${origin()}/api/v1/alarms`)
    expect(standing.find(alarm => alarm.id === id)?.acknowledgedBy).toBeTruthy()
    await page.keyboard.press('1')
    await expect.poll(() => page.locator('main h1').textContent(), patient).toContain('Water at')
    await expect.poll(() => texts(page, '.leakbox .wetname'), patient).toEqual(['B2'])
    expect(trouble).toEqual([])
  })

  test('a hub that hangs makes every value look stale; killed, its successor brings them back', async () => {
    await page.goto(at('overview'))
    await expect.poll(() => page.locator('.cell .v.stale').count(), patient).toBe(0)
    await expect
      .poll(async () => numberIn(await page.locator('.kpi:first-child .v').textContent()), patient)
      .toBeGreaterThan(100)
    // It hangs first: a hub that is only killed is back before anybody would call it lost.
    const hub = run.pids().hub as number
    const hungMs = performance.now()
    process.kill(hub, 'SIGSTOP')
    await page.locator('.lostline').waitFor(patient)
    console.info(`stale ${(performance.now() - hungMs).toFixed(0)} ms after the hub hung`)
    expect(await texts(page, '.cdubox .cell .v:not(.stale):not(.bad)')).toEqual([])
    // The page stands still now: two pages show one figure.
    const onOverview = numberIn(await page.locator('.kpi:first-child .v').textContent())
    await page.keyboard.press('2')
    const picture = await page.locator('svg.loop').textContent()
    expect((picture ?? '').replaceAll(',', '')).toContain(`sum${onOverview}`)
    await page.keyboard.press('1')
    process.kill(hub, 'SIGKILL')
    await expect.poll(() => page.locator('.lostline').count(), { timeout: 30_000 }).toBe(0)
    await expect.poll(() => page.locator('.cell .v.stale').count(), { timeout: 10_000 }).toBe(0)
    expect(run.said()).not.toContain('cannot be drawn')
  })
})

describe.skipIf(!chromiumFound)('the plan of the hour on a running site', () => {
  let run: Started
  let page: Page
  let trouble: string[]
  beforeAll(async () => {
    run = start('--site', 'small', '--speed', '600', '--seed', '1', '--port', '0')
    const address = await run.console
    page = await browser.newPage({ viewport: { width: 1920, height: 1080 } })
    trouble = listenForTrouble(page, new URL(address).origin)
    await page.goto(address)
    await page.waitForSelector('.freshness', { state: 'attached' })
    await page.keyboard.press('5')
  })
  afterAll(async () => {
    await page?.close()
    await run.stop()
  })

  test('it says what it waits for, then why it moved, and what was asked, allowed and taken', async () => {
    await expect
      .poll(() => page.locator('.learning').textContent(), { timeout: 20_000 })
      .toMatch(/learning, [\d.]+ of \d+ h.*no plan is written to it\..*\w/)
    await expect
      .poll(() => page.locator('main .head').textContent(), { timeout: 90_000 })
      .toMatch(/· (applied|sent)$|· (applied|sent)Hand/)
    const rows = page.locator('.plantbl tbody tr')
    const filled = () =>
      rows.evaluateAll(all =>
        all.map(row =>
          [...row.querySelectorAll('td')].slice(1, 5).every(cell => /\d/.test(cell.textContent)),
        ),
      )
    await expect.poll(async () => (await filled()).some(Boolean), { timeout: 60_000 }).toBe(true)
    expect((await rows.first().locator('.why').textContent())?.length).toBeGreaterThan(20)
    expect((await page.locator('.lede').first().textContent())?.length).toBeGreaterThan(60)
    expect(await page.evaluate('document.documentElement.scrollHeight')).toBe(1_080)
  })

  test('handing back all is asked for once and shown', async () => {
    await page.keyboard.press('Shift+H')
    await page.locator('dialog .choice button', { hasText: 'when asked' }).click()
    await page.locator('dialog .btn.primary').click()
    await expect.poll(() => page.locator('.head').textContent(), { timeout: 20_000 }).toContain('handed back')
    expect(trouble).toEqual([])
  })
})
