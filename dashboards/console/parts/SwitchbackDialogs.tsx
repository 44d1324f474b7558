import { useEffect, useState } from 'preact/hooks'
import type { SwitchbackProposalView } from '#contract/api.ts'
import { formatDecimals } from '../rules/numbers.ts'
import { formatDayTime } from '../rules/times.ts'
import { sentenceOfError } from '../state/actions.ts'
import { hub } from '../state/hub.ts'
import { mayWrite, zone } from '../state/plant.ts'
import { loadSavings } from '../state/savings.ts'
import { t } from '../text.ts'
import { Box, Feet } from './Box.tsx'

/** The least that counts, a quarter of a year, and half of one. */
const pairChoices = [14, 22, 45] as const
const seedMost = 4_294_967_295

/** Order, power and the very words of the registration stand here before anything starts. */
export function StartSwitchback() {
  const [pairs, setPairs] = useState<number>(pairChoices[0])
  const [seedText, setSeedText] = useState('1')
  const [proposal, setProposal] = useState<SwitchbackProposalView | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const seed = Number(seedText)
  const isSeed = seedText.trim() !== '' && Number.isInteger(seed) && seed >= 0 && seed <= seedMost
  const propose = async () => {
    setProposal(null)
    try {
      setProposal(await hub.proposeSwitchback(pairs, seed))
      setProblem(null)
    } catch (error) {
      setProblem(sentenceOfError(error))
    }
  }
  useEffect(() => {
    if (isSeed && mayWrite.peek()) void propose()
    else setProposal(null)
  }, [pairs, seedText])
  const isShown = proposal !== null && proposal.pairs === pairs && proposal.seed === seed
  return (
    <Box title={t('switchback.title')} isWide>
      <p class="small muted">{t('switchback.text')}</p>
      <div class="startform">
        <div>
          <label id="pairs">{t('switchback.pairs')}</label>
          <div class="choice" role="group" aria-labelledby="pairs">
            {pairChoices.map(count => (
              <button
                key={count}
                type="button"
                aria-pressed={count === pairs}
                onClick={() => setPairs(count)}
              >
                {t('switchback.pairsText', { count, days: 4 * count })}
              </button>
            ))}
          </div>
        </div>
        <label>
          {t('switchback.seed')}
          <input
            class="field"
            inputMode="numeric"
            value={seedText}
            onInput={event => setSeedText(event.currentTarget.value)}
          />
        </label>
      </div>
      {isSeed ? null : (
        <p class="acterr" role="alert">
          {t('switchback.seedWrong', { most: seedMost })}
        </p>
      )}
      {problem ? (
        <p class="acterr" role="alert">
          {problem}
        </p>
      ) : null}
      {mayWrite.value ? null : <p class="small">{t('switchback.signIn')}</p>}
      {isShown ? <Proposal proposal={proposal} /> : null}
      <Feet
        verb={t('switchback.start')}
        disabled={!isShown}
        act={async () => {
          if (!isShown) return
          try {
            await hub.startSwitchback(pairs, seed, proposal.registration.sha256)
          } catch (error) {
            // What is shown may be old: the words are fetched anew before a second press.
            await propose()
            throw error
          }
          await loadSavings()
        }}
      />
    </Box>
  )
}

function Proposal({ proposal: { power, blocks, registration } }: { proposal: SwitchbackProposalView }) {
  const percent = (share: number) => formatDecimals(100 * share, 1)
  const [first, last] = [blocks[0], blocks.at(-1)]
  return (
    <>
      <section>
        <h3>{t('switchback.power')}</h3>
        <p>
          {power.detectableShare === null || power.pairDeviationShare === null
            ? t('switchback.powerUnknown', { count: power.placeboPairs })
            : t('switchback.powerText', {
                share: percent(power.detectableShare),
                count: power.placeboPairs,
                deviation: percent(power.pairDeviationShare),
              })}
        </p>
        {first && last ? (
          <p class="small muted">
            {t('switchback.span', {
              from: formatDayTime(first.fromAt, zone.value),
              to: formatDayTime(last.toAt, zone.value),
            })}
          </p>
        ) : null}
      </section>
      <section>
        <h3>{t('switchback.registration')}</h3>
        <pre class="registration">{registration.text}</pre>
        <p class="small muted hash">{t('switchback.hash', { hash: registration.sha256 })}</p>
      </section>
    </>
  )
}

export function StopSwitchback() {
  const [why, setWhy] = useState('')
  return (
    <Box title={t('switchback.stopTitle')}>
      <p class="small muted">{t('switchback.stopText')}</p>
      <label>
        {t('switchback.why')}
        <input class="field" value={why} onInput={event => setWhy(event.currentTarget.value)} />
      </label>
      <Feet
        verb={t('switchback.stop')}
        disabled={why.trim().length < 3}
        act={async () => {
          await hub.stopSwitchback(why.trim())
          await loadSavings()
        }}
      />
    </Box>
  )
}
