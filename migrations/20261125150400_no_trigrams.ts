import { Migration } from '@mikro-orm/migrations';

/** Search asks the words and slips of a name; the trigrams of `search_text` are asked by nobody, and took most of the time of an insert. */
export class NoTrigrams extends Migration {
  override up(): void {
    for (const table of ['contacts', 'companies', 'deals']) this.addSql(`drop index ${table}_search`);
  }
}
