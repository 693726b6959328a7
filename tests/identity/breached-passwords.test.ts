import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Hub, startHub } from '../support/hub.ts';

const breached = 'zebra crossing 1987';
const padded = 'padding is no password';
const hashOf = (password: string) => createHash('sha1').update(password).digest('hex').toUpperCase();

let hub: Hub;
const asked: string[] = [];
let away = false;
/** Answers as the range search of Have I Been Pwned does (its API, version 3). */
const list = createServer((req, res) => {
  asked.push(req.url ?? '');
  if (away) return void res.writeHead(503).end();
  const line = (password: string, count: number) => `${hashOf(password).slice(5)}:${count}`;
  res.end([`${'0'.repeat(35)}:3`, line(breached, 41), line(padded, 0)].join('\r\n'));
});
beforeAll(async () => {
  await new Promise<void>((listening) => list.listen(0, '127.0.0.1', listening));
  const breachedPasswordsUrl = `http://127.0.0.1:${(list.address() as AddressInfo).port}/range/`;
  hub = await startHub({ config: { allowPrivateHosts: ['127.0.0.1'], publicUrl: 'http://hub.example', breachedPasswordsUrl } });
});
afterAll(async () => {
  await hub.stop();
  list.close();
});

let people = 0;
const make = (password: string) =>
  hub.call('POST', '/users', { body: { name: 'Nina', email: `nina${people++}@acme.test`, role: 'rep', password } });
const refused = { status: 400, body: { errors: [{ pointer: '/password', code: 'password_breached' }] } };

it('refuses a password that was breached, wherever one is set, and tells the list five letters of its hash alone', async () => {
  expect(await make(breached)).toMatchObject(refused);
  expect(asked).toEqual([`/range/${hashOf(breached).slice(0, 5)}`]);
  const rep = await hub.aRep();
  const { url } = (await hub.call('POST', `/users/${rep.id}/link`)).body;
  const token = String(url).split('#')[1];
  const follow = (password: string) => hub.call('POST', '/links/follow', { key: null, body: { token, password } });
  expect(await follow(breached)).toMatchObject(refused);
  const followed = await follow('heron marmalade 4471');
  expect(followed.status).toBe(204);
  const cookie = String(followed.headers['set-cookie']).split(';')[0] ?? '';
  const change = (password: string) =>
    hub.call('POST', '/me/password', {
      key: null,
      body: { current: 'heron marmalade 4471', password },
      headers: { cookie, origin: 'http://hub.example' },
    });
  expect(await change(breached)).toMatchObject(refused);
  expect((await change('quite another heron 88')).status).toBe(204);
  const setup = { token: 'x'.repeat(43), name: 'First', email: 'first@acme.test', password: breached };
  expect(await hub.call('POST', '/setup', { key: null, body: setup })).toMatchObject(refused);
});

it('takes one that the list pads its answer with, and every one while the list is away', async () => {
  expect((await make(padded)).status).toBe(201);
  away = true;
  expect((await make(breached)).status).toBe(201);
});
