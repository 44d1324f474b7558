import { Component, type ComponentChildren } from 'preact'
import { t } from '../text.ts'

/** A panel that throws keeps its title and says so; the rest of the page lives on. */
class Fence extends Component<{ title: string; children: ComponentChildren }, { broken: string | null }> {
  override state: { broken: string | null } = { broken: null }

  static override getDerivedStateFromError(error: unknown): { broken: string } {
    return { broken: error instanceof Error ? error.message : String(error) }
  }

  override componentDidCatch(error: unknown): void {
    console.error(`panel "${this.props.title}" cannot be drawn`, error)
  }

  override render() {
    if (this.state.broken === null) return this.props.children
    return (
      <div class="body">
        <div class="err">
          <b>{t('panel.broken')}</b>
          <p class="small muted">{this.state.broken}</p>
        </div>
      </div>
    )
  }
}

export function Panel({
  title,
  end,
  className = '',
  children,
}: {
  title: string
  end?: ComponentChildren
  className?: string
  children: ComponentChildren
}) {
  return (
    <section class={`panel ${className}`} aria-label={title}>
      <header>
        <h2>{title}</h2>
        {end === undefined ? null : <span class="end">{end}</span>}
      </header>
      <Fence title={title}>{children}</Fence>
    </section>
  )
}

export function Trouble({ title, text }: { title: string; text: string }) {
  return (
    <div class="err" role="status">
      <b>{title}</b>
      <p class="small muted">{text}</p>
    </div>
  )
}
