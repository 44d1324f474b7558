import type { PlanView } from '#contract/api.ts'
import { formatDecimals } from '../rules/numbers.ts'
import { t } from '../text.ts'

/** First run: how much is learned, what is waited for, and that local rules drive the plant meanwhile. */
export function Learning({ plan }: { plan: PlanView }) {
  const { historyHours, historyHoursNeeded } = plan.trust
  const share = historyHoursNeeded > 0 ? Math.min(1, historyHours / historyHoursNeeded) : 0
  return (
    <div class="empty learning">
      <b>
        {t('learning.title', {
          hours: formatDecimals(historyHours, 1),
          needed: formatDecimals(historyHoursNeeded, Number.isInteger(historyHoursNeeded) ? 0 : 1),
        })}
      </b>
      <div
        class="prog"
        role="progressbar"
        aria-valuenow={Math.round(share * 100)}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-label={t('learning.label')}
      >
        <i style={{ width: `${share * 100}%` }} />
      </div>
      <p class="small muted">
        {t('learning.text')} {plan.waitingFor.startsWith('learning,') ? '' : plan.waitingFor}
      </p>
    </div>
  )
}
