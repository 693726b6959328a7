import { readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import compress from '@fastify/compress';
import cookie from '@fastify/cookie';
import helmet from '@fastify/helmet';
import fastifyStatic from '@fastify/static';
import swaggerUi from '@fastify/swagger-ui';
import fastify, { type FastifyBaseLogger, type FastifyRequest } from 'fastify';
import { activityRoutes } from './activities/activity.routes.ts';
import { activityTypeRoutes } from './activities/activity-type.routes.ts';
import { bulkEditRoutes } from './bulk/bulk-edit.routes.ts';
import { companyRoutes } from './companies/company.routes.ts';
import { consumerRoutes } from './consumers.routes.ts';
import { consentRoutes } from './contacts/consent.routes.ts';
import { contactRoutes } from './contacts/contact.routes.ts';
import { contactCompanyRoutes } from './contacts/contact-company.routes.ts';
import { newId, type Services } from './context.ts';
import { letOriginsCall } from './cors.ts';
import { dealRoutes } from './deals/deal.routes.ts';
import { pipelineRoutes } from './deals/pipeline.routes.ts';
import { deletionRoutes } from './deletion/deletion.routes.ts';
import { restoreRecord } from './deletion/restore.ts';
import { duplicateRoutes } from './duplicates/duplicate.routes.ts';
import { batchRoutes } from './editing/batch.routes.ts';
import { externalIdRoutes } from './editing/external-id.routes.ts';
import { nameRoutes } from './editing/name.routes.ts';
import { objectRoutes } from './editing/object.routes.ts';
import { taggingRoutes } from './editing/tagging.routes.ts';
import { mailboxRoutes } from './email/mailbox.routes.ts';
import { messageRoutes } from './email/message.routes.ts';
import { AppError, notFound } from './errors.ts';
import { entityTags } from './etag.ts';
import { feedRoutes } from './feed.routes.ts';
import { fieldRoutes } from './fields/field.routes.ts';
import { fileRoutes } from './files/file.routes.ts';
import { healthRoutes, type Readiness } from './health.routes.ts';
import { historyRoutes } from './history/history.routes.ts';
import { type App, answerError, filesForAll, installConventions, type ZodTypes } from './http.ts';
import { accessRoutes } from './identity/access.routes.ts';
import { auditRoutes } from './identity/audit.routes.ts';
import { identityRoutes } from './identity/identity.routes.ts';
import { ownSignInRoutes } from './identity/own-sign-in.routes.ts';
import { open } from './identity/permissions.ts';
import { providerRoutes } from './identity/provider.routes.ts';
import { signInRoutes } from './identity/sign-in.routes.ts';
import { signInAdminRoutes } from './identity/sign-in-admin.routes.ts';
import { notificationRoutes } from './notifications/notification.routes.ts';
import { describeRoutes } from './openapi.ts';
import { personalExportRoutes } from './privacy/personal-export.routes.ts';
import { privacyRoutes } from './privacy/privacy.routes.ts';
import { readQuery } from './query-string.ts';
import { searchRoutes } from './search/search.routes.ts';
import { settingsRoutes } from './settings.routes.ts';
import { tagRoutes } from './tags/tag.routes.ts';
import { taskRoutes } from './tasks/task.routes.ts';
import { timelineRoutes } from './timeline/timeline.routes.ts';
import { viewRoutes } from './views/view.routes.ts';
import { endpointRoutes } from './webhooks/endpoint.routes.ts';
import { hookRoutes } from './webhooks/hooks.routes.ts';
import { sourceRoutes } from './webhooks/source.routes.ts';

export type { App } from './http.ts';

export interface AppOptions {
  /** Answers `/readyz`: a reason per engine that does not answer. */
  readiness(): Promise<Readiness>;
  /** Folder of the built web page; without it only the API is served. */
  webRoot?: string | undefined;
  /** Called on each app before its routes; tests check every answer against its schema with it. */
  before?(app: App): void;
}

const bodyLimitBytes = 1_048_576;

/** The HTTP door: every slice's routes under `/api/v1`, the OpenAPI document and its page, health, the web page. Not listening yet. */
export async function buildApp(services: Services, options: AppOptions): Promise<App> {
  const app = bareApp(services);
  await plugins(app, services);
  installConventions(app, services);
  options.before?.(app);
  healthRoutes(app, options.readiness);
  await app.register(async (api) => addSlices(api as App), { prefix: '/api/v1' });
  await app.register(async (hooks) => hookRoutes(hooks as App));
  await documentation(app);
  await webPage(app, options.webRoot);
  return app;
}

/** The door of a process without the role `api`: health alone. */
export async function buildHealthApp(services: Services, readiness: () => Promise<Readiness>): Promise<App> {
  const app = bareApp(services);
  installConventions(app, services);
  healthRoutes(app, readiness);
  return app;
}

function bareApp(services: Services): App {
  const nextRequestId = requestIds();
  const log: FastifyBaseLogger = services.log.child({}, { serializers: { req: shownRequest } });
  const app = fastify({
    loggerInstance: log,
    bodyLimit: bodyLimitBytes,
    trustProxy: trusted(services.config.trustProxy),
    genReqId: (req) => wellFormedId(req.headers['x-request-id']) ?? nextRequestId(),
    routerOptions: { maxParamLength: 200, querystringParser: readQuery },
    requestTimeout: 60_000,
    return503OnClosing: false,
    frameworkErrors: (error, req, reply) => void answerError(error, req, reply),
  }).withTypeProvider<ZodTypes>() as App; // `services` is decorated by installConventions
  endSilentConnections(app);
  return app;
}

/** What the log says of a request: not its query, which holds the names that people search for and the codes of providers. */
const shownRequest = ({ method, url, host, ip }: FastifyRequest) => ({ method, url: url.split('?')[0], host, remoteAddress: ip });

/** Browsers connect ahead of their requests. Node does not count such connections as idle, and they would hold the server open. */
function endSilentConnections(app: App): void {
  const silent = new Set<Socket>();
  app.server.on('connection', (socket) => {
    silent.add(socket);
    socket.once('close', () => silent.delete(socket));
  });
  app.server.on('request', (req) => silent.delete(req.socket));
  app.addHook('preClose', async () => {
    for (const socket of silent) socket.destroy();
  });
}

function addSlices(api: App): void {
  identityRoutes(api);
  signInRoutes(api);
  ownSignInRoutes(api);
  signInAdminRoutes(api);
  providerRoutes(api);
  accessRoutes(api);
  auditRoutes(api);
  fieldRoutes(api);
  tagRoutes(api);
  taggingRoutes(api);
  externalIdRoutes(api, restoreRecord);
  nameRoutes(api);
  deletionRoutes(api);
  objectRoutes(api);
  batchRoutes(api, restoreRecord);
  duplicateRoutes(api);
  companyRoutes(api, restoreRecord);
  contactRoutes(api, restoreRecord);
  consentRoutes(api);
  contactCompanyRoutes(api);
  dealRoutes(api);
  pipelineRoutes(api);
  activityRoutes(api);
  activityTypeRoutes(api);
  taskRoutes(api);
  mailboxRoutes(api);
  messageRoutes(api);
  timelineRoutes(api);
  searchRoutes(api);
  historyRoutes(api);
  bulkEditRoutes(api);
  fileRoutes(api);
  viewRoutes(api);
  notificationRoutes(api);
  settingsRoutes(api);
  privacyRoutes(api);
  personalExportRoutes(api);
  feedRoutes(api);
  consumerRoutes(api);
  sourceRoutes(api);
  endpointRoutes(api);
  api.get('/openapi.json', { schema: { hide: true }, config: open }, () => api.swagger());
}

async function plugins(app: App, services: Services): Promise<void> {
  const https = services.config.publicUrl?.startsWith('https:') ?? false;
  await app.register(helmet, {
    global: false, // for what a browser shows as a page; everything else gets the strictest policy below
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:', 'blob:'],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
        formAction: ["'self'"],
      },
    },
    hsts: https,
    referrerPolicy: { policy: 'same-origin' },
  });
  letOriginsCall(app, services.config.corsOrigins);
  await app.register(cookie);
  entityTags(app);
  await app.register(compress, { threshold: 2_048, encodings: ['br', 'gzip'], brotliOptions: { params: { 1: 4 } } });
  await describeRoutes(app);
  const hsts = 'max-age=31536000; includeSubDomains';
  app.addHook('onSend', (req, reply, _payload, done) => {
    reply.header('x-request-id', req.id);
    if (reply.hasHeader('content-security-policy')) return done();
    reply
      .header('content-security-policy', "default-src 'none'; frame-ancestors 'none'")
      .header('x-content-type-options', 'nosniff');
    if (https) reply.header('strict-transport-security', hsts);
    done();
  });
}

async function documentation(app: App): Promise<void> {
  await app.register(async (docs) => {
    docs.decorate(filesForAll, true);
    docs.addHook('onRequest', async (_req, reply) => void (await reply.helmet()));
    await docs.register(swaggerUi, { routePrefix: '/docs', staticCSP: true });
  });
}

/** Serves the built page; any address that is not the API's and not a file gives the page, whose router shows it. */
async function webPage(app: App, root: string | undefined): Promise<void> {
  const index = root === undefined ? undefined : await readFile(join(root, 'index.html'));
  if (root !== undefined) {
    await app.register(async (web) => {
      web.decorate(filesForAll, true);
      web.addHook('onRequest', async (_req, reply) => void (await reply.helmet()));
      await web.register(fastifyStatic, {
        root,
        wildcard: false,
        index: false,
        cacheControl: false,
        preCompressed: false,
        globIgnore: ['index.html'],
        setHeaders: (reply, path) => {
          // Files under assets/ carry their content's hash in their name.
          const lasting = path.startsWith(join(root, 'assets'));
          reply.header('cache-control', lasting ? 'public, max-age=31536000, immutable' : 'no-cache');
        },
      });
    });
  }
  app.setNotFoundHandler(async (req, reply) => {
    const path = req.url.split('?')[0] ?? '';
    const forPeople = req.method === 'GET' && !/^\/(api|hooks|docs|assets)(\/|$)/.test(path);
    if (forPeople && index !== undefined) {
      await reply.helmet();
      return reply.header('cache-control', 'no-cache').type('text/html; charset=utf-8').send(index);
    }
    const other = (['GET', 'HEAD', 'POST', 'PATCH', 'PUT', 'DELETE'] as const).filter(
      (method) => method !== req.method && app.findRoute({ url: path, method }) !== null,
    );
    if (other.length > 0) reply.header('allow', other.join(', ')); // RFC 9110, section 15.5.6
    return answerError(
      other.length > 0 ? new AppError('method_not_allowed', 405, `${req.method} is not possible here.`) : notFound('page'),
      req,
      reply,
    );
  });
}

/** Ids that are unique to the process and the request: random where it starts, counted from there. */
function requestIds(): () => string {
  const process = newId().slice(-12);
  let count = 0;
  return () => `${process}-${(count++).toString(36)}`;
}

const wellFormedId = (id: unknown): string | undefined => (typeof id === 'string' && /^[\w.-]{1,100}$/.test(id) ? id : undefined);

/** A number of hops, counted from our own socket, or a list of addresses; off when unset. */
function trusted(setting: string | undefined): boolean | string[] | ((address: string, hop: number) => boolean) {
  if (setting === undefined) return false;
  if (/^\d+$/.test(setting)) return (_address, hop) => hop < Number(setting);
  return setting.split(',').map((part) => part.trim());
}
