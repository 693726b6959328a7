import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createDialer, HostRefused, HostUnknown } from '../../src/dialer.ts';

const strict = createDialer({ allowPrivateHosts: [], resolve: () => Promise.reject(new Error('ENOTFOUND')) });

function resolvingTo(...addresses: string[]) {
  return createDialer({ allowPrivateHosts: [], resolve: async () => addresses.map((address) => ({ address })) });
}

const octet = fc.integer({ min: 0, max: 255 });
const privateV4 = fc.oneof(
  fc.tuple(fc.constantFrom(0, 10, 127), octet, octet, octet),
  fc.tuple(fc.constant(172), fc.integer({ min: 16, max: 31 }), octet, octet),
  fc.tuple(fc.constant(192), fc.constant(168), octet, octet),
  fc.tuple(fc.constant(169), fc.constant(254), octet, octet),
  fc.tuple(fc.constant(100), fc.integer({ min: 64, max: 127 }), octet, octet),
  fc.tuple(fc.integer({ min: 224, max: 255 }), octet, octet, octet),
);

const numeral = fc.constantFrom<(n: number) => string>(
  (n) => String(n),
  (n) => `0x${n.toString(16)}`,
  (n) => `0X${n.toString(16).toUpperCase()}`,
  (n) => `0${n.toString(8)}`,
  (n) => `0x000${n.toString(16)}`,
);

/** One to four numbers, each in its own base, as inet_aton reads them, perhaps disguised. */
const spelling = fc
  .record({
    ip: privateV4,
    parts: fc.integer({ min: 1, max: 4 }),
    numerals: fc.tuple(numeral, numeral, numeral, numeral),
    dress: fc.constantFrom<(text: string) => string>(
      (text) => text,
      (text) => `${text}.`,
      (text) => text.replaceAll('.', '。'),
      (text) => text.replaceAll('1', '１'),
      (text) => text.replace(/\d/, (digit) => `%3${digit}`),
    ),
  })
  .map(({ ip, parts, numerals, dress }) => {
    const last = ip.slice(parts - 1).reduce((sum, byte) => sum * 256 + byte, 0);
    return dress([...ip.slice(0, parts - 1), last].map((n, i) => numerals[i]!(n)).join('.'));
  });

describe('a private address is refused', () => {
  test('in every spelling of an IPv4 number', async () => {
    await fc.assert(
      fc.asyncProperty(spelling, async (host) => {
        await expect(strict.vet(host)).rejects.toBeInstanceOf(HostRefused);
      }),
      { numRuns: 2_000 },
    );
  });

  test('inside IPv6: mapped, compatible, NAT64, 6to4, translated', async () => {
    const hex = (a: number, b: number) => (a * 256 + b).toString(16);
    await fc.assert(
      fc.asyncProperty(privateV4, async ([a, b, c, d]) => {
        const dotted = `${a}.${b}.${c}.${d}`;
        const words = `${hex(a, b)}:${hex(c, d)}`;
        const forms = [`::ffff:${dotted}`, `[::ffff:${words}]`, `0:0:0:0:0:FFFF:${words}`, `::${dotted}`, `::ffff:0:${words}`];
        for (const host of [...forms, `64:ff9b::${dotted}`, `64:ff9b:1::${words}`, `2002:${words}::1`]) {
          await expect(strict.vet(host)).rejects.toBeInstanceOf(HostRefused);
        }
      }),
    );
  });

  test.each([
    ['::1', 'loopback'],
    ['[::1]', 'loopback'],
    ['::', 'unspecified'],
    ['fe80::1', 'linkLocal'],
    ['fc00::1', 'uniqueLocal'],
    ['fd12:3456::1', 'uniqueLocal'],
    ['fec0::1', 'deprecatedSiteLocal'],
    ['ff02::1', 'multicast'],
    ['2001:0:53aa:64c::1', 'teredo'],
    ['2001:db8::1', 'reserved'],
    ['4000::1', 'reserved'],
    ['2130706433', 'loopback'],
    ['0x7f.1', 'loopback'],
    ['127.1', 'loopback'],
    ['0', 'unspecified'],
    ['169.254.169.254', 'linkLocal'],
    ['255.255.255.255', 'broadcast'],
    ['198.18.0.1', 'reserved'],
  ])('%s, as %s', async (host, reason) => {
    await expect(strict.vet(host)).rejects.toMatchObject({
      code: 'host_refused',
      reason,
      message: expect.stringContaining('ALLOW_PRIVATE_HOSTS'),
    });
  });

  test('when a public name resolves to it', async () => {
    for (const address of ['127.0.0.1', '10.1.2.3', '::1', '::ffff:10.0.0.1', 'fe80::1%eth0']) {
      await expect(resolvingTo(address).vet('innocent.example')).rejects.toBeInstanceOf(HostRefused);
    }
  });
});

test.each([
  'user@127.0.0.1',
  'example.com@127.0.0.1',
  'example.com:80',
  'example.com/x',
  'example.com\\x',
  'example.com#x',
  'exa mple.com',
  'example.com\n',
  'example.com\u0000',
  '[::1',
  '::1%lo',
  '1.2.3.4.5',
  '256.1.1.1',
  '4294967296',
  '..',
  '',
  'x'.repeat(300),
])('%j is no host', async (host) => {
  await expect(strict.vet(host)).rejects.toMatchObject({ reason: 'malformed' });
});

test('no text whatever gets an address without a resolver, save a public one', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: fc.constantFrom(...'0123456789abcfx.:[]%@/-') }), async (host) => {
      const vetted = await strict.vet(host).catch((error: unknown) => {
        expect(error instanceof HostRefused || error instanceof HostUnknown).toBe(true);
      });
      if (vetted) await expect(strict.vet(vetted.address)).resolves.toEqual(vetted);
    }),
    { numRuns: 2_000 },
  );
});

test('a public address is given as it is, whatever its spelling', async () => {
  expect(await strict.vet('93.184.215.14')).toEqual({ address: '93.184.215.14', family: 4, allowed: false });
  expect(await strict.vet('0x5d.0xb8.0xd7.0xe')).toEqual({ address: '93.184.215.14', family: 4, allowed: false });
  expect(await strict.vet('[2606:2800:21f:0::1]')).toEqual({ address: '2606:2800:21f::1', family: 6, allowed: false });
});

test('of several addresses the first public one is pinned', async () => {
  expect(await resolvingTo('10.0.0.1', '93.184.215.14', '8.8.8.8').vet('Example.COM.')).toEqual({
    address: '93.184.215.14',
    family: 4,
    allowed: false,
  });
});

test('a name that does not resolve is unknown, with the cause', async () => {
  await expect(strict.vet('nowhere.example')).rejects.toMatchObject({ code: 'host_unknown', cause: new Error('ENOTFOUND') });
  await expect(resolvingTo().vet('empty.example')).rejects.toBeInstanceOf(HostUnknown);
});

describe('what is allowed', () => {
  const resolve = async () => [{ address: '10.0.0.5' }];
  const dialer = createDialer({ allowPrivateHosts: ['Mail.Internal', '192.168.7.0/24', '::1', 'fd00::/8'], resolve });

  test('is reached by name, whatever it resolves to', async () => {
    expect(await dialer.vet('mail.internal.')).toEqual({ address: '10.0.0.5', family: 4, allowed: true });
    await expect(dialer.vet('other.internal')).rejects.toBeInstanceOf(HostRefused);
    await expect(dialer.vet('10.0.0.5')).rejects.toBeInstanceOf(HostRefused);
  });

  test('is reached by address and range, of its own kind only', async () => {
    expect(await dialer.vet('192.168.7.9')).toEqual({ address: '192.168.7.9', family: 4, allowed: true });
    expect(await dialer.vet('[::1]')).toEqual({ address: '::1', family: 6, allowed: true });
    expect(await dialer.vet('fd00::7')).toEqual({ address: 'fd00::7', family: 6, allowed: true });
    for (const host of ['192.168.8.9', '::ffff:192.168.7.9', 'fc00::1'])
      await expect(dialer.vet(host)).rejects.toBeInstanceOf(HostRefused);
  });

  test('must be readable', () => {
    for (const entry of ['10.0.0.0/33', 'a b', 'http://x/']) expect(() => createDialer({ allowPrivateHosts: [entry] })).toThrow();
  });
});
