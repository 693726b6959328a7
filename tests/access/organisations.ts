import fc from 'fast-check';
import type { Reach } from '../../src/context.ts';

/** A random organisation, small and dense: everything is a number, and points to others by their numbers. */
export interface Organisation {
  /** Parent of each team; only earlier ones, so that it is a tree. */
  teams: (number | null)[];
  users: number;
  members: { team: number; user: number }[];
  /** Owner of each. */
  records: Record<'company' | 'contact' | 'deal', (number | null)[]>;
  shares: {
    object: 'company' | 'contact' | 'deal';
    record: number;
    user: number | null;
    team: number | null;
    access: 'read' | 'edit';
  }[];
  activities: { owner: number | null; contacts: number[]; company: number | null; deal: number | null }[];
  tasks: { assignee: number | null; maker: number | null; contact: number | null; company: number | null; deal: number | null }[];
  messages: { owner: number; contact: number | null; activity: number | null; mailbox: number | null }[];
  reads: Record<ObjectRead, Reach>;
  edits: Reach;
}
export type ObjectRead = 'company' | 'contact' | 'deal' | 'activity' | 'task' | 'message';

const users = 5;
const teams = 4;
const each = 4;
const one = (count: number) => fc.nat(count - 1);
const maybe = (count: number) => fc.option(one(count), { nil: null });
const reach = fc.constantFrom<Reach>('none', 'own', 'team', 'all');
const owners = fc.array(maybe(users), { minLength: each, maxLength: each });
const object = fc.constantFrom('company' as const, 'contact' as const, 'deal' as const);

/** Any organisation. The viewer is its first user. */
export const organisation: fc.Arbitrary<Organisation> = fc.record({
  teams: fc.tuple(...Array.from({ length: teams }, (_, n) => (n === 0 ? fc.constant(null) : maybe(n)))),
  users: fc.constant(users),
  members: fc.uniqueArray(fc.record({ team: one(teams), user: one(users) }), {
    maxLength: 8,
    selector: (m) => `${m.team}-${m.user}`,
  }),
  records: fc.record({ company: owners, contact: owners, deal: owners }),
  shares: fc.uniqueArray(
    fc
      .record({
        object,
        record: one(each),
        toTeam: fc.boolean(),
        holder: one(teams),
        access: fc.constantFrom('read' as const, 'edit' as const),
      })
      .map(({ toTeam, holder, ...share }) => ({ ...share, user: toTeam ? null : holder, team: toTeam ? holder : null })),
    { maxLength: 6, selector: (s) => `${s.object} ${s.record} ${s.user} ${s.team}` },
  ),
  activities: fc.array(
    fc.record({
      owner: maybe(users),
      contacts: fc.uniqueArray(one(each), { maxLength: 2 }),
      company: maybe(each),
      deal: maybe(each),
    }),
    { minLength: 3, maxLength: 6 },
  ),
  tasks: fc.array(
    fc.record({ assignee: maybe(users), maker: maybe(users), contact: maybe(each), company: maybe(each), deal: maybe(each) }),
    { maxLength: 5 },
  ),
  messages: fc.array(fc.record({ owner: one(users), contact: maybe(each), activity: maybe(3), mailbox: maybe(users) }), {
    maxLength: 4,
  }),
  reads: fc.record({ company: reach, contact: reach, deal: reach, activity: reach, task: reach, message: reach }),
  edits: reach,
});

const viewer = 0;

/** What the viewer may see and do, worked out person by person and record by record, as the words of the docs say it. */
export class Evaluator {
  readonly #org: Organisation;
  constructor(org: Organisation) {
    this.#org = org;
  }

  #teamsOf(user: number): number[] {
    return this.#org.members.filter((member) => member.user === user).map(({ team }) => team);
  }

  /** A team and all above it. */
  #upFrom(team: number): number[] {
    const parent = this.#org.teams[team] ?? null;
    return parent === null ? [team] : [team, ...this.#upFrom(parent)];
  }

  /** In the viewer's team or one below it. */
  #isOfTeam(user: number | null): boolean {
    if (user === null) return false;
    if (user === viewer) return true;
    return this.#teamsOf(user).some((team) => this.#upFrom(team).some((above) => this.#teamsOf(viewer).includes(above)));
  }

  #within(reach: Reach, owner: number | null): boolean {
    return reach === 'all' || (reach === 'own' && owner === viewer) || (reach === 'team' && this.#isOfTeam(owner));
  }

  #isShared(object: string, record: number, access?: 'edit'): boolean {
    const ofViewer = this.#teamsOf(viewer).flatMap((team) => this.#upFrom(team));
    return this.#org.shares.some(
      (share) =>
        share.object === object &&
        share.record === record &&
        (access === undefined || share.access === access) &&
        (share.user === viewer || (share.team !== null && ofViewer.includes(share.team))),
    );
  }

  seesRecord(object: 'company' | 'contact' | 'deal', record: number | null): boolean {
    const reach = this.#org.reads[object];
    if (record === null || reach === 'none') return false;
    return this.#within(reach, this.#org.records[object][record] ?? null) || this.#isShared(object, record);
  }

  /** What a change of the record answers. */
  edit(object: 'company' | 'contact' | 'deal', record: number): 'done' | 403 | 404 {
    if (!this.seesRecord(object, record)) return 404;
    if (this.#within(this.#org.edits, this.#org.records[object][record] ?? null)) return 'done';
    return this.#org.edits !== 'none' && this.#isShared(object, record, 'edit') ? 'done' : 403;
  }

  #follows(reach: Reach, owner: number | null, { isMine, onSeen }: { isMine: boolean; onSeen: boolean }): boolean {
    if (reach === 'none') return false;
    if (reach === 'own') return isMine;
    if (reach === 'team' && !this.#isOfTeam(owner) && !isMine) return false;
    return isMine || onSeen;
  }

  #onSeen(contacts: (number | null)[], company: number | null, deal: number | null): boolean {
    const given = contacts.filter((contact) => contact !== null);
    const none = given.length === 0 && company === null && deal === null;
    return (
      none ||
      given.some((contact) => this.seesRecord('contact', contact)) ||
      this.seesRecord('company', company) ||
      this.seesRecord('deal', deal)
    );
  }

  seesActivity(n: number): boolean {
    const { owner, contacts, company, deal } = this.#org.activities[n]!; // asked of those that are there
    return this.#follows(this.#org.reads.activity, owner, {
      isMine: owner === viewer,
      onSeen: this.#onSeen(contacts, company, deal),
    });
  }

  seesTask(n: number): boolean {
    const { assignee, maker, contact, company, deal } = this.#org.tasks[n]!; // asked of those that are there
    const isMine = assignee === viewer || maker === viewer;
    return this.#follows(this.#org.reads.task, assignee, { isMine, onSeen: this.#onSeen([contact], company, deal) });
  }

  seesMessage(n: number): boolean {
    const { owner, contact, activity, mailbox } = this.#org.messages[n]!; // asked of those that are there
    const seesAll = (['company', 'contact', 'deal'] as const).every((object) => this.#org.reads[object] === 'all');
    const logged = activity === null ? undefined : this.#org.activities[activity];
    const onSeen =
      seesAll ||
      mailbox === viewer ||
      this.seesRecord('contact', contact) ||
      (logged !== undefined && this.#onSeen(logged.contacts, logged.company, logged.deal));
    return this.#follows(this.#org.reads.message, owner, { isMine: owner === viewer, onSeen });
  }
}
