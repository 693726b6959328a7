import { Migration } from '@mikro-orm/migrations';

/** How strongly and how recently a provider must have seen to it who somebody is. */
export class ProviderStrength extends Migration {
  override up(): void {
    this.addSql(`alter table identity_providers
      add column required_acr text[] not null default '{}',
      add column required_amr text[] not null default '{}',
      add column max_age_seconds int;`);
  }
}
