import { connect } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Hub, startHub } from '../support/hub.ts';

let hub: Hub;
let port: number;
beforeAll(async () => {
  hub = await startHub();
  port = Number(new URL(await hub.app.listen({ port: 0, host: '127.0.0.1' })).port);
});
afterAll(() => hub.stop());

/** Sends bytes as they are; everything that comes back until the connection ends. */
function raw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    let answer = '';
    socket.setTimeout(60_000, () => socket.destroy(new Error(`no end after ${JSON.stringify(answer)}`)));
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(answer));
  });
}
const statuses = (answer: string): number[] => [...answer.matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, status]) => Number(status));
const hidden = 'GET /api/v1/me HTTP/1.1\r\nHost: x\r\n\r\n';

it('reads one request where two readers might see two: what frames it twice or oddly is refused, and nothing behind it is read', async () => {
  const head = 'POST /api/v1/session HTTP/1.1\r\nHost: hub.example\r\nContent-Type: application/json\r\n';
  const framings: Record<string, string> = {
    'length and chunks': `${head}Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`,
    'two lengths': `${head}Content-Length: 2\r\nContent-Length: 60\r\n\r\n{}${hidden}`,
    'a length with a sign': `${head}Content-Length: +2\r\n\r\n{}${hidden}`,
    'a length in hex': `${head}Content-Length: 0x2\r\n\r\n{}${hidden}`,
    'chunks that are no chunks': `${head}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${hidden}`,
    'chunked, and not at the end': `${head}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${hidden}`,
    'a space before the colon': `${head}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n${hidden}`,
    'a chunk of a wrong size': `${head}Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n${hidden}`,
    'a header without a name': `${head}: x\r\n\r\n${hidden}`,
    'a bare carriage return': `${head}X-A: a\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`,
  };
  for (const [how, text] of Object.entries(framings)) {
    const answer = await raw(text);
    expect(statuses(answer), `${how}: ${answer.slice(0, 200)}`).toEqual([400]);
  }
});

it('reads two requests on one connection as two', async () => {
  const ask = (more = '') => `GET /healthz HTTP/1.1\r\nHost: x\r\n${more}\r\n`;
  expect(statuses(await raw(ask() + ask('Connection: close\r\n')))).toEqual([200, 200]);
});
