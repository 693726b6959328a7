import {
  IconAddressBook,
  IconBolt,
  IconBuilding,
  IconChecklist,
  IconCopyCheck,
  IconEraser,
  IconFilter2,
  IconForms,
  IconKey,
  IconLayoutKanban,
  IconListSearch,
  IconLogin2,
  IconMail,
  IconShieldCheck,
  IconTags,
  IconTimelineEvent,
  IconTrash,
  IconUsers,
  IconWebhook,
} from '@tabler/icons-react';
import { texts } from '../texts.ts';

/** Where navigation and search lead. */
export const pages = [
  { to: '/tasks', label: texts.tasks, icon: IconChecklist, key: 'T' },
  { to: '/contacts', label: texts.contacts, icon: IconAddressBook, key: 'C' },
  { to: '/companies', label: texts.companies, icon: IconBuilding, key: 'O' },
  { to: '/deals', label: texts.deals, icon: IconLayoutKanban, key: 'D' },
  { to: '/activities', label: texts.activities, icon: IconTimelineEvent, key: 'A' },
] as const;

/** The settings among them. */
export const settingsPages = [
  { to: '/settings/mailboxes', label: texts.mailboxes, icon: IconMail },
  { to: '/settings/webhooks', label: texts.webhooks, icon: IconWebhook },
  { to: '/settings/keys', label: texts.keys, icon: IconKey },
  { to: '/settings/users', label: texts.users, icon: IconUsers },
  { to: '/settings/sign-in', label: texts.signInSettings, icon: IconLogin2 },
  { to: '/settings/roles', label: texts.access, icon: IconShieldCheck },
  { to: '/settings/pipelines', label: texts.pipelines, icon: IconFilter2 },
  { to: '/settings/activity-types', label: texts.activityTypes, icon: IconBolt },
  { to: '/settings/tags', label: texts.tags, icon: IconTags },
  { to: '/settings/fields', label: texts.customFields, icon: IconForms },
  { to: '/settings/duplicates', label: texts.duplicates, icon: IconCopyCheck },
  { to: '/settings/audit', label: texts.audit, icon: IconListSearch },
  { to: '/settings/deleted', label: texts.deleted, icon: IconTrash },
  { to: '/settings/erasures', label: texts.erasures, icon: IconEraser },
] as const;
