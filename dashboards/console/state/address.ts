import { signal } from '@preact/signals'
import { siteView } from './plant.ts'

/** `/{site}/{page}/{equipment}`: every view is a link that can be sent, and the back key works. */
export const pageNames = [
  'overview',
  'loop',
  'racks',
  'alarms',
  'plan',
  'energy',
  'reports',
  'agents',
  'cdu',
  'point',
] as const
export type PageName = (typeof pageNames)[number]
export type Place = { readonly page: PageName; readonly equipment: string }

export function placeOf(path: string): Place {
  const [, , page, ...rest] = path.split('/')
  // A point stands as `cdu-1/flow`: a dot in the last part would look like a file to a web server.
  const equipment = rest.join('.')
  return pageNames.includes(page as PageName)
    ? { page: page as PageName, equipment: decodeURIComponent(equipment) }
    : { page: 'overview', equipment: '' }
}

export function pathTo(page: PageName, equipment = ''): string {
  const site = siteView.value?.site.name ?? location.pathname.split('/')[1] ?? 'site'
  return `/${site || 'site'}/${page}${equipment ? `/${equipment.split('.').map(encodeURIComponent).join('/')}` : ''}`
}

export const place = signal<Place>(placeOf(location.pathname))

export function goTo(page: PageName, equipment = ''): void {
  const path = pathTo(page, equipment)
  if (path !== location.pathname) history.pushState(null, '', path)
  place.value = placeOf(path)
  window.scrollTo(0, 0)
}

export function followHistory(): void {
  window.addEventListener('popstate', () => {
    place.value = placeOf(location.pathname)
  })
}
