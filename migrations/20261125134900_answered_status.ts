import { Migration } from '@mikro-orm/migrations';

/** The status of a stored answer, which says whether an upsert made its record; an answer of before has its route's own. */
export class AnsweredStatus extends Migration {
  override up(): void {
    this.addSql('alter table idempotency_keys add column status smallint;');
  }
}
