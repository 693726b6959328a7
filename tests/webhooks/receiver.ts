import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

let receivers = 0;

/** A call that a receiver has got. */
export interface Received {
  headers: IncomingHttpHeaders;
  body: string;
}

/** What it answers; 204 unless told. */
export interface Answering {
  status: number;
  headers?: Record<string, string>;
  body?: string;
}

/** A real HTTP server that a test subscribes. */
export interface Receiver {
  url: string;
  calls: Received[];
  /** Answers of the next calls, in order; afterwards 204. */
  answers: Answering[];
  close(): Promise<void>;
}

/** Starts a receiver on loopback. */
export async function startReceiver(): Promise<Receiver> {
  const calls: Received[] = [];
  const answers: Answering[] = [];
  const path = `/in/${process.pid}/${receivers++}`;
  const server = createServer(async (req, res) => {
    if (req.url !== path) return void res.writeHead(404).end(); // for an earlier receiver that had this port
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk as Buffer);
    calls.push({ headers: req.headers, body: Buffer.concat(chunks).toString() });
    const { status, headers = {}, body = '' } = answers.shift() ?? { status: 204 };
    res.writeHead(status, headers).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${path}`,
    calls,
    answers,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
