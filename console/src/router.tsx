import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from '@tanstack/react-router'
import { CrashNotice } from './components/notices.tsx'
import { Shell } from './shell.tsx'
import { parseSearch, stringifySearch } from './url-state.ts'

const root = createRootRoute({ component: Shell, errorComponent: CrashNotice })

const screen = (path: string, load: () => Promise<{ default: () => React.ReactNode }>) =>
  createRoute({
    getParentRoute: () => root,
    path,
    component: lazyRouteComponent(load),
    validateSearch: (search: Record<string, unknown>) => search as Record<string, string | undefined>,
  })

const home = createRoute({
  getParentRoute: () => root,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/alerts' as never })
  },
})

/** The address of one alert, as notifications give it, whatever its state and age. */
const oneAlert = createRoute({
  getParentRoute: () => root,
  path: '/alerts/$id',
  beforeLoad: ({ params }) => {
    throw redirect({ to: '/alerts' as never, search: { alert: params.id, status: 'any' } as never })
  },
})

const tree = root.addChildren([
  home,
  oneAlert,
  screen('/alerts', () => import('./screens/inbox/index.tsx')),
  screen('/cases', () => import('./screens/cases/index.tsx')),
  screen('/cases/$id', () => import('./screens/cases/case.tsx')),
  screen('/silences', () => import('./screens/silences.tsx')),
  screen('/setup', () => import('./screens/first-run.tsx')),
  screen('/events', () => import('./screens/events/index.tsx')),
  screen('/scan', () => import('./screens/scan.tsx')),
  screen('/entity', () => import('./screens/entity.tsx')),
  screen('/connections', () => import('./screens/connections/index.tsx')),
  screen('/map', () => import('./screens/map/index.tsx')),
  screen('/timeline', () => import('./screens/timeline.tsx')),
  screen('/overview', () => import('./screens/overview.tsx')),
  screen('/rules', () => import('./screens/rules/index.tsx')),
  screen('/watches', () => import('./screens/watches/index.tsx')),
  screen('/watches/$id', () => import('./screens/watches/watch.tsx')),
  screen('/attack', () => import('./screens/attack.tsx')),
  screen('/debug', () => import('./screens/debugger.tsx')),
  screen('/pipelines', () => import('./screens/pipelines.tsx')),
  screen('/store', () => import('./screens/store.tsx')),
  screen('/access', () => import('./screens/access/index.tsx')),
  screen('/requests', () => import('./screens/requests.tsx')),
  screen('/s/$id', () => import('./screens/short-link.tsx')),
])

export const router = createRouter({
  routeTree: tree,
  basepath: '/_vedetta/ui',
  parseSearch,
  stringifySearch,
  defaultPreload: false,
  defaultErrorComponent: CrashNotice,
})
