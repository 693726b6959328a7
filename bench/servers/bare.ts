import fastify from 'fastify';
import pg from 'pg';
import { v7 as uuidv7 } from 'uuid';

/** The baseline: Fastify, `pg` with ten connections, one prepared statement a request, plain JSON. */
const { databaseUrl } = JSON.parse(process.argv[2] ?? '{}') as { databaseUrl: string };
const pool = new pg.Pool({ connectionString: databaseUrl, max: 10 });
const app = fastify();

interface Person {
  firstName: string;
  lastName: string;
  email: string;
  phone: string;
  city: string;
  lifecycleStage: string;
}

/** What our API answers of a contact, no less; the name of a company is read so since a join takes longer. */
const columns = `id, first_name as "firstName", last_name as "lastName", full_name as name, email, other_emails as "otherEmails", phone, mobile, title, department,
  address_line1 as "addressLine1", address_line2 as "addressLine2", city, state, postal_code as "postalCode", country,
  lead_source as "leadSource", lead_status as "leadStatus", lifecycle_stage as "lifecycleStage", time_zone as "timeZone",
  do_not_email as "doNotEmail", unsubscribed_at as "unsubscribedAt", bounced_at as "bouncedAt", company_id as "companyId", owner_id as "ownerId", custom_fields as "customFields", tag_ids as "tagIds",
  last_contacted_at as "lastContactedAt", next_activity_at as "nextActivityAt", created_at as "createdAt", updated_at as "updatedAt", version,
  (select companies.name from companies where companies.id = contacts.company_id) as "companyName"`;

app.post<{ Body: Person }>('/contacts', async (req, reply) => {
  const { firstName, lastName, email, phone, city, lifecycleStage } = req.body;
  const { rows } = await pool.query({
    name: 'insert',
    text: `insert into contacts (id, first_name, last_name, email, phone, city, lifecycle_stage, created_at, updated_at)
           values ($1, $2, $3, $4, $5, $6, $7, now(), now()) returning ${columns}`,
    values: [uuidv7(), firstName, lastName, email, phone, city, lifecycleStage],
  });
  return reply.code(201).send(rows[0]);
});

app.patch<{ Params: { id: string }; Body: { city: string } }>('/contacts/:id', async (req) => {
  const { rows } = await pool.query({
    name: 'patch',
    text: `update contacts set city = $2, updated_at = now(), version = version + 1 where id = $1 returning ${columns}`,
    values: [req.params.id, req.body.city],
  });
  return rows[0];
});

app.get<{ Params: { id: string } }>('/contacts/:id', async (req) => {
  const { rows } = await pool.query({
    name: 'get',
    text: `select ${columns} from contacts where id = $1`,
    values: [req.params.id],
  });
  return rows[0];
});

const live = 'deleted_at is null and merged_into is null';
const filtered: Record<string, string> = {
  'filter[city]': 'city',
  'filter[companyId]': 'company_id',
  'filter[lifecycleStage]': 'lifecycle_stage',
};
const orders: Record<string, string> = { name: 'full_name collate people, id', lastName: 'last_name, id' };
app.get<{ Querystring: Record<string, string> }>('/contacts', async (req) => {
  const { cursor, sort = '', ...query } = req.query;
  const filters = Object.keys(query).filter((name) => name in filtered);
  const narrow = filters.map((name, n) => ` and ${filtered[name]} = $${n + 1}`).join('');
  const order = orders[sort] ?? 'created_at desc, id desc';
  const values: unknown[] = filters.map((name) => query[name]);
  if (cursor !== undefined) values.push(...endOf(cursor));
  const behind = cursor === undefined ? '' : ` and (created_at, id) < ($${values.length - 1}, $${values.length})`;
  const { rows } = await pool.query({
    name: `list${narrow}${behind}${sort}`,
    text: `select ${columns} from contacts where ${live}${narrow}${behind} order by ${order} limit 50`,
    values,
  });
  return { data: rows };
});

/** When the last contact of the page before was made, and its id, as our cursors have them before their signature. */
function endOf(cursor: string): [string, string] {
  const [, [createdAt], id] = JSON.parse(Buffer.from(cursor.split('.')[0] ?? '', 'base64url').toString());
  return [createdAt, id];
}

const url = await app.listen({ host: '127.0.0.1', port: 0 });
console.log(JSON.stringify({ url }));
process.on('SIGTERM', () => process.exit(0));
