import { type AddressInfo, createServer, type Socket } from 'node:net';

/** A mail server that takes everything (RFC 5321, the least of it) and keeps it, for the hub's own mail. */
export interface Inbox {
  url: string;
  mails: { to: string[]; text: string }[];
  stop(): Promise<void>;
}

/** Starts it on loopback, without encryption and sign-in. */
export async function startInbox(): Promise<Inbox> {
  const mails: Inbox['mails'] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    converse(socket, (mail) => mails.push(mail));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    mails,
    stop: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

function converse(socket: Socket, take: (mail: { to: string[]; text: string }) => void): void {
  let to: string[] = [];
  let data: string | undefined;
  let rest = '';
  const body = (line: string) => {
    if (line !== '.') {
      data += `${line.replace(/^\./, '')}\n`;
      return;
    }
    take({ to, text: (data ?? '').replaceAll(/=\n/g, '').replaceAll('=3D', '=') });
    [to, data] = [[], undefined];
    socket.write('250 taken\r\n');
  };
  const command = (line: string) => {
    if (/^QUIT/i.test(line)) return socket.end('221 bye\r\n');
    if (/^DATA/i.test(line)) data = '';
    const recipient = /^RCPT TO:<([^>]+)>/i.exec(line)?.[1];
    if (recipient !== undefined) to.push(recipient);
    return socket.write(data === undefined ? '250 ok\r\n' : '354 go on\r\n');
  };
  socket.on('error', () => undefined);
  socket.write('220 inbox ESMTP\r\n');
  socket.on('data', (chunk) => {
    const lines = (rest + chunk.toString('utf8')).split('\r\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (data === undefined) command(line);
      else body(line);
    }
  });
}
