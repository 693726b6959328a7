import type { NewWebhookSource } from '../records.ts';

const payload = '{"email":"ada@example.com","firstName":"Ada","lastName":"Lovelace","form":"Contact","message":"Hello"}';

/** A shell command that delivers a signed sample to a source: needs curl, and openssl where the sender signs. */
export function curlFor({ url, secret, preset }: Pick<NewWebhookSource, 'url' | 'secret' | 'preset'>): string {
  const send = (headers: string[]) =>
    [`curl -i '${url}'`, ...["'content-type: application/json'", ...headers].map((header) => `-H ${header}`), `-d "$BODY"`].join(
      ' \\\n  ',
    );
  const body = `BODY='${payload}'`;
  switch (preset) {
    case 'token':
      return [body, send([`'authorization: Bearer ${secret}'`])].join('\n');
    case 'standard': {
      const key = `KEY=$(printf %s '${secret.replace(/^whsec_/, '')}' | openssl base64 -d -A | od -An -vtx1 | tr -d ' \\n')`;
      const signed =
        'SIG=$(printf %s "$ID.$AT.$BODY" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$KEY" -binary | openssl base64 -A)';
      return [
        body,
        'ID=msg_$(date +%s%N) AT=$(date +%s)',
        key,
        signed,
        send(['"webhook-id: $ID"', '"webhook-timestamp: $AT"', '"webhook-signature: v1,$SIG"']),
      ].join('\n');
    }
    default: {
      const header = preset === 'github' ? '"x-hub-signature-256: sha256=$SIG"' : '"x-signature: $SIG"';
      return [body, `SIG=$(printf %s "$BODY" | openssl dgst -sha256 -hmac '${secret}' -r | cut -d' ' -f1)`, send([header])].join(
        '\n',
      );
    }
  }
}
