import { afterAll, beforeAll, expect, it } from 'vitest';
import { updateContact } from '../../src/contacts/contacts.ts';
import { type Actor, newId, rootCause, systemActor, transact } from '../../src/context.ts';
import { aContact } from '../support/factories.ts';
import { type Hub, startHub } from '../support/hub.ts';
import { eventually } from '../support/wait.ts';

let hub: Hub;
beforeAll(async () => {
  hub = await startHub({ consumers: [] });
});
afterAll(() => hub.stop());

it.each(['automation', 'integration', 'import', 'merge'] as const)(
  'what an actor of the kind %s did is in the history and in the audit as its doing, under its own id and nobody’s name',
  async (kind) => {
    const { id } = await aContact(hub);
    const actor: Actor = { ...systemActor, kind, id: newId() };
    await transact(hub.services, { actor, cause: rootCause({ kind: 'job' }) }, (ctx) =>
      updateContact(ctx, { id }, { title: `By ${kind}` }),
    );
    const [entry] = (await hub.call('GET', `/contacts/${id}/history`)).body.data;
    expect(entry).toMatchObject({ actor: { kind, id: actor.id, name: null }, changes: [{ field: 'title', to: `By ${kind}` }] });
    const audit = await eventually(async () => {
      const { data } = (await hub.call('GET', `/audit?actorId=${actor.id}`)).body;
      return data.length > 0 && data;
    });
    expect(audit).toMatchObject([{ type: 'contact.updated', actorKind: kind, actorName: null, door: 'job', recordId: id }]);
  },
);
