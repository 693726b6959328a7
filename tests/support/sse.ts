/** One server-sent event as it came over the wire. */
export interface ServerSentEvent {
  id: number;
  type: string;
  // biome-ignore lint/suspicious/noExplicitAny: an event of the log, of any type
  data: any;
}

export interface EventStream {
  status: number;
  /** All that came so far. */
  events: ServerSentEvent[];
  /** The newest id that was heard, also of a message without data. */
  lastId(): number;
  /** Resolves when the server has ended it. */
  ended: Promise<void>;
  close(): void;
}

/** Opens a stream of server-sent events, as a browser's EventSource does, without its reconnecting. */
export async function openStream(url: string, headers: Record<string, string>): Promise<EventStream> {
  const stop = new AbortController();
  const response = await fetch(url, { headers, signal: stop.signal });
  const events: ServerSentEvent[] = [];
  let lastId = -1;
  const take = (message: string) => {
    const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(message)?.[1];
    const id = field('id');
    if (id !== undefined) lastId = Number(id);
    const data = field('data');
    if (data !== undefined) events.push({ id: lastId, type: field('event') ?? '', data: JSON.parse(data) });
  };
  const read = async () => {
    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      const messages = text.split('\n\n');
      text = messages.pop() ?? '';
      messages.forEach(take);
    }
  };
  const ended = response.ok ? read().catch(() => undefined) : response.arrayBuffer().then(() => undefined);
  return { status: response.status, events, lastId: () => lastId, ended, close: () => stop.abort() };
}
