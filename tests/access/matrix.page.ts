import { routes } from './matrix.cells.ts';
import { callers, type Kind, type Row, records } from './matrix.words.ts';

const heads: Record<(typeof callers)[number], string> = {
  admin: 'admin',
  manager: 'manager',
  rep: 'rep',
  teamRep: 'rep, team only',
  viewer: 'viewer',
};

const intro = `# Who may do what

Made from \`tests/access/matrix.cells.ts\`, whose every cell is asked of a running hub by \`tests/access/matrix.test.ts\`; do not edit it by hand.

Whose records a caller may use: **own**, the **team**'s (of members of their teams and those below), **other**s', **shared** with them to edit.
*Hidden* records answer 404, byte for byte as a missing one does; the rest answer 403, which names the permission. "rep, team only" is a rep
where \`PATCH /settings/access\` says \`repsReadTeamOnly\`. Activities, tasks and mail follow the records they are about.
`;

/** The page of all routes with what each caller may. */
export function permissionsPage(declared: ReadonlyMap<string, string>): string {
  const there = Object.entries(routes).filter(([route]) => declared.has(route));
  const lines = there.map(([route, row]) => {
    const permission = declared.get(route) ?? '';
    return `| \`${route}\` | ${permission} | ${row.marks.map((marks) => words(row, marks)).join(' | ')} |`;
  });
  const head = ['route', 'permission', ...callers.map((caller) => heads[caller])];
  return `${intro}\n| ${head.join(' | ')} |\n|${'---|'.repeat(head.length)}\n${lines.join('\n')}\n`;
}

function words({ kind }: Row, marks: string): string {
  if (kind === undefined) return marks === 'o' ? 'yes' : '–';
  if (kind === 'unmade') return marks === 'x' ? '–' : 'yes';
  return ofRecords(kind, marks);
}

function ofRecords(kind: Kind, marks: string): string {
  const named = records[kind].map((which, n) => ({ which, mark: marks[n] })).filter(({ which }) => which !== 'missing');
  const may = named.filter(({ mark }) => mark === 'o').map(({ which }) => which);
  const hidden = named.filter(({ mark }) => mark === '-').map(({ which }) => which);
  const first = may.length === named.length ? 'yes' : may.length === 0 ? '–' : may.join(', ');
  return hidden.length === 0 ? first : `${first}; *hidden: ${hidden.join(', ')}*`;
}
