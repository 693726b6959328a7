import { Migration } from '@mikro-orm/migrations';

/** When somebody last proved, within a session, who they are; unset, it was when the session began. */
export class SessionProof extends Migration {
  override up(): void {
    this.addSql('alter table sessions add column proven_at timestamptz;');
  }
}
