import { Migration } from '@mikro-orm/migrations';

/** Mailboxes, what was found in them, and what is sent through them. */
export class Mail extends Migration {
  override up(): void {
    this.addSql(mailboxes);
    this.addSql(messages);
    this.addSql(ledger);
    this.addSql(privacy);
  }
}

const mailboxes = `
create table mailboxes (
  id uuid primary key,
  owner_id uuid not null constraint mailboxes_owner_id_fkey references users,
  address text not null,
  address_normal text not null,
  imap jsonb not null,
  smtp jsonb not null,
  credentials bytea,
  state text not null default 'connecting' check (state in
    ('connecting', 'live', 'unreachable', 'throttled', 'rejected', 'needs_reauthorisation', 'paused', 'disconnected')),
  error_code text,
  error text,
  failures int not null default 0,
  retry_at timestamptz,
  create_contacts text not null check (create_contacts in ('none', 'sent', 'all')),
  visibility text not null check (visibility in ('everything', 'subject', 'metadata')),
  sync_from timestamptz,
  generation int not null default 1,
  synced_at timestamptz,
  deleted_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  version int not null default 1,
  constraint mailboxes_secrets_go check (deleted_at is null or credentials is null)
);
create unique index mailboxes_address_key on mailboxes (address_normal) where deleted_at is null;
create index mailboxes_by_owner on mailboxes (owner_id, created_at desc, id desc);

create table mail_folders (
  id uuid primary key,
  mailbox_id uuid not null references mailboxes on delete cascade,
  path text not null,
  role text not null,
  uidvalidity bigint not null,
  uid_floor bigint not null,
  uid_ceiling bigint not null,
  modseq numeric(20),
  message_count int not null default 0,
  state text not null default 'backfilling' check (state in ('backfilling', 'complete', 'gone')),
  unique (mailbox_id, path)
);
`;

const messages = `
create table mail_threads (
  id uuid primary key,
  created_at timestamptz not null
);

create table mail_thread_keys (
  key text primary key,
  thread_id uuid not null references mail_threads
);
create index mail_thread_keys_by_thread on mail_thread_keys (thread_id);

create table messages (
  id uuid primary key,
  identity text not null unique,
  message_id text,
  fingerprint text not null,
  thread_id uuid not null references mail_threads,
  owner_id uuid not null constraint messages_owner_id_fkey references users,
  direction text not null check (direction in ('in', 'out')),
  kind text not null check (kind in ('human', 'auto_reply', 'bounce', 'bulk', 'invite')),
  subject text not null,
  snippet text not null,
  text text not null,
  html text,
  sent_at timestamptz not null,
  in_reply_to text[] not null,
  reference_ids text[] not null,
  size int not null,
  truncated boolean not null,
  damaged boolean not null,
  created_at timestamptz not null
);
create index messages_by_thread on messages (thread_id, sent_at);
create index messages_by_message_id on messages using hash (message_id);

create table message_mailboxes (
  message_id uuid not null references messages on delete cascade,
  mailbox_id uuid not null references mailboxes,
  variant boolean not null default false,
  primary key (message_id, mailbox_id)
);
create index message_mailboxes_by_mailbox on message_mailboxes (mailbox_id);

create table message_participants (
  message_id uuid not null references messages on delete cascade,
  role text not null check (role in ('from', 'to', 'cc', 'bcc')),
  address_normal text not null,
  position int not null,
  name text not null,
  contact_id uuid constraint message_participants_contact_id_fkey references contacts,
  primary key (message_id, role, address_normal)
);
create index message_participants_by_address on message_participants (address_normal, message_id);
create index message_participants_by_contact on message_participants (contact_id) where contact_id is not null;

create table attachments (
  message_id uuid not null references messages on delete cascade,
  position int not null,
  filename text,
  content_type text not null,
  size int not null,
  content_id text,
  inline boolean not null,
  primary key (message_id, position)
);

create table outgoing_messages (
  message_id uuid primary key references messages on delete cascade,
  mailbox_id uuid not null references mailboxes,
  idempotency_key text constraint outgoing_messages_idempotency_key unique,
  state text not null check (state in ('queued', 'sending', 'sent', 'in_doubt', 'failed')),
  draft jsonb not null,
  message_header_id text not null,
  server_message_id text,
  refused jsonb not null default '[]',
  response text,
  error_code text,
  error text,
  sent_at timestamptz,
  filed_at timestamptz,
  created_at timestamptz not null
);
create index outgoing_messages_by_mailbox on outgoing_messages (mailbox_id, created_at desc);

alter table activities add constraint activities_message_id_fkey foreign key (message_id) references messages on delete set null;
`;

/** One row per message seen in a folder: it is the message's location as well as the answer to "why is this mail not here?". */
const ledger = `
create table mail_ledger (
  folder_id uuid not null references mail_folders on delete cascade,
  uid bigint not null,
  mailbox_id uuid not null,
  outcome text not null check (outcome in ('logged', 'waiting', 'skipped', 'quarantined')),
  rule text,
  message_id uuid references messages on delete set null,
  header_id text,
  sender text,
  at timestamptz not null,
  gone_at timestamptz,
  raw bytea,
  primary key (folder_id, uid)
);
create index mail_ledger_by_message on mail_ledger (message_id) where message_id is not null;
create index mail_ledger_by_outcome on mail_ledger (mailbox_id, outcome);
create index mail_ledger_by_header_id on mail_ledger using hash (header_id);
create index mail_ledger_by_sender on mail_ledger using hash (sender);
`;

/**
 * How much of a message a viewer may see: 3 it lies in a mailbox of theirs, 2 everything, 1 the subject, 0 who and when. The most open
 * mailbox that holds it decides.
 */
const privacy = `
create function mail_openness(message uuid, viewer uuid) returns int language sql stable parallel safe as $$
  select coalesce(max(case
    when mailboxes.owner_id = viewer then 3
    when mailboxes.visibility = 'everything' then 2
    when mailboxes.visibility = 'subject' then 1
    else 0 end), 0)
  from message_mailboxes join mailboxes on mailboxes.id = message_mailboxes.mailbox_id
  where message_mailboxes.message_id = message
$$;
`;
