import { Migration } from '@mikro-orm/migrations';

/** What delivery reports say of mail that is not here yet: the folder it lies in may be read later than theirs. */
export class MailBounces extends Migration {
  override up(): void {
    this.addSql(`
create table mail_bounces (
  original_id text not null,
  address text not null,
  at timestamptz not null,
  created_at timestamptz not null,
  primary key (original_id, address)
);
create index mail_bounces_by_address on mail_bounces (address);
create index mail_bounces_by_age on mail_bounces (created_at);
`);
  }
}
