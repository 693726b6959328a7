import { dirname, join } from 'node:path/posix';

/** The import lines of a file, and whether they are among those that the layout allows. Used by the guard tests. */

/** One import line: what is imported, as a path from the top of the repository or a package's name, and whether only types are. */
export interface Import {
  target: string;
  typesOnly: boolean;
}

const lines = /^\s*(?:import|export)\s+(type\s)?(?:[^'";]*?from\s*)?'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/gm;

/** Reads the import lines of a source text; dynamic imports and `export ... from` count too. */
export function importsIn(file: string, text: string): Import[] {
  return [...text.matchAll(lines)].map(([, typesOnly, named, dynamic]) => {
    const specifier = named ?? dynamic ?? '';
    const target = specifier.startsWith('.') ? join(dirname(file), specifier) : specifier;
    return { target, typesOnly: typesOnly !== undefined };
  });
}

/** Slices by layer: a slice may import those of earlier layers, none of its own. */
const layers = [
  ['identity'],
  ['tags'],
  ['fields'],
  ['companies'],
  ['contacts'],
  ['deals'],
  ['activities', 'tasks'],
  ['email'],
  ['editing'],
  ['deletion'],
  [
    'history',
    'duplicates',
    'views',
    'files',
    'bulk',
    'timeline',
    'search',
    'merges',
    'imports',
    'automations',
    'webhooks',
    'connections',
    'notifications',
    'reports',
  ],
  ['privacy'],
];
const layerOf = (slice: string): number => layers.findIndex((layer) => layer.includes(slice));

const isOurs = (target: string): boolean => /^(src|workflows|workers|integrations|migrations|bin|web|tests|bench)\//.test(target);
const isPlatform = (path: string): boolean => /^src\/[^/]+$/.test(path);
const sliceOf = (path: string): string | undefined => /^src\/([^/]+)\//.exec(path)?.[1];
const isRules = (path: string): boolean => /^src\/.+\.rules\.ts$/.test(path);
const isSchema = (path: string): boolean => /^src\/.+\.schema\.ts$/.test(path);
/** Lists that are really data, such as the domains of free mail. */
const isList = (path: string): boolean => /^src\/[^/]+\/([\w-]+-domains|presets)\.ts$/.test(path);
const isPorts = (path: string): boolean => /^src\/(.+\.)?ports\.ts$/.test(path);
const folderOf = (path: string): string => dirname(path).split('/').slice(0, 2).join('/');
const knowSlices = new Set(['src/app.ts', 'src/entities.ts']);
const sharedWords = new Set(['src/wire.ts', 'src/errors.ts']);

/** Outside systems that `src/` may not learn of. */
const engines = /^(@temporalio\/|imapflow|nodemailer|tsdav|react|@mantine\/|vite)/;

/** Says why an import is not allowed by the table of the layout; undefined when it is. */
export function faultOf(file: string, { target, typesOnly }: Import): string | undefined {
  const what = `${file} imports ${typesOnly ? 'types of ' : ''}${target}`;
  if (target.startsWith('tests/') || target.startsWith('bench/')) return what;
  if (!isOurs(target)) return mayImportPackage(file, target) ? undefined : what;
  return (typesOnly && mayImportTypes(file, target)) || mayImport(file, target) ? undefined : what;
}

function mayImportPackage(file: string, name: string): boolean {
  if (file.startsWith('src/') && engines.test(name)) return false;
  if (file.startsWith('src/') && name === 'bullmq') return ['src/queue-store.ts', 'src/database.ts'].includes(file);
  if (isSchema(file)) return name === 'zod';
  if (file.startsWith('workflows/')) return name === '@temporalio/workflow' || name === '@temporalio/common';
  return true;
}

function mayImport(file: string, target: string): boolean {
  const [top = ''] = file.split('/');
  if (isRules(file))
    return ((isRules(target) || isSchema(target) || isList(target)) && inOrder(file, target)) || sharedWords.has(target);
  if (isSchema(file)) return (isSchema(target) && inOrder(file, target)) || target === 'src/wire.ts';
  switch (top) {
    case 'src':
      return target.startsWith('src/') && (isPlatform(file) ? platformMayImport(file, target) : inOrder(file, target));
    case 'integrations':
      return (
        folderOf(target) === folderOf(file) || folderOf(target) === 'integrations' || sharedWords.has(target) || isRules(target)
      );
    case 'workflows':
      return target.startsWith('workflows/') || isRules(target);
    case 'workers':
      return /^(src|integrations|workflows|workers)\//.test(target);
    case 'web':
      return target.startsWith('web/') || isSchema(target) || target === 'src/wire.ts';
    case 'bin':
      return true;
    default:
      return false;
  }
}

function platformMayImport(file: string, target: string): boolean {
  if (isPlatform(target)) return !knowSlices.has(target) || file === 'src/database.ts';
  return knowSlices.has(file) || sliceOf(target) === 'identity';
}

/** Slices import the platform, themselves and earlier slices; the app knows them, not they the app. */
function inOrder(file: string, target: string): boolean {
  if (isPlatform(target)) return !knowSlices.has(target);
  const [from, to] = [sliceOf(file) ?? '', sliceOf(target) ?? ''];
  return from === to || (layerOf(to) >= 0 && layerOf(to) < layerOf(from));
}

/** What may be imported as types although not as values. */
function mayImportTypes(file: string, target: string): boolean {
  const [top = ''] = file.split('/');
  if (top === 'src') return isPlatform(target) || (isPlatform(file) ? isPorts(target) : inOrder(file, target));
  if (top === 'integrations') return isPorts(target) || target.startsWith('src/connections/');
  if (top === 'workflows') return target.startsWith('src/') || target.startsWith('workers/activities/');
  return top === 'web' && target.startsWith('src/');
}

/** Text of a source file without its comments, so that words in them are no code. Strings stay. */
export const withoutComments = (text: string): string => text.replace(/\/\*[\s\S]*?\*\/|(^|\s)\/\/[^\n]*/g, '$1');
