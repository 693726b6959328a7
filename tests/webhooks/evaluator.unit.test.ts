import { afterAll, describe, expect, test } from 'vitest';
import { createEvaluator } from '../../integrations/jsonata/evaluator.ts';

const evaluator = createEvaluator();
afterAll(() => evaluator.close());

const payload = { type: 'order', customer: { email: 'ann@example.com' }, lines: [{ price: 2 }, { price: 3 }] };

test('an expression turns a payload into plain JSON', async () => {
  const expression = '{ "contact": { "email": customer.email }, "total": $sum(lines.price), "from": $headers."x-shop" }';
  expect(await evaluator.evaluate(expression, payload, { headers: { 'x-shop': 'north' } })).toEqual({
    ok: true,
    value: { contact: { email: 'ann@example.com' }, total: 5, from: 'north' },
  });
});

test('what is not found is null, and functions fall out of the result', async () => {
  expect(await evaluator.evaluate('missing', payload)).toEqual({ ok: true, value: null });
  expect(await evaluator.evaluate('{ "f": $sum, "g": function($x){ $x }, "n": 1 }', payload)).toEqual({
    ok: true,
    value: { n: 1 },
  });
});

test('a fault at run time has its position', async () => {
  expect(await evaluator.evaluate('1 + "a"', {})).toMatchObject({ ok: false, code: 'error', position: 3 });
});

test('a syntax error is found when a mapping is saved, with its position', async () => {
  expect(await evaluator.compile('customer.email')).toEqual({ ok: true });
  expect(await evaluator.compile('{ "a": ')).toMatchObject({ ok: false, code: 'error', position: expect.any(Number) });
  expect(await evaluator.compile('x'.repeat(70_000))).toMatchObject({ ok: false, code: 'error' });
});

test('nothing assigned in one evaluation is seen by the next', async () => {
  const single = createEvaluator({ seats: 1 });
  await single.evaluate('($leak := 1; $leak)', {});
  expect(await single.evaluate('$leak', {})).toEqual({ ok: true, value: null });
  await single.close();
});

test('an expression reaches neither the process nor the prototypes', async () => {
  for (const expression of ['$.constructor', '"".constructor', '$sum.constructor', '$.__proto__', '$lookup($, "constructor")']) {
    expect(await evaluator.evaluate(expression, {})).toEqual({ ok: true, value: null });
  }
});

describe('an expression without measure', () => {
  test.each([
    ['hangs on a regex', '$match(text, /^(x+)+$/)', 'timeout'],
    ['loops for ever', '($f := function($n){ $f($n + 1) }; $f(1))', 'timeout'],
    ['recurses for ever', '($f := function($n){ 1 + $f($n + 1) }; $f(1))', 'memory'],
    ['makes a huge array at once', '[1..10000000]', 'memory'],
    ['makes a huge array by doubling', '($f := function($a){ $f($append($a, $a)) }; $f([1..1000]))', 'memory'],
    ['makes a huge string', '$replace($pad("x", 100000000), "x", "yyyyyyyyyyyyyyyy")', 'memory'],
  ])('that %s is stopped, and the next one works', { timeout: 20_000 }, async (_what, expression, code) => {
    const patient = createEvaluator({ seats: 1, timeoutMs: code === 'timeout' ? 300 : 15_000 });
    const input = { text: `${'x'.repeat(40)}!` };
    const [stopped, next] = await Promise.all([patient.evaluate(expression, input), patient.evaluate('$length(text)', input)]);
    expect(stopped).toMatchObject({ ok: false, code });
    expect(next).toEqual({ ok: true, value: 41 });
    await patient.close();
  });

  test('holds up only its own place', async () => {
    const two = createEvaluator({ seats: 2, timeoutMs: 5_000 });
    const order: string[] = [];
    const slow = two.evaluate('$match(text, /^(x+)+$/)', { text: `${'x'.repeat(40)}!` }).then(() => order.push('slow'));
    for (let i = 0; i < 20; i++) expect(await two.evaluate('n', { n: i })).toEqual({ ok: true, value: i });
    order.push('quick');
    await two.close();
    await slow;
    expect(order).toEqual(['quick', 'slow']);
  });

  test('yields at most 256 kB', async () => {
    expect(await evaluator.evaluate('$pad("x", 300000)', {})).toMatchObject({ ok: false, code: 'error' });
  });
});

test('more than may wait is answered busy, and close answers everyone', async () => {
  const small = createEvaluator({ seats: 1, maxWaiting: 2 });
  const answers = [1, 2, 3, 4].map((n) => small.evaluate('n', { n }));
  expect(await answers[3]).toMatchObject({ ok: false, code: 'busy' });
  await small.close();
  for (const answer of answers) expect(await answer).toMatchObject({ ok: false, code: 'busy' });
  expect(await small.evaluate('1', {})).toMatchObject({ ok: false, code: 'busy' });
});
