import { randomBytes } from 'node:crypto';
import { rowsOf } from '../../src/context.ts';
import { SQL } from '../../src/database.ts';
import type { Answer, Hub } from './hub.ts';

/** Records for tests, made through the API by the hub's admin unless a key is given. Parents that are not given are made too. */

type Values = Record<string, unknown> & { key?: string };
// biome-ignore lint/suspicious/noExplicitAny: a record as the API shows it, whose schema the answer check has compared
type Made = any;

const word = (): string => randomBytes(4).toString('hex');

async function make(hub: Hub, path: string, { key, ...body }: Values): Promise<Made> {
  const answer: Answer = await hub.call('POST', path, { body, ...(key === undefined ? {} : { key }) });
  if (answer.status !== 201) throw new Error(`POST ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  return answer.body;
}

/** A company of its own domain. */
export const aCompany = (hub: Hub, values: Values = {}): Promise<Made> => {
  const name = word();
  return make(hub, '/companies', { name: `Company ${name}`, domain: `${name}.example`, ...values });
};

/** A contact with an address of its own. */
export const aContact = (hub: Hub, values: Values = {}): Promise<Made> => {
  const name = word();
  return make(hub, '/contacts', { firstName: 'Contact', lastName: name, email: `${name}@example.com`, ...values });
};

/** A deal with a contact, in the default pipeline's first stage. */
export async function aDeal(hub: Hub, values: Values = {}): Promise<Made> {
  const contactId = values.contactId === undefined ? (await aContact(hub)).id : values.contactId;
  return make(hub, '/deals', { name: `Deal ${word()}`, amount: '1000.00', ...values, contactId });
}

/** A call with a contact. */
export async function anActivity(hub: Hub, values: Values = {}): Promise<Made> {
  const contactIds = values.contactIds ?? [(await aContact(hub)).id];
  return make(hub, '/activities', { type: 'call', subject: `Call ${word()}`, ...values, contactIds });
}

/** A task without a due date. */
export const aTask = (hub: Hub, values: Values = {}): Promise<Made> =>
  make(hub, '/tasks', { title: `Task ${word()}`, ...values });

/** A custom field; of type text unless told. */
export const aCustomField = (hub: Hub, values: Values): Promise<Made> =>
  make(hub, '/custom-fields', { label: String(values.name), type: 'text', ...values });

/** The log's types and data about one record, in the order they were written. */
export async function logOf(hub: Hub, recordId: string): Promise<{ type: string; data: Made }[]> {
  return hub.deed(async (ctx) =>
    rowsOf<{ type: string; data: Made }>(ctx, SQL`select type, data from events where record_id = ${recordId} order by seq`),
  );
}
