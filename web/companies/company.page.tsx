import { Button, Skeleton, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { Composer } from '../activities/composer.tsx';
import { call, type Page as ListPage } from '../api.ts';
import { NewContact } from '../contacts/new-contact.tsx';
import { roleText } from '../contacts/role-text.ts';
import { DealsOf } from '../deals/deals-of.tsx';
import { RecordMenu } from '../deletion/record-menu.tsx';
import { CustomValues } from '../fields/custom-values.tsx';
import { RecordFiles } from '../files/record-files.tsx';
import { History } from '../history/history.tsx';
import { useAllowed } from '../identity/allowed.ts';
import { Sharing } from '../identity/sharing.tsx';
import { recordQuery, usersQuery } from '../queries.ts';
import { Field } from '../records/field.tsx';
import { RecordLayout } from '../records/record-layout.tsx';
import { Related } from '../records/related.tsx';
import type { Company, CompanyContact, Contact } from '../records.ts';
import { Crash } from '../shell/errors.tsx';
import { PageLink } from '../shell/link.tsx';
import { Page } from '../shell/page.tsx';
import { RecordTags } from '../tags/record-tags.tsx';
import { texts as shared } from '../texts.ts';
import { Timeline } from '../timeline/timeline.tsx';
import { texts } from './texts.ts';

const first = ['name', 'domain', 'industry', 'phone', 'website'] as const;
const more = ['addressLine1', 'addressLine2', 'postalCode', 'city', 'state', 'country'] as const;

/** A company: its fields, people and deals beside its timeline. */
export function CompanyPage() {
  const { id } = useParams({ from: '/inside/companies/$id' });
  const { data: company, error } = useQuery(recordQuery<Company>('company', id));
  const { data: users } = useQuery(usersQuery);
  const [all, { toggle }] = useDisclosure();
  if (error !== null && company === undefined) return <Crash error={error} />;
  const owners = (users?.data ?? []).map((user) => ({ value: user.id, label: user.name }));
  const owner = owners.find(({ value }) => value === company?.ownerId)?.label;
  const left =
    company === undefined ? (
      <Skeleton h={280} />
    ) : (
      <>
        {first.map((field) => (
          <Field key={field} noun="company" record={company} field={field} label={texts[field]} />
        ))}
        <Field
          noun="company"
          record={company}
          field="employeeCount"
          label={texts.employeeCount}
          read={(draft) => (Number.isInteger(Number(draft)) ? Number(draft) : draft)}
          shown={company.employeeCount?.toLocaleString()}
        />
        <Field
          noun="company"
          record={company}
          field="annualRevenue"
          label={texts.annualRevenue}
          kind="money"
          shown={company.annualRevenue === null ? undefined : Number(company.annualRevenue).toLocaleString()}
        />
        {more
          .filter((field) => all || company[field] !== null)
          .map((field) => (
            <Field key={field} noun="company" record={company} field={field} label={texts[field]} />
          ))}
        <Field noun="company" record={company} field="ownerId" label={texts.owner} kind={owners} shown={owner ?? shared.empty} />
        <RecordTags noun="company" record={company} />
        <CustomValues noun="company" record={company} />
        <Button variant="subtle" color="gray" size="compact-sm" mt={6} onClick={toggle} aria-expanded={all}>
          {all ? texts.fewerFields : texts.allFields}
        </Button>
        <People company={company} />
        <DealsOf noun="company" id={company.id} begin={{ companyId: company.id, companyName: company.name }} />
        <RecordFiles noun="company" id={company.id} />
      </>
    );
  const tools = (
    <>
      <History noun="company" id={id} />
      {company === undefined ? null : <Sharing noun="company" record={company} />}
      {company === undefined ? null : <RecordMenu noun="company" record={company} />}
    </>
  );
  return (
    <Page title={company?.name ?? shared.companies} tools={tools}>
      <RecordLayout fields={left}>
        <Composer about={{ noun: 'company', id }} />
        <Timeline noun="company" id={id} />
      </RecordLayout>
    </Page>
  );
}

/** Those who are there first of all, then others who have or had a role in it. */
function People({ company }: { company: Company }) {
  const { can } = useAllowed();
  const { data } = useQuery({
    queryKey: ['contacts', 'of-company', company.id],
    queryFn: ({ signal }) =>
      call<ListPage<Contact>>('GET', '/contacts', { query: { 'filter[companyId]': company.id, sort: 'name' }, signal }),
  });
  const { data: roles } = useQuery({
    queryKey: ['contacts', 'roles-in', company.id],
    queryFn: ({ signal }) =>
      call<ListPage<CompanyContact>>('GET', `/companies/${company.id}/contacts`, { query: { limit: 200 }, signal }),
  });
  const told = new Map(roles?.data.map((one) => [one.contactId, roleText(one)]));
  const own = (data?.data ?? []).map(({ id, name }) => ({ id, name, role: told.get(id) ?? '' }));
  const others = (roles?.data ?? []).filter(({ primary }) => !primary);
  const people = [...own, ...others.map((one) => ({ id: one.contactId, name: one.name, role: roleText(one) }))];
  return (
    <Related
      title={texts.people}
      records={data === undefined || roles === undefined ? undefined : people}
      none={texts.noPeople}
      row={({ id, name, role }) => (
        <>
          <PageLink to="/contacts/$id" params={{ id }} size="sm">
            {name}
          </PageLink>
          {role === '' ? null : (
            <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
              {role}
            </Text>
          )}
        </>
      )}
      mayChange={can('contact', 'create')}
      addLabel={texts.addPerson}
      form={(done) => <NewContact companyId={company.id} companyName={company.name} onDone={done} />}
    />
  );
}
