import { effect, signal } from '@preact/signals'

/** Light or dark, desk or wall: kept on this machine only. */
export type Theme = 'light' | 'dark'
const themeKey = 'coldloop.theme'

const ofSystem = (): Theme => (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')
const asked = (): Theme | null => {
  const kept = localStorage.getItem(themeKey)
  return kept === 'light' || kept === 'dark' ? kept : null
}

export const theme = signal<Theme>(asked() ?? ofSystem())
export const wall = signal(new URLSearchParams(location.search).has('wall'))
export const singleKeys = signal(localStorage.getItem('coldloop.keys') !== 'off')

export function toggleTheme(): void {
  theme.value = theme.peek() === 'dark' ? 'light' : 'dark'
  localStorage.setItem(themeKey, theme.peek())
}

export function toggleSingleKeys(): void {
  singleKeys.value = !singleKeys.peek()
  localStorage.setItem('coldloop.keys', singleKeys.peek() ? 'on' : 'off')
}

export function followLook(): void {
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
    if (!asked()) theme.value = ofSystem()
  })
  effect(() => {
    document.documentElement.dataset.theme = theme.value
  })
  effect(() => {
    document.documentElement.toggleAttribute('data-wall', wall.value)
  })
}
