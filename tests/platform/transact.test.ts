import { afterAll, beforeAll, expect, it } from 'vitest';
import { createCompany, updateCompany } from '../../src/companies/companies.ts';
import { Company } from '../../src/companies/company.entity.ts';
import { createContact } from '../../src/contacts/contacts.ts';
import { attempt, type Context, entities, reading, rootCause, rowOf, rowsOf, systemActor, transact } from '../../src/context.ts';
import { SQL } from '../../src/database.ts';
import { emit } from '../../src/emit.ts';
import { AppError, conflict } from '../../src/errors.ts';
import { enqueue } from '../../src/queues.ts';
import { setRecordSettings } from '../../src/settings.ts';
import { aCompany, logOf } from '../support/factories.ts';
import { type Hub, startHub } from '../support/hub.ts';

let hub: Hub;
const wakes: string[] = [];
beforeAll(async () => {
  hub = await startHub({ ports: { queues: { wake: (queue) => void wakes.push(queue) } } });
});
afterAll(() => hub.stop());

const nameIn = async (ctx: Context, id: string) =>
  (await rowOf<{ name: string }>(ctx, SQL`select name from companies where id = ${id}`))?.name;
const nameOf = (id: string) => hub.deed((ctx) => nameIn(ctx, id));
const rename = (ctx: Context, id: string, name: string) => updateCompany(ctx, { id }, { name });

it('tries again after a deadlock, so that both of two crossing transactions come through', async () => {
  const [a, b] = [await aCompany(hub), await aCompany(hub)];
  let attempts = 0;
  let arrived = 0;
  let open = () => {};
  const bothArrived = new Promise<void>((resolve) => {
    open = resolve;
  });
  const cross = (first: string, second: string, name: string) =>
    hub.deed(async (ctx) => {
      attempts += 1;
      await rename(ctx, first, name);
      await rowsOf(ctx, SQL`select 1`); // flushes, so that the lock is held
      arrived += 1;
      if (arrived >= 2) open();
      await bothArrived;
      await rename(ctx, second, name);
    });
  await Promise.all([cross(a.id, b.id, 'one'), cross(b.id, a.id, 'two')]);
  expect(attempts).toBe(3);
  expect(await nameOf(a.id)).toBe(await nameOf(b.id));
  expect(await logOf(hub, a.id)).toHaveLength(3);
});

it('tries a serialisation failure three times again, then says what happened', async () => {
  for (const [failures, fails] of [
    [3, false],
    [4, true],
  ] as const) {
    let attempts = 0;
    const work = hub.deed(async (ctx) => {
      attempts += 1;
      if (attempts <= failures) await rowsOf(ctx, SQL`do $$ begin raise exception 'x' using errcode = '40001'; end $$`);
      return attempts;
    });
    if (fails) await expect(work).rejects.toThrow();
    else expect(await work).toBe(4);
  }
});

it('never tries a decision again', async () => {
  let attempts = 0;
  const work = hub.deed(() => {
    attempts += 1;
    return Promise.reject(conflict('no_luck', 'It cannot be done.'));
  });
  await expect(work).rejects.toThrow(AppError);
  expect(attempts).toBe(1);
});

it('shows unflushed changes of entities to SQL', async () => {
  const company = await aCompany(hub);
  const seen = await hub.deed(async (ctx) => {
    const entity = await (await entities(ctx)).findOneOrFail(Company, { id: company.id });
    entity.name = 'Changed, not flushed';
    return nameIn(ctx, company.id);
  });
  expect(seen).toBe('Changed, not flushed');
});

it('leaves nothing of an attempt that failed: no rows, no events, no changed entities, no jobs', async () => {
  const company = await aCompany(hub, { name: 'Before' });
  wakes.length = 0;
  const made = await hub.deed(async (ctx) => {
    await rename(ctx, company.id, 'By the outer deed');
    const failed = await attempt(ctx, async (inner) => {
      await rename(inner, company.id, 'By the failed attempt');
      await createCompany(inner, { name: 'Never' });
      await enqueue(inner, { queue: 'bulk', key: 'never', data: {} });
      throw conflict('no_luck', 'It cannot be done.');
    }).catch((error: AppError) => error.code);
    expect(failed).toBe('no_luck');
    return attempt(ctx, (inner) => createCompany(inner, { name: 'After the failure' }));
  });
  expect(await nameOf(company.id)).toBe('By the outer deed');
  expect(await nameOf(made.id)).toBe('After the failure');
  expect(wakes).toEqual([]);
  const rows = await hub.deed((ctx) =>
    rowsOf(
      ctx,
      SQL`select 1 from companies where name = 'Never' union all select 1 from jobs where key = 'never' union all select 1 from events where data::text like '%Never%'`,
    ),
  );
  expect(rows).toEqual([]);
  expect((await logOf(hub, company.id)).map((event) => event.data.changes?.name?.to)).toEqual(['Before', 'By the outer deed']);
});

it('goes on after an attempt that the database refused', async () => {
  const company = await aCompany(hub);
  await hub.deed(async (ctx) => {
    await expect(attempt(ctx, (inner) => createCompany(inner, { name: 'Twin', domain: company.domain }))).rejects.toMatchObject({
      code: 'company_domain_taken',
    });
    await createCompany(ctx, { name: 'Goes on', domain: 'goes-on.example' });
  });
  expect((await hub.call('GET', '/companies?q=goes-on.example')).body.data).toHaveLength(1);
});

it('wakes a queue after the commit, and never when there is none', async () => {
  wakes.length = 0;
  const ask = (ctx: Context) => enqueue(ctx, { queue: 'mail-sync', key: 'one', data: {} });
  await hub.deed(async (ctx) => {
    await ask(ctx);
    expect(wakes).toEqual([]);
  });
  expect(wakes).toEqual(['mail-sync']);
  await hub
    .deed(async (ctx) => {
      await ask(ctx);
      throw conflict('no_luck', 'It cannot be done.');
    })
    .catch(() => undefined);
  expect(wakes).toEqual(['mail-sync']);
});

it('writes nothing when it fails at the very end', async () => {
  const company = await aCompany(hub);
  const broken = hub.deed(async (ctx) => {
    await rename(ctx, company.id, 'Never');
    emit(ctx, 'company.deleted', { companyId: 'not a uuid' });
  });
  await expect(broken).rejects.toThrow();
  expect(await nameOf(company.id)).toBe(company.name);
  expect(await logOf(hub, company.id)).toHaveLength(1);
});

it('does not let a deed write on a context that only reads', async () => {
  const { services } = hub;
  const doing = { actor: systemActor, cause: rootCause({ kind: 'cli' }) };
  await expect(reading(services, doing, (ctx) => createCompany(ctx, { name: 'Never' }))).rejects.toThrow('inside transact()');
});

it('gives each attempt the moment it began at, and one moment to all that it writes', async () => {
  const { services } = hub;
  const company = await transact(services, { actor: systemActor, cause: rootCause({ kind: 'cli' }) }, async (ctx) => {
    const made = await createCompany(ctx, { name: 'Now' });
    return { id: made.id, now: ctx.now.toISOString() };
  });
  expect((await hub.call('GET', `/companies/${company.id}`)).body).toMatchObject({
    createdAt: company.now,
    updatedAt: company.now,
  });
  expect((await hub.call('GET', `/companies/${company.id}/timeline`)).body.data[0].activityDate).toBe(company.now);
});

it('sends a deed that asks nothing else of the database as one statement, and holds nothing back from what follows', async () => {
  const address = (n: number) => `held.${n}@transact.example`;
  const rowsNamed = (ctx: Context, email: string) => rowsOf(ctx, SQL`select id from contacts where email = ${email}`);
  await hub.deed(async (ctx) => {
    const made = await createContact(ctx, { firstName: 'Held', email: address(1) });
    const { pending: _, ...outside } = ctx;
    expect(await rowsNamed(outside, address(1))).toEqual([]);
    return made.id;
  });
  const alone = await hub.deed((ctx) => createContact(ctx, { firstName: 'Alone', email: address(2) }));
  expect(JSON.parse(await alone.json())).toMatchObject({ id: alone.id, email: address(2), version: 1 });
  expect(await logOf(hub, alone.id)).toHaveLength(1);
  await hub.deed(async (ctx) => {
    const { id } = await createContact(ctx, { firstName: 'Sent first', email: address(3) });
    expect(await rowsNamed(ctx, address(3))).toEqual([{ id }]);
    await createContact(ctx, { firstName: 'Second', email: address(4) });
    await createContact(ctx, { firstName: 'Third', email: address(5) });
  });
  expect(await hub.deed((ctx) => rowsNamed(ctx, address(4)))).toHaveLength(1);
  expect(await hub.deed((ctx) => rowsNamed(ctx, address(5)))).toHaveLength(1);
});

it('undoes a held statement with its events when it is refused, and says who has the address', async () => {
  const first = await hub.deed((ctx) => createContact(ctx, { firstName: 'First', email: 'refused@transact.example' }));
  const again = (ctx: Context) => createContact(ctx, { firstName: 'Again', email: 'refused@transact.example' });
  const refusal = { code: 'contact_email_taken', details: { existing: { id: first.id } } };
  await expect(hub.deed(again)).rejects.toMatchObject(refusal);
  await hub.deed(async (ctx) => {
    await expect(attempt(ctx, again)).rejects.toMatchObject(refusal);
    await createContact(ctx, { firstName: 'Goes on', email: 'goes.on@transact.example' });
  });
  const firstNames = await hub.deed((ctx) =>
    rowsOf(ctx, SQL`select first_name as name from contacts where first_name in ('Again', 'Goes on')`),
  );
  expect(firstNames).toEqual([{ name: 'Goes on' }]);
  const written = await hub.deed((ctx) => rowsOf(ctx, SQL`select 1 from events where data::text like '%"Again"%'`));
  expect(written).toEqual([]);
});

it('makes a plain contact by one statement: no transaction is begun for it', async () => {
  const begun = await hub.deed(async (ctx) => {
    await createContact(ctx, { firstName: 'Plain', email: 'plain@one-statement.example', phone: '+43 1 2345678' });
    return ctx.pending?.em !== undefined;
  });
  expect(begun).toBe(false);
});

it('asks for what is remembered on the connection it holds: transactions that fill the pool do not wait for one more', async () => {
  const poolSize = 10;
  let begun = 0;
  const all = Promise.withResolvers<void>();
  const make = () =>
    hub.deed(async (ctx) => {
      await rowsOf(ctx, SQL`select 1`);
      begun += 1;
      if (begun === poolSize) {
        await setRecordSettings(ctx, { defaultCountry: 'AT' });
        all.resolve();
      }
      await all.promise;
      await createContact(ctx, { firstName: 'Pooled', phone: '01 2345678' });
    });
  await hub.deed((ctx) => setRecordSettings(ctx, { defaultCountry: 'DE' })); // forgets what was remembered
  await expect(Promise.all(Array.from({ length: poolSize }, make))).resolves.toHaveLength(poolSize);
});
