import {
  ActionIcon,
  AppShell,
  Badge,
  Burger,
  Group,
  Kbd,
  Menu,
  Modal,
  Select,
  Switch,
  Table,
  Text,
  useMantineColorScheme,
} from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { Spotlight, spotlight } from '@mantine/spotlight'
import {
  IconAlertTriangle,
  IconArrowsRightLeft,
  IconBriefcase,
  IconDatabase,
  IconEye,
  IconEyeOff,
  IconGridDots,
  IconLayoutDashboard,
  IconMap2,
  IconListSearch,
  IconPlayerPlay,
  IconRadar2,
  IconSettings,
  IconTable,
  IconTopologyStar3,
  IconTerminal2,
  IconTestPipe,
  IconTimeline,
  IconUser,
  IconUsers,
  IconWorld,
} from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link, Outlet, useNavigate, useRouterState } from '@tanstack/react-router'
import { useState } from 'react'
import { alerts } from './api/alerts.ts'
import { ruleProblems } from './api/rules.ts'
import { logout } from './api/session.ts'
import { singleKeysOn, useShortcuts } from './keyboard.ts'
import { messages as m } from './messages.ts'
import { LiveProvider } from './live.tsx'
import { useSession } from './session-context.tsx'

interface Screen {
  readonly path: string
  readonly label: string
  readonly icon: typeof IconWorld
  /** After `g`. */
  readonly keys?: string
}

const GROUPS: readonly { readonly label: string; readonly screens: readonly Screen[] }[] = [
  {
    label: m.groups.notice,
    screens: [
      { path: '/overview', label: m.nav.overview, icon: IconLayoutDashboard, keys: 'o' },
      { path: '/alerts', label: m.nav.alerts, icon: IconAlertTriangle, keys: 'a' },
      { path: '/events', label: m.nav.events, icon: IconListSearch, keys: 'e' },
      { path: '/cases', label: m.nav.cases, icon: IconBriefcase },
    ],
  },
  {
    label: m.groups.investigate,
    screens: [
      { path: '/scan', label: m.nav.scan, icon: IconGridDots },
      { path: '/entity', label: m.nav.entity, icon: IconWorld },
      { path: '/connections', label: m.nav.connections, icon: IconTopologyStar3 },
      { path: '/map', label: m.nav.map, icon: IconMap2 },
      { path: '/timeline', label: m.nav.timeline, icon: IconTimeline },
    ],
  },
  {
    label: m.groups.detect,
    screens: [
      { path: '/rules', label: m.nav.rules, icon: IconRadar2, keys: 'r' },
      { path: '/watches', label: m.nav.watches, icon: IconEye, keys: 'w' },
      { path: '/silences', label: m.nav.silences, icon: IconEyeOff },
      { path: '/attack', label: m.nav.attack, icon: IconTable },
    ],
  },
  {
    label: m.groups.run,
    screens: [
      { path: '/pipelines', label: m.nav.pipelines, icon: IconArrowsRightLeft, keys: 'p' },
      { path: '/debug', label: m.nav.debug, icon: IconTestPipe },
      { path: '/store', label: m.nav.store, icon: IconDatabase },
      { path: '/requests', label: m.nav.dev, icon: IconTerminal2 },
      { path: '/access', label: m.nav.access, icon: IconUsers },
      { path: '/setup', label: m.nav.setup, icon: IconPlayerPlay },
    ],
  },
]

const SCREENS = GROUPS.flatMap(({ screens }) => screens)

const ZONES = ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')]

/** The frame of every screen: navigation, settings, keyboard. */
export function Shell() {
  const [opened, { toggle, close }] = useDisclosure(false)
  const [help, setHelp] = useState(false)
  const navigate = useNavigate()
  const path = useRouterState({ select: (state) => state.location.pathname })
  const { session } = useSession()
  const go = (to: string): void => void navigate({ to: to as never })
  useShortcuts({
    // By the layout of the keyboard it needs Shift or not.
    'Shift+?': () => setHelp((before) => !before),
    '?': () => setHelp((before) => !before),
    '$mod+k': () => spotlight.toggle(),
    '$mod+\\': () => void navigate({ to: '.', search: {} as never }),
    '/': () => focusOn('[data-query]'),
    t: () => focusOn('[data-time]'),
    ...Object.fromEntries(
      SCREENS.flatMap(({ keys, path: to }) => (keys === undefined ? [] : [[`g ${keys}`, () => go(to)]])),
    ),
  })
  return (
    <LiveProvider>
      <AppShell
        header={{ height: 44 }}
        navbar={{ width: 190, breakpoint: 'sm', collapsed: { mobile: !opened } }}
        padding="md"
      >
        <a className="ved-skip" href="#content">
          {m.common.skip}
        </a>
        <AppShell.Header>
          <Group h="100%" px="md" justify="space-between" wrap="nowrap">
            <Group gap="sm" wrap="nowrap">
              <Burger opened={opened} onClick={toggle} hiddenFrom="sm" size="sm" aria-label={m.nav.toggle} />
              <Text fw={700}>{m.common.product}</Text>
            </Group>
            <Group gap="xs" wrap="nowrap">
              <Badge variant="default" tt="none" leftSection={<IconUser size={12} />}>
                {session.user === null ? m.nav.anonymous : `${session.user} · ${session.role}`}
              </Badge>
              <Preferences />
            </Group>
          </Group>
        </AppShell.Header>
        <AppShell.Navbar p="xs" aria-label={m.nav.label} style={{ overflowY: 'auto' }}>
          {GROUPS.map((group) => (
            <div key={group.label} role="group" aria-label={group.label} className="ved-nav-group">
              <div aria-hidden>{group.label}</div>
              {group.screens.map(({ path: to, label, icon: Icon }) => {
                const active = path.split('/_vedetta/ui')[1]?.split('/')[1] === to.slice(1) || path === to
                return (
                  <Link
                    key={to}
                    to={to as never}
                    className="ved-nav"
                    data-active={active}
                    onClick={close}
                    aria-current={active ? 'page' : undefined}
                  >
                    <Icon size={16} aria-hidden />
                    <span>{label}</span>
                    {to === '/rules' && <RuleProblems />}
                    {to === '/alerts' && <Assigned />}
                  </Link>
                )
              })}
            </div>
          ))}
        </AppShell.Navbar>
        <AppShell.Main id="content" tabIndex={-1}>
          <Outlet />
        </AppShell.Main>
        <Modal opened={help} onClose={() => setHelp(false)} title={m.keys.title}>
          <Table>
            <Table.Tbody>
              {m.keys.rows.map(([keys, meaning]) => (
                <Table.Tr key={keys}>
                  <Table.Td>
                    <Kbd>{keys}</Kbd>
                  </Table.Td>
                  <Table.Td>{meaning}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Modal>
        <Spotlight
          shortcut={null}
          actions={SCREENS.map(({ path: to, label }) => ({ id: to, label, onClick: () => go(to) }))}
          searchProps={{ placeholder: m.keys.palette, 'aria-label': m.keys.palette }}
          nothingFound={m.keys.nothing}
        />
      </AppShell>
    </LiveProvider>
  )
}

const LOOK_MILLIS = 60_000

/** How many rules do not run because something is wrong with them. */
function RuleProblems() {
  const { data = [] } = useQuery({
    queryKey: ['rules', 'problems'],
    queryFn: () => ruleProblems(),
    refetchInterval: LOOK_MILLIS,
    retry: false,
  })
  if (data.length === 0) return null
  return (
    <Badge size="xs" color="red" ml="auto" role="img" aria-label={m.rules.problems(data.length)}>
      {data.length}
    </Badge>
  )
}

/** How many alerts the user has to look after. */
function Assigned() {
  const { user } = useSession().session
  const { data } = useQuery({
    queryKey: ['alerts', 'assigned', user],
    queryFn: ({ signal }) =>
      alerts.list({ assignee: user ?? '', status: 'open,acknowledged', from: 'now-30d', size: 1 }, signal),
    enabled: user !== null,
    retry: false,
  })
  if (data === undefined || data.total === 0) return null
  return (
    <Badge size="xs" variant="default" ml="auto" role="img" aria-label={m.inbox.yours(data.total)}>
      {data.total}
    </Badge>
  )
}

function focusOn(selector: string): void {
  document.querySelector<HTMLElement>(selector)?.focus()
}

function Preferences() {
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  const { session } = useSession()
  const [contrast, setContrast] = useState(document.documentElement.dataset['contrast'] === 'high')
  const [keys, setKeys] = useState(singleKeysOn())
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone
  return (
    <Menu position="bottom-end" width={260} closeOnItemClick={false}>
      <Menu.Target>
        <ActionIcon variant="default" aria-label={m.nav.settings}>
          <IconSettings size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown p="sm">
        <Select
          label={m.settings.scheme}
          data={[
            { value: 'auto', label: m.settings.auto },
            { value: 'light', label: m.settings.light },
            { value: 'dark', label: m.settings.dark },
          ]}
          value={colorScheme}
          onChange={(value) => setColorScheme((value ?? 'auto') as 'auto')}
          comboboxProps={{ withinPortal: false }}
          allowDeselect={false}
        />
        <Switch
          mt="sm"
          label={m.settings.contrast}
          checked={contrast}
          onChange={(event) => {
            const on = event.currentTarget.checked
            setContrast(on)
            localStorage.setItem('vedetta.contrast', on ? 'high' : 'normal')
            if (on) document.documentElement.dataset['contrast'] = 'high'
            else delete document.documentElement.dataset['contrast']
          }}
        />
        <Select
          mt="sm"
          label={m.settings.zone}
          searchable
          limit={200}
          data={[
            { value: 'browser', label: m.settings.browserZone(own) },
            ...ZONES.map((value) => ({ value, label: value })),
          ]}
          value={localStorage.getItem('vedetta.zone') ?? 'browser'}
          onChange={(value) => {
            localStorage.setItem('vedetta.zone', value ?? 'browser')
            location.reload()
          }}
          comboboxProps={{ withinPortal: false }}
          allowDeselect={false}
        />
        <Switch
          mt="sm"
          label={m.settings.shortcuts}
          checked={keys}
          onChange={(event) => {
            setKeys(event.currentTarget.checked)
            localStorage.setItem('vedetta.keys', event.currentTarget.checked ? 'on' : 'off')
          }}
        />
        {session.user !== null && (
          <Menu.Item mt="sm" onClick={() => void logout().then(() => location.reload())}>
            {m.nav.logout}
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  )
}
