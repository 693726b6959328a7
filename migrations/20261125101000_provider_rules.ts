import { Migration } from '@mikro-orm/migrations';

/** What a provider's claims mean here, a row each, in place of the columns that nothing has read. */
export class ProviderRules extends Migration {
  override up(): void {
    this.addSql(`
create table provider_rules (
  provider_id uuid not null references identity_providers on delete cascade,
  position int not null,
  claim text not null,
  value text not null,
  role text constraint provider_rules_role_fkey references roles,
  team_id uuid constraint provider_rules_team_id_fkey references teams on delete cascade,
  primary key (provider_id, position),
  constraint provider_rules_one_target check (num_nonnulls(role, team_id) = 1)
);
alter table identity_providers drop column claim, drop column role_map, drop column team_map;
`);
  }
}
