import { useEffect, useState } from 'preact/hooks'
import type { CommissioningView, PlanningView } from '#contract/api.ts'
import { formatDecimals } from '../rules/numbers.ts'
import { capital } from '../rules/points.ts'
import { formatDayTime, formatDuration } from '../rules/times.ts'
import { sentenceOfError } from '../state/actions.ts'
import { hub } from '../state/hub.ts'
import { nameOf, zone } from '../state/plant.ts'
import { t } from '../text.ts'
import { Box, close, Feet } from './Box.tsx'

/** A ladder moves by the minute at most; while it is open it is asked for anew this often. */
const askEveryMs = 3_000

/** Trust ladder of each CDU, champion and challenger, what is not known, and the commissioning sweep. */
export function LadderDialog() {
  const [view, setView] = useState<PlanningView | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  useEffect(() => {
    const look = () =>
      hub.planning().then(
        seen => {
          setView(seen)
          setProblem(null)
        },
        (error: unknown) => setProblem(sentenceOfError(error)),
      )
    void look()
    const timer = setInterval(() => void look(), askEveryMs)
    return () => clearInterval(timer)
  }, [])
  return (
    <Box title={t('ladder.title')} isWide>
      {problem ? (
        <p class="acterr" role="alert">
          {problem}
        </p>
      ) : null}
      {view ? (
        <>
          <Rungs view={view} />
          <Models view={view} />
          <Unknown unknown={view.unknown} />
          <Sweep sweep={view.commissioning} />
        </>
      ) : (
        <div class="foot">
          <button type="button" class="btn" onClick={close}>
            {t('close')}
          </button>
        </div>
      )}
    </Box>
  )
}

function Rungs({ view }: { view: PlanningView }) {
  const { canary } = view
  return (
    <section>
      <table class="tbl ladder">
        <thead>
          <tr>
            <th class="l">{t('ladder.cdu')}</th>
            <th class="l">{t('ladder.mode')}</th>
            <th class="l">{t('ladder.why')}</th>
          </tr>
        </thead>
        <tbody>
          {view.ladder.map(rung => (
            <tr key={rung.cdu}>
              <td class="l">
                <b>{nameOf(rung.cdu)}</b>
              </td>
              <td class="l">{modeText(rung)}</td>
              <td class="l why">
                {capital(rung.holds[0] ?? rung.reason)}
                {rung.lastFall ? (
                  <small>
                    {t(rung.lastFall.why === rung.reason ? 'ladder.fellThen' : 'ladder.fell', {
                      at: formatDayTime(rung.lastFall.at, zone.value),
                      why: rung.lastFall.why,
                    })}
                  </small>
                ) : null}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {canary && canary.neededMs > 0 ? (
        <p class="small muted">
          {canary.hasPassed
            ? t('ladder.canaryPassed', { cdu: nameOf(canary.cdu) })
            : t('ladder.canaryText', {
                cdu: nameOf(canary.cdu),
                steered: formatDuration(canary.steeredMs),
                needed: formatDuration(canary.neededMs),
              })}
        </p>
      ) : null}
    </section>
  )
}

function modeText(rung: PlanningView['ladder'][number]): string {
  const mode = t(`mode.${rung.mode}`)
  if (rung.waits) return `${mode}, ${t('ladder.waits')}`
  if (rung.mode === 'auto' && !rung.isSteered) return `${mode}, ${t('ladder.rests')}`
  return rung.isCanary ? `${mode}, ${t('ladder.canary')}` : mode
}

const percent = (value: number | null) => (value === null ? '—' : `${formatDecimals(value, 1)}\u202f%`)

function Models({ view }: { view: PlanningView }) {
  const champion = view.models.find(card => card.role === 'champion')
  const duel = view.lastDuel
  return (
    <section>
      <h3>{t('ladder.model')}</h3>
      {champion ? (
        <p class="small">
          <b>{champion.id}</b>
          {champion.isPinned ? `, ${t('ladder.pinned')}` : ''}:{' '}
          {t('ladder.modelText', {
            rows: champion.rows,
            to: champion.toAt === null ? '—' : formatDayTime(champion.toAt, zone.value),
            seed: champion.seed,
            error: percent(champion.errorPercent),
          })}
        </p>
      ) : (
        <p class="small muted">{t('ladder.noModel')}</p>
      )}
      <p class="small muted">
        {duel
          ? t('ladder.duel', {
              rows: duel.rows,
              champion: percent(duel.championPercent),
              challenger: percent(duel.challengerPercent),
              winner: t(duel.winner === 'champion' ? 'ladder.stays' : 'ladder.replaced'),
            })
          : t('ladder.noDuel')}{' '}
        {view.models.length > 1 ? t('ladder.earlier', { count: view.models.length - 1 }) : ''}
      </p>
    </section>
  )
}

/** The widest come first; more than these nobody weighs at once. */
const unknownShown = 5

function Unknown({ unknown }: { unknown: PlanningView['unknown'] }) {
  return (
    <section>
      <h3>{t('ladder.unknown')}</h3>
      {unknown.length === 0 ? (
        <p class="small muted">{t('ladder.unknownNone')}</p>
      ) : (
        unknown.slice(0, unknownShown).map(({ name, spreadPercent, costKw }) => (
          <p class="small" key={name}>
            {t(costKw === null ? 'ladder.unknownText' : 'ladder.unknownCost', {
              name: capital(name),
              spread: formatDecimals(spreadPercent, 0),
              cost: costKw === null ? '' : formatDecimals(costKw, 1),
            })}
          </p>
        ))
      )}
    </section>
  )
}

function Sweep({ sweep }: { sweep: CommissioningView | null }) {
  const isActive = sweep?.state === 'waiting' || sweep?.state === 'running'
  return (
    <section>
      <h3>{t('ladder.sweep')}</h3>
      {sweep ? <SweepFigures sweep={sweep} /> : <p class="small muted">{t('ladder.sweepNone')}</p>}
      <Feet
        verb={t(isActive ? 'ladder.sweepAbort' : 'ladder.sweepStart')}
        act={async () => {
          await hub.commission(isActive ? 'abort' : 'start')
        }}
      />
    </section>
  )
}

function SweepFigures({ sweep }: { sweep: CommissioningView }) {
  return (
    <>
      <p class="small">
        <b>{capital(t(`sweep.${sweep.state}`))}.</b>{' '}
        {sweep.state === 'running'
          ? `${t('ladder.sweepBlock', { block: sweep.block, blocks: sweep.blocks })}: `
          : ''}
        {sweep.sentence}
      </p>
      {sweep.startedAt === null ? null : (
        <>
          <div
            class="prog"
            role="progressbar"
            aria-valuenow={Math.round(100 * sweep.share)}
            aria-valuemin={0}
            aria-valuemax={100}
            aria-label={t('ladder.sweep')}
          >
            <i style={{ width: `${100 * sweep.share}%` }} />
          </div>
          <p class="small muted">
            {t('ladder.sweepTook', {
              kwh: formatDecimals(sweep.facilityKwh, 0),
              over: formatDecimals(sweep.overLimitDegreeMinutes, 1),
              margin:
                sweep.leastChipMarginK === null ? '—' : `${formatDecimals(sweep.leastChipMarginK, 1)}\u202fK`,
            })}
          </p>
        </>
      )}
    </>
  )
}
