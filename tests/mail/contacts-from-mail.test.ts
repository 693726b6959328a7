import { afterAll, beforeAll, expect, it } from 'vitest';
import { startMail } from '../../workers/mail.ts';
import { type Hub, startHub } from '../support/hub.ts';
import { startDovecot, type TestDovecot } from '../support/servers/dovecot.ts';
import { aMail, connectMailbox, mailboxBody, rows, untilImported } from './mailing.ts';

const policies = ['none', 'sent', 'all'] as const;
const mailboxOf = (policy: string) => `${policy}@own-${policy}.example`;
let hub: Hub;
let dovecot: TestDovecot;
let mail: { stop(): Promise<void> };

/** The same correspondence for each policy, with people of its own. */
const correspondence = (policy: string) => {
  const me = mailboxOf(policy);
  const who = (name: string) => `${name}@${policy}-client.example`;
  const from = (address: string, id: string, headers: string[] = []) =>
    aMail({ from: address, to: me, subject: id, id: `${id}@${policy}`, headers });
  return {
    inbox: [
      from(`"Writer, Wanda" <${who('wanda')}>`, 'first'),
      from(who('answered'), 'second'),
      from(who('no-reply'), 'third'),
      from(who('newsletter.editor'), 'fourth', ['List-Id: <news.example>', 'Precedence: list']),
      from(who('away'), 'fifth', ['Auto-Submitted: auto-replied']),
      from(`colleague@own-${policy}.example`, 'sixth'),
      from(who('info'), 'seventh'),
    ],
    sent: [
      aMail({ from: me, to: `Ann Swered <${who('answered')}>, ${who('sales')}`, subject: 're', id: `re@${policy}` }),
      aMail({ from: me, to: `Nora New <${who('nora')}>, colleague@own-${policy}.example`, subject: 'new', id: `new@${policy}` }),
    ],
  };
};

beforeAll(async () => {
  dovecot = await startDovecot(Object.fromEntries(policies.map((policy) => [mailboxOf(policy), 'secret'])));
  hub = await startHub({ consumers: [] });
  mail = startMail(hub.services);
  await hub.call('POST', '/companies', { body: { name: 'Client', domain: 'all-client.example' } });
  for (const policy of policies) {
    const { inbox, sent } = correspondence(policy);
    await dovecot.import(mailboxOf(policy), inbox);
    await dovecot.import(mailboxOf(policy), sent, { folder: 'Sent' });
    const { id } = (await connectMailbox(hub, mailboxBody(dovecot, mailboxOf(policy), { createContacts: policy }))).body;
    await untilImported(hub, id);
  }
});
afterAll(async () => {
  await mail?.stop();
  await hub?.stop();
  await dovecot?.stop();
});

it.each([
  ['none', []],
  ['sent', ['answered', 'nora']],
  ['all', ['answered', 'nora', 'wanda']],
] as const)('policy %s makes contacts of %j, never of robots, lists, functions and colleagues', async (policy, expected) => {
  const made = await rows(hub, 'select address_normal as address from contact_emails where address_normal like $1 order by 1', [
    `%${policy}-client.example`,
  ]);
  expect(made.map(({ address }) => address.split('@')[0])).toEqual(expected);
  expect(await rows(hub, 'select 1 from contact_emails where address_normal like $1', ['%@own-%'])).toEqual([]);
});

it('names them as their mail does, links the company of their domain, and makes them the owner’s', async () => {
  const { body } = await hub.call('GET', '/contacts?filter[email]=wanda@all-client.example');
  expect(body.data).toMatchObject([
    { firstName: 'Wanda', lastName: 'Writer', companyName: 'Client', ownerId: hub.admin.id, leadSource: 'email' },
  ]);
});

it('logs what came before somebody was written to as well', async () => {
  const { body } = await hub.call('GET', '/contacts?filter[email]=answered@sent-client.example');
  const timeline = await hub.call('GET', `/contacts/${body.data[0].id}/timeline`);
  const mails = timeline.body.data.filter(({ type }: { type: string }) => type === 'email');
  expect(mails.map(({ subject }: { subject: string }) => subject).sort()).toEqual(['re', 'second']);
});

it('says in the ledger why the others are not on a timeline', async () => {
  const found = await rows(
    hub,
    `select substr(header_id, 1, position('@' in header_id) - 1) as id, outcome, rule from mail_ledger
     where header_id like '%@sent' and outcome <> 'logged' order by at, 1`,
  );
  expect(Object.fromEntries(found.map(({ id, outcome, rule }) => [id, `${outcome} ${rule}`]))).toEqual({
    first: 'waiting no_contact',
    third: 'skipped no_reply',
    fourth: 'skipped bulk',
    fifth: 'skipped auto_reply',
    sixth: 'skipped own_domain',
    seventh: 'skipped no_reply',
  });
});
