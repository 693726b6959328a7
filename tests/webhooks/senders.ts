import { createHmac, randomUUID } from 'node:crypto';
import { signStandard } from '../../src/webhooks/signature.rules.ts';
import type { Answer, Hub } from '../support/hub.ts';
import { eventually } from '../support/wait.ts';

/** A source as its maker sees it. */
export interface Source {
  id: string;
  url: string;
  secret: string;
  version: number;
}

/** What most tests map: a person, and an entry for what they did. */
export const personMapping = `{
  "contact": { "email": email, "firstName": first, "lastName": last, "phone": phone, "companyName": company },
  "activity": { "subject": "Ordered " & item, "description": note }
}`;

/** Makes a source through the API. */
export async function aSource(hub: Hub, options: { preset?: string; mapping?: string; scheme?: object } = {}): Promise<Source> {
  const { preset = 'standard', mapping = personMapping, ...rest } = options;
  const made = await hub.call('POST', '/webhook-sources', { body: { name: 'Shop', preset, mapping, ...rest } });
  if (made.status !== 201) throw new Error(JSON.stringify(made.body));
  return made.body;
}

export interface Sending {
  id?: string;
  at?: Date;
  secret?: string;
  headers?: Record<string, string>;
}

/** Headers of a delivery signed as Standard Webhooks says. */
export function signed(secret: string, body: string, { id = `msg_${randomUUID()}`, at = new Date() }: Sending = {}) {
  const timestamp = Math.floor(at.getTime() / 1_000);
  return {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': signStandard({ id, timestamp, body, secrets: [secret] }),
  };
}

/** Posts a payload to a source as a sender of the `standard` preset does. */
export function deliver(hub: Hub, source: Source, payload: unknown, sending: Sending = {}): Promise<Answer> {
  const body = typeof payload === 'string' ? payload : JSON.stringify(payload);
  const headers = { ...signed(sending.secret ?? source.secret, body, sending), ...sending.headers };
  return hub.call('POST', `//hooks/${source.id}`, { body, key: null, headers });
}

/** The signature header of the `github` preset. */
export const githubSignature = (secret: string, body: string): string =>
  `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;

/** Waits until a receipt is processed. */
export const processed = (hub: Hub, receiptId: string): Promise<Answer> =>
  eventually(async () => {
    const receipt = await hub.call('GET', `/webhook-receipts/${receiptId}`);
    return receipt.body.state !== 'received' && receipt;
  });
