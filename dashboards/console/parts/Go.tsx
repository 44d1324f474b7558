import type { ComponentChildren } from 'preact'
import { goTo, type PageName, pathTo } from '../state/address.ts'

/** A link inside the console: a real address, opened without loading the page anew. */
export function Go({
  page,
  equipment = '',
  className,
  current,
  children,
  label,
}: {
  page: PageName
  equipment?: string
  className?: string
  current?: boolean
  label?: string
  children: ComponentChildren
}) {
  return (
    <a
      href={pathTo(page, equipment)}
      class={className}
      aria-label={label}
      aria-current={current ? 'page' : undefined}
      onClick={event => {
        if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return
        event.preventDefault()
        goTo(page, equipment)
      }}
    >
      {children}
    </a>
  )
}
