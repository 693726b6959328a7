import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  type RouteComponent,
  redirect,
} from '@tanstack/react-router';
import { Problem } from './api.ts';
import { listSearch } from './lists/list-state.ts';
import { meQuery, onSignedOut, queryClient } from './queries.ts';
import { Crash, NotFound } from './shell/errors.tsx';

/** Text of a search parameter, absent when empty. */
const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value.slice(0, 200) : undefined;

/** Which kinds of entries a record's timeline shows. */
const timelineSearch = (search: Record<string, unknown>): { kinds?: string | undefined } => ({ kinds: text(search.kinds) });

const root = createRootRoute({ component: Outlet, notFoundComponent: NotFound });

const setup = createRoute({
  getParentRoute: () => root,
  path: '/setup',
  validateSearch: (search: Record<string, unknown>): { token?: string | undefined } => ({ token: text(search.token) }),
  component: lazyRouteComponent(() => import('./identity/setup.page.tsx'), 'SetupPage'),
});

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: (search: Record<string, unknown>): { back?: string | undefined } => {
    const back = text(search.back);
    // Only an address of our own pages: a foreign one would make sign-in a door for phishing.
    return { back: back !== undefined && /^\/(?![/\\])/.test(back) ? back : undefined };
  },
  component: lazyRouteComponent(() => import('./identity/sign-in.page.tsx'), 'SignInPage'),
});

const link = createRoute({
  getParentRoute: () => root,
  path: '/link',
  component: lazyRouteComponent(() => import('./identity/link.page.tsx'), 'LinkPage'),
});

const providerReturn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in/provider/$key',
  component: lazyRouteComponent(() => import('./identity/provider-return.page.tsx'), 'ProviderReturnPage'),
});

/** Everything behind sign-in, inside the shell. */
const inside = createRoute({
  getParentRoute: () => root,
  id: 'inside',
  beforeLoad: async ({ location }) => {
    try {
      await queryClient.ensureQueryData(meQuery);
    } catch (error) {
      if (error instanceof Problem && error.status === 401) throw redirect({ to: '/sign-in', search: { back: location.href } });
      throw error;
    }
  },
  component: lazyRouteComponent(() => import('./shell/layout.tsx'), 'Layout'),
});

const home = createRoute({
  getParentRoute: () => inside,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/tasks' });
  },
});
const contacts = createRoute({
  getParentRoute: () => inside,
  path: '/contacts',
  validateSearch: listSearch,
  component: lazyRouteComponent(() => import('./contacts/contacts.page.tsx'), 'ContactsPage'),
});
const contact = createRoute({
  getParentRoute: () => inside,
  path: '/contacts/$id',
  validateSearch: timelineSearch,
  component: lazyRouteComponent(() => import('./contacts/contact.page.tsx'), 'ContactPage'),
});
const companies = createRoute({
  getParentRoute: () => inside,
  path: '/companies',
  validateSearch: listSearch,
  component: lazyRouteComponent(() => import('./companies/companies.page.tsx'), 'CompaniesPage'),
});
const company = createRoute({
  getParentRoute: () => inside,
  path: '/companies/$id',
  validateSearch: timelineSearch,
  component: lazyRouteComponent(() => import('./companies/company.page.tsx'), 'CompanyPage'),
});
const deals = createRoute({
  getParentRoute: () => inside,
  path: '/deals',
  validateSearch: (search: Record<string, unknown>): { pipeline?: string | undefined } => ({ pipeline: text(search.pipeline) }),
  component: lazyRouteComponent(() => import('./deals/board.page.tsx'), 'BoardPage'),
});
const dealList = createRoute({
  getParentRoute: () => inside,
  path: '/deals/list',
  validateSearch: listSearch,
  component: lazyRouteComponent(() => import('./deals/deals.page.tsx'), 'DealsPage'),
});
const deal = createRoute({
  getParentRoute: () => inside,
  path: '/deals/$id',
  validateSearch: timelineSearch,
  component: lazyRouteComponent(() => import('./deals/deal.page.tsx'), 'DealPage'),
});
const tasks = createRoute({
  getParentRoute: () => inside,
  path: '/tasks',
  component: lazyRouteComponent(() => import('./tasks/tasks.page.tsx'), 'TasksPage'),
});
const taskList = createRoute({
  getParentRoute: () => inside,
  path: '/tasks/list',
  validateSearch: listSearch,
  component: lazyRouteComponent(() => import('./tasks/task-list.page.tsx'), 'TaskListPage'),
});
const activities = createRoute({
  getParentRoute: () => inside,
  path: '/activities',
  validateSearch: listSearch,
  component: lazyRouteComponent(() => import('./activities/activities.page.tsx'), 'ActivitiesPage'),
});

const settings = <const Name extends string>(name: Name, component: RouteComponent) =>
  createRoute({ getParentRoute: () => inside, path: `/settings/${name}` as const, component });
const mailboxes = settings(
  'mailboxes',
  lazyRouteComponent(() => import('./email/mailboxes.page.tsx'), 'MailboxesPage'),
);
const webhooks = settings(
  'webhooks',
  lazyRouteComponent(() => import('./webhooks/webhooks.page.tsx'), 'WebhooksPage'),
);
const keys = settings(
  'keys',
  lazyRouteComponent(() => import('./identity/keys.page.tsx'), 'KeysPage'),
);
const users = settings(
  'users',
  lazyRouteComponent(() => import('./identity/users.page.tsx'), 'UsersPage'),
);
const roles = settings(
  'roles',
  lazyRouteComponent(() => import('./identity/roles.page.tsx'), 'RolesPage'),
);
const audit = settings(
  'audit',
  lazyRouteComponent(() => import('./identity/audit.page.tsx'), 'AuditPage'),
);
const fields = settings(
  'fields',
  lazyRouteComponent(() => import('./fields/fields.page.tsx'), 'FieldsPage'),
);
const tags = settings(
  'tags',
  lazyRouteComponent(() => import('./tags/tags.page.tsx'), 'TagsPage'),
);
const pipelines = createRoute({
  getParentRoute: () => inside,
  path: '/settings/pipelines',
  validateSearch: (search: Record<string, unknown>): { pipeline?: string | undefined } => ({ pipeline: text(search.pipeline) }),
  component: lazyRouteComponent(() => import('./pipelines/pipelines.page.tsx'), 'PipelinesPage'),
});
const activityTypes = settings(
  'activity-types',
  lazyRouteComponent(() => import('./activities/types.page.tsx'), 'ActivityTypesPage'),
);
const duplicates = settings(
  'duplicates',
  lazyRouteComponent(() => import('./duplicates/duplicates.page.tsx'), 'DuplicatesPage'),
);
const bulkEdits = settings(
  'bulk-edits',
  lazyRouteComponent(() => import('./bulk/bulk-edits.page.tsx'), 'BulkEditsPage'),
);
const deleted = settings(
  'deleted',
  lazyRouteComponent(() => import('./deletion/deleted.page.tsx'), 'DeletedPage'),
);
const erasures = settings(
  'erasures',
  lazyRouteComponent(() => import('./privacy/erasures.page.tsx'), 'ErasuresPage'),
);
const erasure = settings(
  'erasures/$id',
  lazyRouteComponent(() => import('./privacy/erasure.page.tsx'), 'ErasurePage'),
);
const ownSignIn = settings(
  'me',
  lazyRouteComponent(() => import('./identity/own-sign-in.page.tsx'), 'OwnSignInPage'),
);
const signInSettings = settings(
  'sign-in',
  lazyRouteComponent(() => import('./identity/sign-in-settings.page.tsx'), 'SignInSettingsPage'),
);
const routeTree = root.addChildren([
  setup,
  signIn,
  link,
  providerReturn,
  inside.addChildren([
    home,
    contacts,
    contact,
    companies,
    company,
    deals,
    dealList,
    deal,
    tasks,
    taskList,
    activities,
    mailboxes,
    webhooks,
    keys,
    users,
    roles,
    audit,
    fields,
    tags,
    pipelines,
    activityTypes,
    duplicates,
    bulkEdits,
    deleted,
    erasures,
    erasure,
    ownSignIn,
    signInSettings,
  ]),
]);

/** Typed routes; search parameters hold what a page is narrowed to. Each page is a chunk of its own, fetched when a link is pointed at. */
export const router = createRouter({
  routeTree,
  defaultPreload: 'intent',
  scrollRestoration: true,
  defaultErrorComponent: Crash,
  defaultPendingMs: 300,
});

onSignedOut.run = () => {
  const { href, pathname } = router.state.location;
  if (/^\/sign-in(\/|$)/.test(pathname) || pathname === '/setup' || pathname === '/link') return;
  queryClient.clear();
  void router.navigate({ to: '/sign-in', search: { back: href } });
};

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
