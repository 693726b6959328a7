import { Button, Group, Skeleton, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconPhone } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { Composer } from '../activities/composer.tsx';
import { DealsOf } from '../deals/deals-of.tsx';
import { CustomValues } from '../fields/custom-values.tsx';
import { RecordFiles } from '../files/record-files.tsx';
import { History } from '../history/history.tsx';
import { Sharing } from '../identity/sharing.tsx';
import { Consents } from '../privacy/consents.tsx';
import { PersonMenu } from '../privacy/person-menu.tsx';
import { recordQuery, usersQuery } from '../queries.ts';
import { Field } from '../records/field.tsx';
import { RecordLayout } from '../records/record-layout.tsx';
import type { Contact } from '../records.ts';
import { Crash } from '../shell/errors.tsx';
import { PageLink } from '../shell/link.tsx';
import { Page } from '../shell/page.tsx';
import { RecordTags } from '../tags/record-tags.tsx';
import { texts as shared } from '../texts.ts';
import { Timeline } from '../timeline/timeline.tsx';
import { agoOf, momentOf } from '../times.ts';
import { ContactCompanies } from './contact-companies.tsx';
import { texts } from './texts.ts';

/** A contact: fields beside its timeline, which grows live. */
export function ContactPage() {
  const { id } = useParams({ from: '/inside/contacts/$id' });
  const { data: contact, error } = useQuery(recordQuery<Contact>('contact', id));
  if (error !== null && contact === undefined) return <Crash error={error} />;
  const tools = (
    <>
      {contact === undefined ? null : <CallLink number={contact.phone ?? contact.mobile} />}
      <History noun="contact" id={id} />
      {contact === undefined ? null : (
        <Sharing noun="contact" record={{ ...contact, name: contact.name || (contact.email ?? '') }} />
      )}
      {contact === undefined ? null : <PersonMenu contact={contact} />}
    </>
  );
  return (
    <Page title={contact?.name || (contact?.email ?? shared.contacts)} tools={tools}>
      <RecordLayout fields={contact === undefined ? <Skeleton h={320} /> : <ContactFields contact={contact} />}>
        <Composer about={{ noun: 'contact', id }} email={contact?.email ?? null} />
        <Timeline noun="contact" id={id} />
      </RecordLayout>
    </Page>
  );
}

/** On a phone it calls; elsewhere it hands the number to whatever program does. */
function CallLink({ number }: { number: string | null }) {
  if (number === null) return null;
  return (
    <Button
      component="a"
      href={`tel:${number.replace(/[^+\d]/g, '')}`}
      variant="default"
      size="xs"
      h={34}
      leftSection={<IconPhone size={15} />}
    >
      {texts.call}
    </Button>
  );
}

const first = ['firstName', 'lastName', 'email', 'phone', 'title'] as const;
const more = ['mobile', 'department', 'leadStatus', 'leadSource', 'lifecycleStage', 'city', 'country', 'timeZone'] as const;

function ContactFields({ contact }: { contact: Contact }) {
  const [all, { toggle }] = useDisclosure();
  const { data: users } = useQuery(usersQuery);
  const owners = (users?.data ?? []).map(({ id, name }) => ({ value: id, label: name }));
  const owner = owners.find(({ value }) => value === contact.ownerId)?.label;
  const common = { noun: 'contact' as const, record: contact };
  return (
    <>
      {first.map((field) => (
        <Field key={field} {...common} field={field} label={texts[field]} />
      ))}
      <Field
        {...common}
        field="companyId"
        label={texts.company}
        kind="companies"
        valueName={contact.companyName}
        shown={contact.companyName ?? shared.empty}
      />
      {contact.companyId === null ? null : (
        <Group pl={134} mt={-4} mb={4}>
          <PageLink to="/companies/$id" params={{ id: contact.companyId }} size="xs">
            {texts.openCompany}
          </PageLink>
        </Group>
      )}
      <Field {...common} field="ownerId" label={texts.owner} kind={owners} shown={owner ?? shared.empty} />
      <RecordTags noun="contact" record={contact} />
      {more
        .filter((field) => all || contact[field] !== null)
        .map((field) => (
          <Field key={field} {...common} field={field} label={texts[field]} />
        ))}
      <CustomValues noun="contact" record={contact} />
      <Button variant="subtle" color="gray" size="compact-sm" mt={6} onClick={toggle} aria-expanded={all}>
        {all ? texts.fewerFields : texts.allFields}
      </Button>
      <ContactCompanies contact={contact} />
      <DealsOf
        noun="contact"
        id={contact.id}
        begin={{
          contactId: contact.id,
          contactName: contact.name,
          companyId: contact.companyId,
          companyName: contact.companyName,
        }}
      />
      <RecordFiles noun="contact" id={contact.id} />
      <Consents contactId={contact.id} />
      <Text size="xs" c="dimmed" mt="sm" px={8}>
        {texts.nextStep}: {contact.nextActivityAt === null ? texts.noNextStep : momentOf(contact.nextActivityAt)}
      </Text>
      {contact.bouncedAt === null ? null : (
        <Text size="xs" c="dimmed" px={8}>
          {texts.bounced} {momentOf(contact.bouncedAt)}
        </Text>
      )}
      {contact.lastContactedAt === null ? null : (
        <Text size="xs" c="dimmed" px={8}>
          {texts.lastContacted}: {agoOf(contact.lastContactedAt)}
        </Text>
      )}
    </>
  );
}
