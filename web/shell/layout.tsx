import { ActionIcon, AppShell, Box, Burger, Group, Kbd, ScrollArea, Text, Tooltip, UnstyledButton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconKeyboard, IconSearch } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { Link, Outlet, useLocation } from '@tanstack/react-router';
import { lazy, Suspense, useEffect } from 'react';
import { followLog } from '../live.ts';
import { Bell } from '../notifications/bell.tsx';
import { TaskBadge } from '../tasks/badge.tsx';
import { texts } from '../texts.ts';
import { AccountMenu } from './account-menu.tsx';
import { Banners } from './banners.tsx';
import { Denied } from './errors.tsx';
import { KeysDialog, useKeys } from './keys.tsx';
import { pages, settingsPages, useSettingsPages } from './pages.ts';

/** Not needed to show a page: it comes right behind the first paint. */
const loadSearch = () => import('./search.tsx');
const openSearch = () => void loadSearch().then((search) => search.openSearch());
const Search = lazy(async () => ({ default: (await loadSearch()).Search }));

/** The frame around every page: navigation, search, notifications, account, and banners for what is wrong. */
export function Layout() {
  const client = useQueryClient();
  useEffect(() => followLog(client), [client]);
  const [opened, { toggle, close }] = useDisclosure();
  const [keysShown, keys] = useDisclosure();
  const denied = useDenied();
  useKeys({ showKeys: keys.open, openSearch });
  return (
    <AppShell header={{ height: 48 }} navbar={{ width: 212, breakpoint: 'sm', collapsed: { mobile: !opened } }} h="100%">
      <a href="#content" className="skip">
        {texts.skip}
      </a>
      <AppShell.Header px="sm" style={{ background: 'var(--app-raised)' }}>
        <Group h="100%" justify="space-between" wrap="nowrap" gap="xs">
          <Group gap="xs" wrap="nowrap">
            <Burger
              opened={opened}
              onClick={toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label={opened ? texts.closeNavigation : texts.openNavigation}
            />
            <Link to="/tasks" className="plain-link" aria-label={texts.product}>
              <Group gap={8} wrap="nowrap">
                <img src="/mark.svg" alt="" width={22} height={22} />
                <Text fw={650} visibleFrom="xs">
                  {texts.product}
                </Text>
              </Group>
            </Link>
          </Group>
          <SearchButton />
          <Group gap={4} wrap="nowrap">
            <Tooltip label={`${texts.showKeys} (?)`}>
              <ActionIcon onClick={keys.open} aria-label={texts.showKeys} visibleFrom="sm">
                <IconKeyboard size={18} stroke={1.6} />
              </ActionIcon>
            </Tooltip>
            <Bell />
            <AccountMenu />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" style={{ background: 'var(--app-raised)' }} aria-label={texts.navigation}>
        <Navigation onNavigate={close} />
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1} h="100dvh" style={{ display: 'flex', flexDirection: 'column' }}>
        <Banners />
        <Box flex={1} mih={0} style={{ overflow: 'auto' }} data-scroll>
          {denied === undefined ? <Outlet /> : <Denied title={denied.label} />}
        </Box>
      </AppShell.Main>
      <Suspense>
        <Search />
      </Suspense>
      <KeysDialog opened={keysShown} onClose={keys.close} />
    </AppShell>
  );
}

/** The page of the address, when the viewer's role does not open it. */
function useDenied() {
  const { pathname } = useLocation();
  const allowed = useSettingsPages();
  return settingsPages.find(({ to }) => to === pathname && !allowed.some((page) => page.to === to));
}

function SearchButton() {
  return (
    <UnstyledButton
      onClick={openSearch}
      px="sm"
      h={32}
      maw={360}
      flex={1}
      bd="1px solid var(--app-line)"
      style={{ borderRadius: 8, background: 'var(--app-canvas)' }}
    >
      <Group gap={8} wrap="nowrap" justify="space-between" c="dimmed">
        <Group gap={8} wrap="nowrap">
          <IconSearch size={15} stroke={1.8} aria-hidden />
          <Text size="sm">{texts.search}</Text>
        </Group>
        <Box visibleFrom="sm">
          <Kbd size="xs">Ctrl K</Kbd>
        </Box>
      </Group>
    </UnstyledButton>
  );
}

function Navigation({ onNavigate }: { onNavigate(): void }) {
  const settings = useSettingsPages();
  return (
    <ScrollArea h="100%">
      {pages.map(({ to, label, icon: Sign }) => (
        <Link key={to} to={to} className="nav-link" onClick={onNavigate}>
          <Sign size={18} stroke={1.6} aria-hidden />
          {label}
          {to === '/tasks' ? <TaskBadge /> : null}
        </Link>
      ))}
      <Text size="xs" fw={600} c="dimmed" mt="lg" mb={4} px={10}>
        {texts.settings}
      </Text>
      {settings.map(({ to, label, icon: Sign }) => (
        <Link key={to} to={to} className="nav-link" onClick={onNavigate}>
          <Sign size={18} stroke={1.6} aria-hidden />
          {label}
        </Link>
      ))}
    </ScrollArea>
  );
}
