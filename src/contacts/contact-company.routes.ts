import { z } from 'zod';
import type { App } from '../http.ts';
import { can } from '../identity/permissions.ts';
import { json } from '../json-text.ts';
import { versionOf } from '../records.ts';
import { ById, chosenOf, PageQuery, pageOf } from '../wire.ts';
import { ContactOut } from './contact.schema.ts';
import { contactCompaniesJson, listCompanyContacts, putContactCompany, removeContactCompany } from './contact-companies.ts';
import { ByContactCompany, CompanyContactOut, ContactCompanyOut, ContactCompanyRole } from './contact-company.schema.ts';
import { getContact } from './contacts.ts';

const tags = ['contacts'];

/** The companies of a contact with its role in each, former ones too, and who has a role in a company. */
export function contactCompanyRoutes(app: App): void {
  app.get(
    '/contacts/:id/companies',
    {
      schema: {
        tags,
        summary: 'The companies of a contact, its own first, former ones too',
        params: ById,
        response: { 200: pageOf(ContactCompanyOut) },
      },
      config: can('contact', 'read'),
    },
    (req) => req.read(async (ctx) => json(await contactCompaniesJson(ctx, req.params.id))),
  );

  app.put(
    '/contacts/:id/companies/:companyId',
    {
      schema: {
        tags,
        summary: 'Say what a contact is or was in a company, from when until when',
        params: ByContactCompany,
        body: ContactCompanyRole,
        response: { 200: chosenOf(ContactOut) },
      },
      config: can('contact', 'edit'),
    },
    (req) =>
      req.transact(async (ctx) => {
        const { id, companyId } = req.params;
        await putContactCompany(ctx, { id, version: versionOf(req) }, { companyId, ...req.body });
        return json(await getContact(ctx, id));
      }),
  );

  app.delete(
    '/contacts/:id/companies/:companyId',
    {
      schema: { tags, summary: 'Take a company off a contact', params: ByContactCompany, response: { 204: z.null() } },
      config: can('contact', 'edit'),
    },
    async (req, reply) => {
      const { id, companyId } = req.params;
      await req.transact((ctx) => removeContactCompany(ctx, { id, version: versionOf(req) }, companyId));
      return reply.code(204).send();
    },
  );

  app.get(
    '/companies/:id/contacts',
    {
      schema: {
        tags: ['companies'],
        summary: 'Who has or had a role in a company; those with it first of all are in filter[companyId] of the contacts',
        params: ById,
        querystring: PageQuery,
        response: { 200: pageOf(CompanyContactOut) },
      },
      config: can('contact', 'read'),
    },
    (req) => req.read((ctx) => listCompanyContacts(ctx, req.params.id, req.query)),
  );
}
