import { StackError } from './stack/report.ts';

const needed = 24;

/** Throws a StackError with the remedy when this is not the Node that the project brings. */
export function checkNode(version = process.versions.node): void {
  const major = Number(version.split('.')[0]);
  if (major < needed) {
    throw new StackError(
      `Throughline needs Node ${needed} and this is ${version}. Run it as "npm start": "npm ci" has brought the right one along.`,
    );
  }
}
