import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type Hub, startHub } from '../support/hub.ts';
import { eventually } from '../support/wait.ts';
import { spoiled } from './spoiled.ts';

const origin = 'http://hub.example';
let hub: Hub;
let clock = new Date();
const lines: string[] = [];
beforeAll(async () => {
  const logTo = { write: (line: string) => void lines.push(line) };
  hub = await startHub({ config: { publicUrl: origin }, consumers: [], now: () => clock, logTo });
});
afterAll(() => hub.stop());
/** Each address leaves one trace a minute. */
const aMinuteLater = () => {
  clock = new Date(clock.getTime() + 61_000);
};
beforeEach(aMinuteLater);

interface Entry {
  type: string;
  recordId: string;
  address: string;
  actorId: string | null;
  data: { method?: string };
}
const audit = async (types: string): Promise<Entry[]> => (await hub.call('GET', `/audit?limit=200&types=${types}`)).body.data;
const failures = async (method: string): Promise<Entry[]> =>
  (await audit('user.sign_in_failed')).filter(({ data }) => data.method === method);
const traces = (found: () => Promise<Entry[]>, count: number) =>
  eventually(async () => {
    const entries = await found();
    expect(entries).toHaveLength(count);
    return entries;
  });

const showSession = (token: string) =>
  hub.call('GET', '/me', {
    key: null,
    headers: { cookie: `throughline_session=${encodeURIComponent(token).replaceAll("'", '%27')}`, origin },
  });
const showKey = (key: string) => hub.call('GET', '/me', { key: Buffer.from(key).toString('latin1') || 'x' });
async function sessionOf({ email, password }: { email: string; password: string }): Promise<string> {
  const entered = await hub.call('POST', '/session', { key: null, body: { email, password } });
  return /throughline_session=([^;]+)/.exec(String(entered.headers['set-cookie']))?.[1] ?? '';
}

it('writes down each session that is none, from where it was shown, and neither answer nor trace tells of it', async () => {
  const rep = await hub.aRep();
  const token = await sessionOf(rep);
  const wrong = Object.values(spoiled(token)).filter((other) => other !== '');
  for (const other of wrong) {
    aMinuteLater();
    expect((await showSession(other)).status).toBe(401);
  }
  const found = await traces(() => failures('session'), wrong.length);
  for (const entry of found) expect(entry).toMatchObject({ address: '127.0.0.1', actorId: null });
  expect(`${JSON.stringify(found)}${lines.join('')}`).not.toContain(token.slice(5, 20));
  expect((await showSession(token)).status).toBe(200);
});

it('takes a session for no key, and a key for no session, also of whom it remembers', async () => {
  const rep = await hub.aRep();
  const token = await sessionOf(rep);
  expect((await showSession(token)).status).toBe(200);
  expect((await showKey(rep.key)).status).toBe(200);
  expect((await showKey(token)).status).toBe(401);
  expect((await showSession(rep.key)).status).toBe(401);
});

it('names the user of a session that has ended, and writes it down once however often it is shown', async () => {
  const rep = await hub.aRep();
  const token = await sessionOf(rep);
  const start = clock;
  clock = new Date(start.getTime() + 15 * 86_400_000);
  const before = (await failures('session')).length;
  for (let n = 0; n < 5; n++) {
    aMinuteLater();
    expect((await showSession(token)).status).toBe(401);
  }
  const [latest] = await traces(() => failures('session'), before + 1);
  expect(latest).toMatchObject({ recordId: rep.id });
});

it('names the key of which something is wrong: the secret, its time, that it was revoked, or its user’s account', async () => {
  const make = async (more: object) =>
    (await hub.call('POST', '/keys', { body: { name: `k ${Math.random()}`, role: 'rep', ...more } })).body;
  const [expired, revoked, rotated, changed] = await Promise.all([
    make({ expiresAt: new Date(clock.getTime() + 10_000).toISOString() }),
    make({}),
    make({}),
    make({}),
  ]);
  const owner = await hub.aRep();
  const theirs = await make({ role: undefined, userId: owner.id });
  await hub.call('DELETE', `/keys/${revoked.id}`);
  await hub.call('POST', `/keys/${rotated.id}/rotate`, { body: { overlapHours: 0 } });
  await hub.call('PATCH', `/users/${owner.id}`, { body: { disabled: true } });
  const last = changed.key.endsWith('A') ? 'B' : 'A';
  const shown = [expired.key, revoked.key, rotated.key, `${changed.key.slice(0, -1)}${last}`, theirs.key];
  const answers: object[] = [];
  for (const key of shown) {
    aMinuteLater();
    const answer = await showKey(key);
    expect(answer.status).toBe(401);
    answers.push({ ...answer.body, requestId: '' });
  }
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  const found = await traces(() => audit('api_key.refused'), shown.length);
  expect(found.map(({ recordId }) => recordId).sort()).toEqual(
    [expired, revoked, rotated, changed, theirs].map(({ id }) => id).sort(),
  );
});

it('leaves one trace of a thousand guesses in a minute, and answers each of them alike', async () => {
  const { key } = await hub.aRep();
  const before = (await failures('key')).length;
  const guesses = Array.from({ length: 1_000 }, (_, n) => key.replace(/.{32}_/, `${String(n).padStart(32, '0')}_`));
  const answers = await Promise.all(guesses.map((guess) => showKey(guess)));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]));
  aMinuteLater();
  for (const other of ['thl_', 'x', `${key}${key}`]) {
    aMinuteLater();
    expect((await showKey(other)).status).toBe(401);
  }
  await traces(() => failures('key'), before + 4);
});
