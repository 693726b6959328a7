import { Badge, Group, Select, Skeleton, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { Composer } from '../activities/composer.tsx';
import { RecordMenu } from '../deletion/record-menu.tsx';
import { CustomValues } from '../fields/custom-values.tsx';
import { RecordFiles } from '../files/record-files.tsx';
import { History } from '../history/history.tsx';
import { useRights } from '../identity/allowed.ts';
import { Sharing } from '../identity/sharing.tsx';
import { pipelinesQuery, recordQuery, usersQuery } from '../queries.ts';
import { Field } from '../records/field.tsx';
import { RecordLayout } from '../records/record-layout.tsx';
import type { Deal } from '../records.ts';
import { Crash } from '../shell/errors.tsx';
import { PageLink } from '../shell/link.tsx';
import { Page } from '../shell/page.tsx';
import { RecordTags } from '../tags/record-tags.tsx';
import { texts as shared } from '../texts.ts';
import { Timeline } from '../timeline/timeline.tsx';
import { dayOf, moneyOf } from '../times.ts';
import { useMoves } from './closing.tsx';
import { DealContacts } from './deal-contacts.tsx';
import { FollowUp } from './follow-up.tsx';
import { texts } from './texts.ts';

/** A deal: where it stands and what its follow-up waits for, beside its timeline. */
export function DealPage() {
  const { id } = useParams({ from: '/inside/deals/$id' });
  const { data: deal, error } = useQuery(recordQuery<Deal>('deal', id));
  if (error !== null && deal === undefined) return <Crash error={error} />;
  const tools = (
    <>
      <History noun="deal" id={id} />
      {deal === undefined ? null : <Sharing noun="deal" record={deal} />}
      {deal === undefined ? null : <StagePicker deal={deal} />}
      {deal === undefined ? null : <RecordMenu noun="deal" record={deal} />}
    </>
  );
  return (
    <Page title={deal?.name ?? shared.deals} tools={tools}>
      <RecordLayout fields={deal === undefined ? <Skeleton h={320} /> : <DealFields deal={deal} />}>
        <Composer about={{ noun: 'deal', id }} />
        <Timeline noun="deal" id={id} />
      </RecordLayout>
    </Page>
  );
}

const colours = { open: 'indigo', won: 'green', lost: 'red' };

function StagePicker({ deal }: { deal: Deal }) {
  const { data: pipelines } = useQuery(pipelinesQuery);
  const stages = pipelines?.data.find(({ id }) => id === deal.pipelineId)?.stages ?? [];
  const { move, dialog } = useMoves();
  const { edit } = useRights('deal', deal.id);
  return (
    <Group gap="xs">
      <Badge color={colours[deal.status]} variant="light">
        {texts.status[deal.status]}
      </Badge>
      <Select
        size="sm"
        w={{ base: 128, sm: 180 }}
        aria-label={texts.stage}
        allowDeselect={false}
        readOnly={!edit}
        data={stages.map(({ key, name }) => ({ value: key, label: name }))}
        value={deal.stage}
        onChange={(key) => {
          const to = stages.find((stage) => stage.key === key);
          if (to === undefined || to.key === deal.stage) return;
          move({ deal, to });
        }}
      />
      {dialog}
    </Group>
  );
}

function DealFields({ deal }: { deal: Deal }) {
  const { data: users } = useQuery(usersQuery);
  const owners = (users?.data ?? []).map(({ id, name }) => ({ value: id, label: name }));
  const owner = owners.find(({ value }) => value === deal.ownerId)?.label;
  const common = { noun: 'deal' as const, record: deal };
  return (
    <>
      <Field {...common} field="name" label={texts.name} />
      <Field
        {...common}
        field="amount"
        label={texts.amount}
        kind="money"
        shown={deal.amount === null ? shared.empty : moneyOf(deal.amount, deal.currency)}
      />
      <Field {...common} field="currency" label={texts.currency} />
      <Field {...common} field="probability" label={texts.probability} kind="percent" shown={`${deal.probability} %`} />
      <Field
        {...common}
        field="expectedCloseDate"
        label={texts.expectedClose}
        kind="day"
        shown={deal.expectedCloseDate === null ? shared.empty : dayOf(deal.expectedCloseDate)}
      />
      <Field
        {...common}
        field="contactId"
        label={texts.contact}
        kind="contacts"
        valueName={deal.contactName}
        shown={deal.contactName ?? shared.empty}
      />
      <Field
        {...common}
        field="companyId"
        label={texts.company}
        kind="companies"
        valueName={deal.companyName}
        shown={deal.companyName ?? shared.empty}
      />
      <Field {...common} field="ownerId" label={texts.owner} kind={owners} shown={owner ?? shared.empty} />
      <RecordTags noun="deal" record={deal} />
      <CustomValues noun="deal" record={deal} />
      <Group pl={8} mt="xs" gap="md">
        {deal.contactId === null ? null : (
          <PageLink to="/contacts/$id" params={{ id: deal.contactId }} size="xs">
            {texts.openContact}
          </PageLink>
        )}
        {deal.companyId === null ? null : (
          <PageLink to="/companies/$id" params={{ id: deal.companyId }} size="xs">
            {texts.openCompany}
          </PageLink>
        )}
      </Group>
      <DealContacts deal={deal} />
      <RecordFiles noun="deal" id={deal.id} />
      <FollowUp dealId={deal.id} isOpen={deal.status === 'open'} />
      {deal.rottingSince === null || deal.status !== 'open' ? null : (
        <Text
          size="sm"
          c="orange.9"
          mt="xs"
          px={8}
          style={{ color: 'light-dark(var(--mantine-color-orange-9), var(--mantine-color-orange-4))' }}
        >
          {texts.rotting(dayOf(deal.rottingSince))}
        </Text>
      )}
      {deal.lostReason === null ? null : <Text size="sm" mt="xs" px={8}>{`${texts.lostReason}: ${deal.lostReason}`}</Text>}
      {deal.wonReason === null ? null : <Text size="sm" mt="xs" px={8}>{`${texts.wonReason}: ${deal.wonReason}`}</Text>}
    </>
  );
}
