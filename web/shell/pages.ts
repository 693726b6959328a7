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
  IconPencil,
  IconShieldCheck,
  IconTags,
  IconTimelineEvent,
  IconTrash,
  IconUsers,
  IconWebhook,
} from '@tabler/icons-react';
import { useAllowed } from '../identity/allowed.ts';
import { texts } from '../texts.ts';

/** Where navigation and search lead. */
export const pages = [
  { to: '/tasks', label: texts.tasks, icon: IconChecklist, key: 'T' },
  { to: '/contacts', label: texts.contacts, icon: IconAddressBook, key: 'C' },
  { to: '/companies', label: texts.companies, icon: IconBuilding, key: 'O' },
  { to: '/deals', label: texts.deals, icon: IconLayoutKanban, key: 'D' },
  { to: '/activities', label: texts.activities, icon: IconTimelineEvent, key: 'A' },
] as const;

/** The settings, each with the right without which there is nothing to do on it. */
export const settingsPages = [
  { to: '/settings/mailboxes', label: texts.mailboxes, icon: IconMail, needs: ['mailbox', 'read'] },
  { to: '/settings/webhooks', label: texts.webhooks, icon: IconWebhook, needs: ['webhook_source', 'read'] },
  { to: '/settings/keys', label: texts.keys, icon: IconKey, needs: ['key', 'read'] },
  { to: '/settings/users', label: texts.users, icon: IconUsers, needs: ['user', 'read'] },
  { to: '/settings/sign-in', label: texts.signInSettings, icon: IconLogin2, needs: ['user', 'create'] },
  { to: '/settings/roles', label: texts.access, icon: IconShieldCheck, needs: ['role', 'read'] },
  { to: '/settings/pipelines', label: texts.pipelines, icon: IconFilter2, needs: ['pipeline', 'edit'] },
  { to: '/settings/activity-types', label: texts.activityTypes, icon: IconBolt, needs: ['activity_type', 'edit'] },
  { to: '/settings/tags', label: texts.tags, icon: IconTags, needs: ['tag', 'edit'] },
  { to: '/settings/fields', label: texts.customFields, icon: IconForms, needs: ['custom_field', 'edit'] },
  { to: '/settings/duplicates', label: texts.duplicates, icon: IconCopyCheck, needs: ['contact', 'edit'] },
  { to: '/settings/bulk-edits', label: texts.bulkEdits, icon: IconPencil, needs: ['bulk_edit', 'read'] },
  { to: '/settings/audit', label: texts.audit, icon: IconListSearch, needs: ['audit', 'read'] },
  { to: '/settings/deleted', label: texts.deleted, icon: IconTrash, needs: ['contact', 'delete'] },
  { to: '/settings/erasures', label: texts.erasures, icon: IconEraser, needs: ['erasure', 'read'] },
] as const;

/** The settings that the viewer's role opens. */
export function useSettingsPages() {
  const { can } = useAllowed();
  return settingsPages.filter(({ needs: [object, verb] }) => can(object, verb));
}
