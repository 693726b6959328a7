import { afterEach } from 'vitest';
import { keepDatabases } from './database.ts';

afterEach(({ task }) => {
  if (task.result?.state === 'fail') keepDatabases();
});
