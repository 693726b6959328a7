import type { App } from './http.ts';
import { can, signedIn } from './identity/permissions.ts';
import { RecordSettings, UpdateRecordSettings } from './settings.schema.ts';
import { recordSettings, setRecordSettings } from './settings.ts';

const tags = ['settings'];

/** How records are kept: forms need to know, admins decide. */
export function settingsRoutes(app: App): void {
  app.get(
    '/settings/records',
    { schema: { tags, summary: 'How records are kept', response: { 200: RecordSettings } }, config: signedIn },
    (req) => req.read(recordSettings),
  );

  app.patch(
    '/settings/records',
    {
      schema: { tags, summary: 'Change how records are kept', body: UpdateRecordSettings, response: { 200: RecordSettings } },
      config: can('system', 'edit'),
    },
    (req) =>
      req.transact(async (ctx) => {
        await setRecordSettings(ctx, req.body);
        return recordSettings(ctx);
      }),
  );
}
