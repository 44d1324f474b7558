import { useEffect } from 'preact/hooks'
import { Dialogs } from './dialogs.tsx'
import { Bar, Rail, Strip, Tabs } from './frame.tsx'
import { AgentsPage } from './pages/Agents.tsx'
import { AlarmsPage } from './pages/Alarms.tsx'
import { EnergyPage } from './pages/Energy.tsx'
import { EquipmentPage } from './pages/Equipment.tsx'
import { LoopPage } from './pages/Loop.tsx'
import { Overview } from './pages/Overview.tsx'
import { PlanPage } from './pages/Plan.tsx'
import { PointPage } from './pages/Point.tsx'
import { RacksPage } from './pages/Racks.tsx'
import { ReportsPage } from './pages/Reports.tsx'
import { place } from './state/address.ts'
import { siteProblem, siteView } from './state/plant.ts'
import { t } from './text.ts'

function Page() {
  const { page, equipment } = place.value
  switch (page) {
    case 'overview':
      return <Overview />
    case 'loop':
      return <LoopPage equipment={equipment} />
    case 'racks':
      return <RacksPage rack={equipment} />
    case 'alarms':
      return <AlarmsPage />
    case 'plan':
      return <PlanPage />
    case 'energy':
      return <EnergyPage />
    case 'reports':
      return <ReportsPage />
    case 'agents':
      return <AgentsPage />
    case 'cdu':
      return <EquipmentPage id={equipment} />
    case 'point':
      return <PointPage series={equipment} />
    default:
      return page satisfies never
  }
}

function Loading() {
  return (
    <div>
      <h1>{t(siteProblem.value ? 'loading.waiting' : 'loading.title')}</h1>
      <span class="sk" style={{ width: '34%' }} />
      <span class="sk" style={{ width: '78%' }} />
      <span class="sk" style={{ width: '60%' }} />
      <p class="small muted">{siteProblem.value ?? ''}</p>
    </div>
  )
}

export function App() {
  const view = siteView.value
  const { page, equipment } = place.value
  useEffect(() => {
    document.title = t('title', { page: t(`page.${page}`), equipment, site: view?.site.title ?? '' }).replace(
      '  ',
      ' ',
    )
  }, [page, equipment, view])
  return (
    <div class="app">
      <Bar />
      <Rail />
      <Strip />
      <main class="main" id="main">
        {view ? <Page /> : <Loading />}
      </main>
      <Tabs />
      <Dialogs />
    </div>
  )
}
