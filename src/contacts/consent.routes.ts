import type { App } from '../http.ts';
import { can } from '../identity/permissions.ts';
import { json } from '../json-text.ts';
import { ById } from '../wire.ts';
import { ByPurpose, ConsentsOut, SetConsent } from './consent.schema.ts';
import { consentsJson, setConsent } from './consents.ts';

const tags = ['privacy'];

/** What a contact's data may be used for: read, set, withdraw. */
export function consentRoutes(app: App): void {
  app.get(
    '/contacts/:id/consents',
    {
      schema: { tags, summary: "What a contact's data may be used for, and why", params: ById, response: { 200: ConsentsOut } },
      config: can('contact', 'read'),
    },
    (req) => req.read(async (ctx) => json(await consentsJson(ctx, req.params.id))),
  );

  app.put(
    '/contacts/:id/consents/:purpose',
    {
      schema: {
        tags,
        summary: 'Set or withdraw a consent; who has withdrawn the purpose email is written to no more',
        params: ByPurpose,
        body: SetConsent,
        response: { 200: ConsentsOut },
      },
      config: can('contact', 'edit'),
    },
    (req) =>
      req.transact(async (ctx) => {
        const { id: contactId, purpose } = req.params;
        await setConsent(ctx, { contactId, purpose }, req.body);
        return json(await consentsJson(ctx, contactId));
      }),
  );
}
