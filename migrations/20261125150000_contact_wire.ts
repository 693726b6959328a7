import { Migration } from '@mikro-orm/migrations';

/**
 * Each contact keeps its own fields as the JSON that answers show, without its opening brace, so that fields of other tables are put in
 * front: docs/decisions/0013-stored-json.md.
 */
export class ContactWire extends Migration {
  override up(): void {
    this.addSql(contactWire);
    this.addSql(`alter table contacts add column wire text generated always as (contact_wire(${columns})) stored`);
    // Compressing it would cost more than writing it: rows of up to a page stay as they are.
    this.addSql('alter table contacts set (toast_tuple_target = 8160)');
  }
}

/** The order is that of the function's parameters. A generated column cannot take another one, so the name is made here once more. */
const columns = `id, first_name, last_name, btrim(coalesce(first_name, '') || ' ' || coalesce(last_name, '')), email, other_emails, phone, mobile,
  title, department, address_line1, address_line2, city, state, postal_code, country, lead_source, lead_status, lifecycle_stage, time_zone,
  do_not_email, unsubscribed_at, bounced_at, company_id, owner_id, custom_fields, tag_ids, last_contacted_at, next_activity_at, created_at, updated_at, version`;

const utc = (name: string): string => `to_char("${name}" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "${name}"`;

/** Immutable, since the instants are told in UTC and nothing else of it depends on the session. */
const contactWire = `
create function contact_wire(id uuid, "firstName" text, "lastName" text, name text, email text, "otherEmails" text[], phone text, mobile text,
  title text, department text, "addressLine1" text, "addressLine2" text, city text, state text, "postalCode" text, country text,
  "leadSource" text, "leadStatus" text, "lifecycleStage" text, "timeZone" text, "doNotEmail" boolean, "unsubscribedAt" timestamptz, "bouncedAt" timestamptz,
  "companyId" uuid, "ownerId" uuid, "customFields" jsonb, "tagIds" uuid[], "lastContactedAt" timestamptz, "nextActivityAt" timestamptz,
  "createdAt" timestamptz, "updatedAt" timestamptz, version int)
returns text language sql immutable parallel safe as $$
  select substr(row_to_json((select r from (select id, "firstName", "lastName", name, email, "otherEmails", phone, mobile, title, department,
    "addressLine1", "addressLine2", city, state, "postalCode", country, "leadSource", "leadStatus", "lifecycleStage", "timeZone",
    "doNotEmail", ${utc('unsubscribedAt')}, ${utc('bouncedAt')}, "companyId", "ownerId", "customFields", "tagIds",
    ${utc('lastContactedAt')}, ${utc('nextActivityAt')},
    ${utc('createdAt')}, ${utc('updatedAt')}, version) r))::text, 2)
$$;
`;
