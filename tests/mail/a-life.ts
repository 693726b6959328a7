import { expect } from 'vitest';
import type { Hub } from '../support/hub.ts';
import type { TestDovecot } from '../support/servers/dovecot.ts';
import { eventually } from '../support/wait.ts';
import { aSource, deliver, processed } from '../webhooks/senders.ts';
import { aMail, connectMailbox, mailboxBody, untilImported } from './mailing.ts';

export const REP = 'rep@throughline.example';
export const CANARY = 'wren.kanari@canary-client.example';
export const OTHER = 'otto@other-client.example';
/** Words that are nowhere but with the person. */
export const canaries = [
  'wren.kanari',
  'canary-client',
  'Kanari',
  '5559871',
  'Birdcage Lane',
  'feather-size',
  'seeds-and-nuts',
  'nestplan',
  'Zilpzalp',
];

/** Who and what it is about. */
export interface Life {
  contactId: string;
  dealId: string;
  /** Somebody else, who stays. */
  ottoId: string;
}

/** A person as they are after years: records, mail alone and with others, files, filters, webhooks, history. */
export async function aLife(hub: Hub): Promise<Life> {
  const post = (path: string, body: unknown, headers?: Record<string, string>) =>
    posted(hub, path, { body, ...(headers === undefined ? {} : { headers }) });
  await post('/custom-fields', { object: 'contact', name: 'hobby', label: 'Hobby', type: 'text' });
  const ottoId = (await post('/contacts', { firstName: 'Otto', lastName: 'Other', email: OTHER })).id;
  const person = {
    firstName: 'Wren',
    lastName: 'Kanari',
    email: 'wren.kanari.old@canary-client.example',
    phone: '+1 202 5559871',
  };
  const deleted = (await post('/contacts', { firstName: 'Wren', lastName: 'Kanari', email: CANARY, title: 'Zilpzalp' })).id;
  await hub.call('DELETE', `/contacts/${deleted}`);
  const contact = {
    ...person,
    addressLine1: '7 Birdcage Lane',
    title: 'Head of Kanari',
    customFields: { hobby: 'feather-size' },
    otherEmails: ['second@canary-client.example'],
  };
  const contactId = (await post('/contacts', contact, { 'idempotency-key': 'make-wren' })).id;
  await hub.call('PATCH', `/contacts/${contactId}`, { body: { email: CANARY, addressLine2: 'seeds-and-nuts' } });
  expect((await hub.call('PUT', `/contacts/${contactId}/external-ids/erp/wren.kanari`)).status).toBe(204);
  const dealId = (await post('/deals', { name: 'Cage for Wren Kanari', amount: '900.00', contactId })).id;
  await hub.call('PATCH', `/deals/${dealId}`, { body: { name: 'Great cage for Wren Kanari' } });
  const consent = { status: 'given', source: 'Said so at Birdcage Lane' };
  await hub.call('PUT', `/contacts/${contactId}/consents/newsletter`, { body: consent });
  const { id: companyId } = await post('/companies', { name: 'Aviary' });
  await hub.call('PUT', `/contacts/${contactId}/companies/${companyId}`, { body: { role: 'Zilpzalp keeper' } });
  const note = { type: 'note', subject: 'Zilpzalp', description: 'Likes seeds-and-nuts', contactIds: [contactId] };
  const activityId = (await post('/activities', note)).id;
  await hub.call('PATCH', `/activities/${activityId}`, { body: { description: 'Prefers Zilpzalp' } });
  await post('/activities', { type: 'call', subject: 'Wren Kanari and Otto met', contactIds: [contactId, ottoId] });
  await post('/tasks', { title: 'Call Kanari', contactId, dueDate: '2020-01-01T09:00:00Z', assignedTo: hub.admin.id });
  const done = (await post('/tasks', { title: 'Buy Kanari a present', contactId })).id;
  await hub.call('PATCH', `/tasks/${done}`, { body: { status: 'completed' } });
  for (const [path, name] of [
    [`/contacts/${contactId}`, 'nestplan.txt'],
    [`/deals/${dealId}`, 'Wren Kanari.txt'],
  ]) {
    await hub.call('POST', `${path}/files?name=${name}`, {
      body: `a plan of ${name}`,
      headers: { 'content-type': 'text/plain' },
    });
  }
  const { id: gone } = (
    await hub.call('POST', `/contacts/${contactId}/files?name=nestplan-old.txt`, {
      body: 'old',
      headers: { 'content-type': 'text/plain' },
    })
  ).body;
  await hub.call('DELETE', `/files/${gone}`);
  await post('/views', { object: 'contact', name: 'Wren Kanari', filter: { email: CANARY } });
  await post('/bulk-edits', { object: 'contact', ids: [contactId], patch: { department: 'seeds-and-nuts' } });
  await eventually(async () => (await hub.call('GET', '/notifications')).body.data.length > 0);
  await eventually(async () =>
    (await hub.call('GET', '/bulk-edits')).body.data.every(({ state }: { state: string }) => state === 'done'),
  );
  return { contactId, dealId, ottoId };
}

/** Mail of theirs alone, mail with somebody else, and one to them. */
export async function itsMail(hub: Hub, dovecot: TestDovecot, contactId: string): Promise<void> {
  const alone = {
    from: `Wren Kanari <${CANARY}>`,
    to: REP,
    subject: 'Zilpzalp',
    id: 'one@canary-client.example',
    body: 'seeds-and-nuts please',
  };
  const shared = {
    from: `Otto <${OTHER}>`,
    to: `${REP}, Wren Kanari <${CANARY}>`,
    subject: 'For Wren Kanari',
    id: 'two@other-client.example',
  };
  await dovecot.import(REP, [
    aMail(alone),
    aMail({ ...shared, body: `Ask Wren Kanari (${CANARY}, +1 202 5559871) about Tuesday.` }),
  ]);
  const { id } = (await connectMailbox(hub, mailboxBody(dovecot, REP, { createContacts: 'all', visibility: 'everything' }))).body;
  await untilImported(hub, id);
  const body = { mailboxId: id, to: [CANARY], subject: 'Kanari', text: 'Dear Kanari', contactId };
  await posted(hub, '/messages', { body });
}

/** Webhooks about them: one that is taken, one that fails, one that is forged. */
export async function itsWebhooks(hub: Hub): Promise<void> {
  const source = await aSource(hub);
  const payload = { email: CANARY, first: 'Wren', last: 'Kanari', item: 'seeds-and-nuts', note: 'Zilpzalp' };
  await processed(hub, (await deliver(hub, source, payload)).body.receiptId);
  const failing = await aSource(hub, { mapping: '{ "contact": { "email": 5, "firstName": email } }' });
  expect((await processed(hub, (await deliver(hub, failing, payload)).body.receiptId)).body.state).toBe('failed');
  await deliver(hub, source, payload, { secret: 'whsec_d3Jvbmcgd3Jvbmcgd3Jvbmcgd3Jvbmc=' });
}

async function posted(hub: Hub, path: string, { body, headers = {} }: { body: unknown; headers?: Record<string, string> }) {
  const answer = await hub.call('POST', path, { body, headers });
  if (answer.status >= 300) throw new Error(`${path}: ${JSON.stringify(answer.body)}`);
  return answer.body;
}
