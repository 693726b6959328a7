import { Alert } from '@mantine/core';
import { IconLockOpen, IconPlugConnectedX, IconSettingsAutomation } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { setReachable, useReachable } from '../connection.ts';
import { texts } from '../texts.ts';

/** Answer of `/readyz`: `ok` or a reason per engine. */
interface Readiness {
  ready: boolean;
  engines: Record<string, string>;
}

const isLocal = ['localhost', '127.0.0.1', '[::1]'].includes(location.hostname);
const isPlain = location.protocol === 'http:' && !isLocal;

async function readiness({ signal }: { signal: AbortSignal }): Promise<Readiness> {
  try {
    const state = (await (await fetch('/readyz', { signal })).json()) as Readiness;
    setReachable(true);
    return state;
  } catch (error) {
    if (!signal.aborted) setReachable(false);
    throw error;
  }
}

/** What people should know before they go on: no TLS, no connection, an engine that is not there yet. */
export function Banners() {
  const reachable = useReachable();
  const { data } = useQuery({
    queryKey: ['readiness'],
    // Not under /api: 503 is its way to say that something is missing, and the reasons are in the body.
    queryFn: readiness,
    refetchInterval: (query) => (reachable && query.state.data?.ready === true ? 60_000 : 3_000),
    retry: false,
  });
  const missing = Object.entries(data?.engines ?? {}).filter(([, state]) => state !== 'ok');
  const line = { py: 6, px: 'md', radius: 0, variant: 'light' as const, styles: { wrapper: { alignItems: 'center' } } };
  return (
    <div aria-live="polite">
      {reachable ? null : (
        <Alert {...line} color="orange" icon={<IconPlugConnectedX size={18} />} c="var(--mantine-color-text)">
          {texts.lost}
        </Alert>
      )}
      {isPlain ? (
        <Alert {...line} color="yellow" icon={<IconLockOpen size={18} />}>
          {texts.plainHttp}
        </Alert>
      ) : null}
      {reachable
        ? missing.map(([name, state]) => (
            <Alert key={name} {...line} color="blue" icon={<IconSettingsAutomation size={18} />}>
              {texts.engine(name, state)}
            </Alert>
          ))
        : null}
    </div>
  );
}
