import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Hub, startHub } from '../support/hub.ts';

let hub: Hub;
beforeAll(async () => {
  hub = await startHub({ now: () => new Date('2026-03-02T09:00:00Z') });
});
afterAll(() => hub.stop());

interface Sample {
  title: string;
  method: string;
  /** `$name` stands for the id that an earlier sample of that name answered. */
  path: string;
  name?: string;
  body?: object;
  headers?: Record<string, string>;
}

const samples: Sample[] = [
  {
    title: 'Make a company',
    method: 'POST',
    path: '/companies',
    name: 'company',
    body: { name: 'Analytical Engines', domain: 'engines.example' },
  },
  {
    title: 'Make a contact of it; the key makes a second try harmless',
    method: 'POST',
    path: '/contacts',
    name: 'contact',
    headers: { 'idempotency-key': 'ada-1' },
    body: {
      firstName: 'Ada',
      lastName: 'Lovelace',
      email: 'ada@engines.example',
      phone: '+44 20 7946 0018',
      companyId: '$company',
    },
  },
  {
    title: 'A known address is refused, and the answer names who has it',
    method: 'POST',
    path: '/contacts',
    body: { lastName: 'King', email: 'ADA@engines.example' },
  },
  {
    title: 'Make a deal',
    method: 'POST',
    path: '/deals',
    name: 'deal',
    body: { name: 'Difference engine', amount: '12000.00', currency: 'EUR', contactId: '$contact' },
  },
  { title: 'Move it on', method: 'PATCH', path: '/deals/$deal/stage', body: { stage: 'proposal' } },
  {
    title: 'Edit what you have read: with another version it is refused',
    method: 'PATCH',
    path: '/contacts/$contact',
    headers: { 'if-match': '"v7"' },
    body: { title: 'Countess' },
  },
  {
    title: 'List with a filter, chosen fields and a sort',
    method: 'GET',
    path: '/deals?filter[amount][gte]=1000&sort=-amount&fields=id,name,amount,stage&limit=10',
  },
  {
    title: 'Log a call',
    method: 'POST',
    path: '/activities',
    body: { type: 'call', subject: 'Asked for an offer', contactIds: ['$contact'], duration: 12 },
  },
  { title: 'Find by a number in any spelling', method: 'GET', path: '/search?q=020%207946%200018' },
  { title: 'What happened with a contact: calls alone', method: 'GET', path: '/contacts/$contact/timeline?kinds=call' },
];

/** Ids differ from run to run: each is shown as the how-manieth it is. */
function stable(text: string, seen: Map<string, string>): string {
  return text
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, (id) => {
      if (!seen.has(id)) seen.set(id, `01950000-0000-7000-8000-${String(seen.size + 1).padStart(12, '0')}`);
      return seen.get(id) as string;
    })
    .replace(/"requestId": "[^"]+"/, '"requestId": "..."');
}

it('is shown in docs/api.md as it answers; UPDATE_GOLDEN=1 writes it anew', async () => {
  const ids = new Map<string, string>();
  const seen = new Map<string, string>();
  const filled = (text: string) => text.replace(/\$(\w+)/g, (_, name: string) => ids.get(name) ?? '');
  let page =
    '# The API by example\n\nTen requests with their answers, as a test makes them (`tests/platform/api-page.test.ts`). Each goes to `/api/v1` with\n`Authorization: Bearer <key>`; `throughline key create` makes a key. All routes: `/docs`.\n';
  for (const { title, method, path, name, body, headers = {} } of samples) {
    const sent = body && JSON.parse(filled(JSON.stringify(body)));
    const answer = await hub.call(method, filled(path), { ...(sent && { body: sent }), headers });
    expect(answer.status, JSON.stringify(answer.body)).not.toBe(500);
    if (name) ids.set(name, answer.body.id);
    const lines = [`${method} /api/v1${filled(path)}`, ...Object.entries(headers).map(([key, value]) => `${key}: ${value}`)];
    if (sent) lines.push('', JSON.stringify(sent, null, 2));
    const shown = `\n## ${title}\n\n\`\`\`http\n${lines.join('\n')}\n\`\`\`\n\nAnswers ${answer.status}:\n\n\`\`\`json\n${JSON.stringify(answer.body, null, 2)}\n\`\`\`\n`;
    page += stable(shown, seen);
  }
  const golden = new URL('../../docs/api.md', import.meta.url);
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(golden, page);
  expect(page).toBe(readFileSync(golden, 'utf8'));
});
