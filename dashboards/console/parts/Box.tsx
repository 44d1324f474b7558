import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { dialog, sentenceOfError } from '../state/actions.ts'
import { mayWrite } from '../state/plant.ts'
import { t } from '../text.ts'

export const close = () => {
  dialog.value = null
}

/** A dialog over the page; `isWide` holds a table. */
export function Box({
  title,
  isWide = false,
  children,
}: {
  title: string
  isWide?: boolean
  children: ComponentChildren
}) {
  const ref = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    ref.current?.showModal()
  }, [])
  return (
    <dialog ref={ref} class={isWide ? 'wide' : ''} aria-label={title} onClose={close} onCancel={close}>
      <h2>{title}</h2>
      {children}
    </dialog>
  )
}

/** Cancel and one verb; a refusal stands above them in the hub's own words. */
export function Feet({
  verb,
  act,
  disabled,
}: {
  verb: string
  act: () => Promise<void>
  disabled?: boolean
}) {
  const [problem, setProblem] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  const press = async () => {
    setBusy(true)
    try {
      await act()
      close()
    } catch (error) {
      setProblem(sentenceOfError(error))
      setBusy(false)
    }
  }
  return (
    <>
      {problem ? (
        <p class="acterr" role="alert">
          {problem}
        </p>
      ) : null}
      <div class="foot">
        <button type="button" class="btn quiet" onClick={close}>
          {t('cancel')} <kbd>Esc</kbd>
        </button>
        {mayWrite.value ? (
          <button
            type="button"
            class="btn primary"
            disabled={busy || disabled === true}
            onClick={() => void press()}
          >
            {verb}
          </button>
        ) : (
          <button
            type="button"
            class="btn primary"
            onClick={() => {
              dialog.value = { kind: 'signIn' }
            }}
          >
            {t('signIn.to', { what: verb })}
          </button>
        )}
      </div>
    </>
  )
}
