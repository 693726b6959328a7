import { z } from 'zod';
import type { App } from '../http.ts';
import { can } from '../identity/permissions.ts';
import { json } from '../json-text.ts';
import { versionOf } from '../records.ts';
import { ById, PageQuery, pageOf } from '../wire.ts';
import { ledgerOf } from './ledger.ts';
import { ConnectMailbox, LedgerEntry, LedgerQuery, MailboxOut, MailboxTestOut, UpdateMailbox } from './mailbox.schema.ts';
import { connectMailbox, disconnectMailbox, getMailbox, listMailboxes, updateMailbox } from './mailboxes.ts';

const tags = ['mailboxes'];

/** Mailboxes: test, connect, read, change, disconnect, and the ledger of what was found in them. */
export function mailboxRoutes(app: App): void {
  app.post(
    '/mailboxes/test',
    {
      schema: {
        tags,
        summary: 'Try the settings of a mailbox; answers per server with its own words',
        body: ConnectMailbox,
        response: { 200: MailboxTestOut },
      },
      config: can('mailbox', 'create'),
    },
    async (req) => {
      const { mailServers } = app.services.ports;
      const [imap, smtp] = await Promise.all([mailServers.testImap(req.body.imap), mailServers.testSmtp(req.body.smtp)]);
      return { imap, smtp };
    },
  );

  app.post(
    '/mailboxes',
    {
      schema: { tags, summary: 'Connect a mailbox', body: ConnectMailbox, response: { 201: MailboxOut } },
      config: can('mailbox', 'create'),
    },
    (req, reply) => {
      reply.code(201);
      return req.transact(async (ctx) => json(await getMailbox(ctx, await connectMailbox(ctx, req.body))));
    },
  );

  app.get(
    '/mailboxes',
    {
      schema: { tags, summary: 'List mailboxes', querystring: PageQuery, response: { 200: pageOf(MailboxOut) } },
      config: can('mailbox', 'read'),
    },
    (req) => req.read((ctx) => listMailboxes(ctx, req.query)),
  );

  app.get(
    '/mailboxes/:id',
    {
      schema: {
        tags,
        summary: 'Get a mailbox: its state and how far its import is',
        params: ById,
        response: { 200: MailboxOut },
      },
      config: can('mailbox', 'read'),
    },
    (req) => req.read(async (ctx) => json(await getMailbox(ctx, req.params.id))),
  );

  app.patch(
    '/mailboxes/:id',
    {
      schema: {
        tags,
        summary: 'Change what others see, who becomes a contact, servers and credentials; pause and go on',
        params: ById,
        body: UpdateMailbox,
        response: { 200: MailboxOut },
      },
      config: can('mailbox', 'edit'),
    },
    (req) =>
      req.transact(async (ctx) => {
        await updateMailbox(ctx, { id: req.params.id, version: versionOf(req) }, req.body);
        return json(await getMailbox(ctx, req.params.id));
      }),
  );

  app.delete(
    '/mailboxes/:id',
    {
      schema: { tags, summary: 'Disconnect a mailbox: secrets go, history stays', params: ById, response: { 204: z.null() } },
      config: can('mailbox', 'delete'),
    },
    async (req, reply) => {
      await req.transact((ctx) => disconnectMailbox(ctx, { id: req.params.id, version: versionOf(req) }));
      return reply.code(204).send();
    },
  );

  app.get(
    '/mailboxes/:id/ledger',
    {
      schema: {
        tags,
        summary: 'Why is this mail not here? What became of a Message-ID, or of mail with an address',
        params: ById,
        querystring: LedgerQuery,
        response: { 200: pageOf(LedgerEntry) },
      },
      config: can('mailbox', 'read'),
    },
    (req) => req.read((ctx) => ledgerOf(ctx, req.params.id, req.query)),
  );
}
