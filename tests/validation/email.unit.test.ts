import { expect, it } from 'vitest';
import { Email } from '../../src/wire.ts';

it.each(['ada@example.com', "o'brien+tag@sub.example.co.uk", 'ä@ö.example', '.a@b.example', 'A@B.EXAMPLE'])(
  'takes %s',
  (address) => {
    expect(Email.safeParse(address).success).toBe(true);
  },
);

it.each([
  'a@b',
  'a@b..example',
  'a@.example',
  'a@b.example.',
  'a b@c.example',
  'a@b.example,b@c.example',
  'a@[1.2.3.4]',
  '@b.example',
])('refuses %s', (address) => {
  expect(Email.safeParse(address).error?.issues).toMatchObject([{ params: { code: 'invalid_email' } }]);
});
