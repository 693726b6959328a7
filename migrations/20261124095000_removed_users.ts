import { Migration } from '@mikro-orm/migrations';

/** Users who were removed stay as names: the log keeps who did what. */
export class RemovedUsers extends Migration {
  override up(): void {
    this.addSql('alter table users add column removed_at timestamptz');
  }
}
