import { existsSync } from 'node:fs'
import { type Browser, chromium, type Page } from 'playwright-core'

const path = '/usr/bin/chromium'
/** Tests with a browser are skipped by name where none is installed. */
export const chromiumFound = existsSync(path)

export const launchChromium = (): Promise<Browser> =>
  chromium.launch({
    executablePath: path,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
    ],
  })

/** What the browser complains about: errors, warnings, exceptions, and requests to anybody but the hub. */
export function listenForTrouble(page: Page, origin: string): string[] {
  const trouble: string[] = []
  page.on('console', message => {
    if (message.type() === 'error' || message.type() === 'warning') trouble.push(message.text())
  })
  page.on('pageerror', error => trouble.push(error.message))
  page.on('request', request => {
    if (!request.url().startsWith(origin)) trouble.push(`request to ${request.url()}`)
  })
  return trouble
}

/** Pixels with HSV saturation above 0.6 and value above 0.4, counted on a page of its own: the console's CSP stays whole. */
export async function saturatedPixels(browser: Browser, png: Buffer): Promise<number> {
  const page = await browser.newPage()
  const count = await page.evaluate(`(async () => {
    const image = new Image()
    image.src = 'data:image/png;base64,${png.toString('base64')}'
    await image.decode()
    const canvas = document.createElement('canvas')
    canvas.width = image.width
    canvas.height = image.height
    const context = canvas.getContext('2d')
    context.drawImage(image, 0, 0)
    const { data } = context.getImageData(0, 0, image.width, image.height)
    let saturated = 0
    for (let at = 0; at < data.length; at += 4) {
      const most = Math.max(data[at], data[at + 1], data[at + 2])
      const least = Math.min(data[at], data[at + 1], data[at + 2])
      if (most > 102 && (most - least) / most > 0.6) saturated += 1
    }
    return saturated
  })()`)
  await page.close()
  return count as number
}

/**
 * What a checker of accessibility would say first, computed in the page: one h1, landmarks, names of links, buttons, fields
 * and pictures, and text contrast of at least 4.5 (3 from 24 px on) against the nearest opaque ground.
 */
export const accessibilityTrouble = (page: Page): Promise<string[]> =>
  page.evaluate(`(() => {
    const trouble = []
    const shown = element => element.getClientRects().length > 0
    const nameOf = element =>
      (element.getAttribute('aria-label') ?? element.textContent ?? '').trim() ||
      (element.labels?.[0]?.textContent ?? '') || (element.getAttribute('title') ?? '')
    if (document.querySelectorAll('h1').length !== 1) trouble.push('h1: ' + document.querySelectorAll('h1').length)
    if (!document.querySelector('main') || !document.querySelector('header')) trouble.push('landmarks')
    if (!document.documentElement.lang) trouble.push('lang')
    for (const element of document.querySelectorAll('a, button, input, select, [role=img], [role=progressbar]'))
      if (shown(element) && nameOf(element) === '') trouble.push('no name: ' + element.outerHTML.slice(0, 80))
    const ids = [...document.querySelectorAll('[id]')].map(element => element.id)
    for (const id of new Set(ids)) if (ids.filter(other => other === id).length > 1) trouble.push('id twice: ' + id)
    const rgb = text => (text.match(/[\\d.]+/g) ?? []).map(Number)
    const bright = ([r, g, b]) => {
      const part = [r, g, b].map(c => { const v = c / 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4 })
      return 0.2126 * part[0] + 0.7152 * part[1] + 0.0722 * part[2]
    }
    const ground = element => {
      for (let at = element; at; at = at.parentElement) {
        const colour = rgb(getComputedStyle(at).backgroundColor)
        if (colour.length === 3 || colour[3] > 0.99) return colour
      }
      return [255, 255, 255]
    }
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const element = node.parentElement
      if (node.textContent.trim() === '' || !shown(element) || element.closest('svg, .sr, script, option')) continue
      const style = getComputedStyle(element)
      const a = bright(rgb(style.color)), b = bright(ground(element))
      const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
      if (contrast < (parseFloat(style.fontSize) >= 24 ? 3 : 4.5))
        trouble.push(contrast.toFixed(2) + ': ' + node.textContent.trim().slice(0, 40))
    }
    return [...new Set(trouble)]
  })()`) as Promise<string[]>
