import type { IncomingMessage, ServerResponse } from 'node:http';
import type {
  FastifyBaseLogger,
  FastifyError,
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  FastifyTypeProvider,
  RawServerDefault,
} from 'fastify';
import type { Logger } from 'pino';
import { type core, z } from 'zod';
import { type Actor, type Cause, type Context, type Doing, reading, rootCause, type Services, transact } from './context.ts';
import { AppError, type FieldError, forbidden, fromDatabase, invalid, problemOf, unauthenticated } from './errors.ts';
import { replayed } from './idempotency.ts';
import { type Callers, rememberCallers } from './identity/callers.ts';
import { type Permission, reachOf } from './identity/permissions.ts';
import { sessionCookie } from './identity/sessions.ts';
import { JsonText } from './json-text.ts';
import { limitRequests } from './rate-limits.ts';
import { requireShallowBody, requireShortAddress } from './request-limits.ts';

/** Requests have the types of their zod schemas; answers are checked against theirs in the tests. */
export interface ZodTypes extends FastifyTypeProvider {
  validator: this['schema'] extends core.$ZodType ? core.output<this['schema']> : unknown;
  serializer: unknown;
}

/** The app that slices hang their routes on. */
export type App = FastifyInstance<RawServerDefault, IncomingMessage, ServerResponse, FastifyBaseLogger, ZodTypes> & {
  services: Services;
};

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Declared by every route; a route without one does not start. */
    permission?: Permission;
    /** Of what no limit counts: probes that decide whether this process lives. */
    uncounted?: true;
  }
  interface FastifyRequest {
    actor: Actor | undefined;
    /** The reply that this request is answered with. */
    reply: FastifyReply;
    /** The caller; throws 401 when there is none. */
    caller(): Actor;
    /** Who the caller is by now, for an answer that goes on: undefined once their key or session is none any more. */
    callerNow(): Promise<Actor | undefined>;
    /** Opens the one transaction of this request, and honours its Idempotency-Key. */
    transact<T>(work: (ctx: Context) => Promise<T>): Promise<T>;
    /** A context for reading. */
    read<T>(work: (ctx: Context) => Promise<T>): Promise<T>;
  }
}

/** Decorator of a plugin's instance that serves nothing but files anybody may have: the page and the documentation. */
export const filesForAll = 'filesForAll';

/** Of a route that takes no parameters: one that is misspelt is told, as everywhere else. */
const noQuery = z.strictObject({});

/** Nobody in particular: what an open route acts as. */
const anonymous: Actor = { kind: 'user', id: null, userId: null, grants: { permissions: {}, capabilities: [] } };

/** Wires up identity, transactions, validation and errors on an app, before any route is added. */
export function installConventions(app: App, services: Services): void {
  app.decorate('services', services);
  app.decorateRequest('actor', undefined);
  app.decorateRequest('reply');
  app.decorateRequest('caller', function caller(this: FastifyRequest) {
    if (this.actor === undefined) throw unauthenticated();
    return this.actor;
  });
  app.decorateRequest('read', function read<T>(this: FastifyRequest, work: (ctx: Context) => Promise<T>) {
    return reading(services, doingOf(this), work);
  });
  app.decorateRequest('transact', async function run<T>(this: FastifyRequest, work: (ctx: Context) => Promise<T>) {
    const result = await transact(services, doingOf(this), (ctx) => replayed(ctx, { req: this, reply: this.reply }, work));
    return result instanceof JsonText ? result.ready() : result;
  });
  app.setValidatorCompiler(({ schema, httpPart }) => validatorOf(schema as core.$ZodType, httpPart ?? 'body'));
  app.setSerializerCompiler(() => (data) => (data instanceof JsonText ? data.text : JSON.stringify(data)));
  app.addHook('onRoute', function requirePermission(route) {
    const answered = ['HEAD', 'OPTIONS'].includes(String(route.method)); // made by Fastify beside a GET that has declared its own
    if (route.config?.permission === undefined && !answered && !this.hasDecorator(filesForAll)) {
      throw new Error(`Route ${String(route.method)} ${route.url} declares no permission.`);
    }
    // Addresses that others call, such as a link in a mail, may have grown parameters on the way.
    if (route.schema !== undefined && route.config?.permission !== 'public') route.schema.querystring ??= noQuery;
  });
  const callers = rememberCallers(services);
  app.decorateRequest('callerNow', function callerNow(this: FastifyRequest) {
    return callerOf(this, callers);
  });
  app.addHook('onClose', async () => callers.stop());
  const limit = limitRequests(services);
  app.addHook('onRequest', async (req, reply) => {
    req.reply = reply;
    requireShortAddress(req);
    await identify(req, services, callers);
    const { permission, uncounted } = req.routeOptions.config;
    if (permission !== undefined && uncounted === undefined) limit(req, reply);
    authorise(req);
  });
  app.addHook('preValidation', (req, _reply, done) => {
    requireShallowBody(req);
    done();
  });
  app.setErrorHandler((error, req, reply) => answerError(error, req, reply));
}

function doingOf(req: FastifyRequest): Doing {
  return { actor: req.actor ?? anonymous, cause: rootCause(doorOf(req)), log: req.log as Logger };
}

function doorOf(req: FastifyRequest): Cause['door'] {
  const userAgent = req.headers['user-agent']?.slice(0, 300);
  return { kind: 'http', requestId: req.id, address: req.ip, ...(userAgent === undefined ? {} : { userAgent }) };
}

async function identify(req: FastifyRequest, services: Services, callers: Callers): Promise<void> {
  const { permission } = req.routeOptions.config;
  if (bearerOf(req) === undefined && req.cookies[sessionCookie] !== undefined) requireSameOrigin(req, services);
  if (permission !== 'public' && permission !== undefined) req.actor = await callerOf(req, callers);
}

const bearerOf = (req: FastifyRequest): string | undefined => /^Bearer (.+)$/i.exec(req.headers.authorization ?? '')?.[1];

async function callerOf(req: FastifyRequest, callers: Callers): Promise<Actor | undefined> {
  const bearer = bearerOf(req);
  const token = req.cookies[sessionCookie];
  if (bearer !== undefined) return callers.byKey(bearer, doorOf(req));
  return token === undefined ? undefined : callers.bySession(token, doorOf(req));
}

/** An unsafe request on a cookie must come from our own pages: browsers send Origin with each of them (RFC 6454). */
function requireSameOrigin(req: FastifyRequest, services: Services): void {
  if (['GET', 'HEAD', 'OPTIONS'].includes(req.method)) return;
  const own =
    services.config.publicUrl === undefined ? `${req.protocol}://${req.host}` : new URL(services.config.publicUrl).origin;
  if (req.headers.origin !== own) {
    throw new AppError('origin_mismatch', 403, `Requests on a session must come from ${own}; API clients use a key.`);
  }
}

function authorise(req: FastifyRequest): void {
  const { permission } = req.routeOptions.config;
  if (permission === 'public' || permission === undefined) return;
  const actor = req.caller();
  if (permission === 'signed-in') return;
  const { object, verb } = permission;
  if (reachOf(actor, object, verb) === 'none') throw forbidden(`${object}:${verb}`);
}

/** Thrown by validation; carries the field errors through Fastify to `answerError`. */
class SchemaError extends Error {
  readonly problem: AppError;
  constructor(errors: FieldError[]) {
    super('validation');
    this.problem = invalid(errors);
  }
}

type Validated = { value: unknown } | { error: SchemaError };

function validatorOf(schema: core.$ZodType, part: string): (data: unknown) => Validated {
  const validate = (data: unknown): Validated => {
    const result = z.safeParse(schema, part === 'body' && data === undefined ? null : data);
    if (result.success) return { value: result.data };
    return { error: new SchemaError(result.error.issues.flatMap((issue) => fieldErrors(issue, part))) };
  };
  return part === 'querystring' ? remembering(validate) : validate;
}

/** The same query string is the same object, as `readQuery` gives it: its second asking is not validated anew. */
function remembering(validate: (data: unknown) => Validated): (data: unknown) => Validated {
  const valid = new WeakMap<WeakKey, Validated>();
  return (query) => {
    const before = valid.get(query as WeakKey); // Fastify gives what its parser of query strings made
    if (before !== undefined) return before;
    const result = validate(query);
    if ('value' in result) valid.set(query as WeakKey, { value: Object.freeze(result.value) });
    return result;
  };
}

/** A value of a schema, for what reaches a deed without a route's body. Throws 400 with an error per field. */
export function parsed<T>(schema: z.ZodType<T>, data: unknown): T {
  const result = schema.safeParse(data);
  if (result.success) return result.data;
  throw invalid(result.error.issues.flatMap((issue) => fieldErrors(issue, 'body')));
}

/** Pointers begin with `/` in a body (RFC 6901), and with `query/`, `path/` or `header/` elsewhere. */
function fieldErrors(issue: core.$ZodIssue, part: string): FieldError[] {
  const prefix = part === 'body' ? '' : part === 'querystring' ? 'query' : part === 'params' ? 'path' : 'header';
  const at = (path: PropertyKey[]) =>
    prefix + path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      pointer: at([...issue.path, key]),
      code: 'unknown_property',
      message: `There is no property ${key} here.`,
    }));
  }
  if (issue.code === 'invalid_key') return issue.issues.flatMap((one) => fieldErrors({ ...one, path: issue.path }, part));
  const meant = issue.code === 'invalid_union' ? meantOf(issue.errors) : undefined;
  if (meant !== undefined) return meant.flatMap((one) => fieldErrors({ ...one, path: [...issue.path, ...one.path] }, part));
  return [{ pointer: at([...issue.path]) || (prefix === '' ? '' : prefix), code: codeOf(issue), message: issue.message }];
}

/** A refinement says its own code. */
const codeOf = (issue: core.$ZodIssue): string => (issue.code === 'custom' ? String(issue.params?.code) : issue.code);

/** What is wrong with the one form of a union that the value is of, if there is one: the others are not what was meant. */
const meantOf = (forms: readonly core.$ZodIssue[][]): core.$ZodIssue[] | undefined =>
  forms.find((issues) => !issues.some(({ code, path }) => code === 'invalid_type' && path.length === 0));

/** Answers any error as `application/problem+json`; accidents are logged whole and tell the caller nothing. */
export function answerError(thrown: unknown, req: FastifyRequest, reply: FastifyReply): FastifyReply {
  const error = decisionOf(thrown);
  const problem = problemOf(error, req.id);
  if (problem.status >= 500) req.log.error({ err: error }, 'request failed');
  else logRefusal(req, problem);
  if (error instanceof AppError && error.details.retryAfterSeconds !== undefined) {
    reply.header('retry-after', String(error.details.retryAfterSeconds));
  }
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer');
  return reply.code(problem.status).type('application/problem+json').serializer(JSON.stringify).send(problem);
}

/** Refusals of callers, and of what no schema lets in, are for whoever watches over them; others are for the author of the request alone. */
const ofCallers = new Set([400, 401, 403, 413, 429]);

function logRefusal(req: FastifyRequest, { code, status }: { code: string; status: number }): void {
  const { actor, ip } = req;
  if (!ofCallers.has(status)) req.log.debug({ code, status }, 'request refused');
  else req.log.info({ code, status, address: ip, actor: actor && { kind: actor.kind, id: actor.id } }, 'request refused');
}

function decisionOf(thrown: unknown): unknown {
  if (thrown instanceof SchemaError) return thrown.problem;
  if (thrown instanceof AppError) return thrown;
  const fault = fromDatabase(thrown);
  if (fault instanceof AppError) return fault;
  const { statusCode, code, message } = thrown as Partial<FastifyError>; // read-only look at an unknown error
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    const known = refusals[code ?? ''];
    return new AppError(known?.code ?? 'bad_request', statusCode, known?.message ?? message ?? 'The request cannot be read.');
  }
  return thrown;
}

/** Fastify's own refusals, in our words. */
const refusals: Record<string, { code: string; message: string }> = {
  FST_ERR_CTP_BODY_TOO_LARGE: { code: 'body_too_large', message: 'The body is larger than this route takes.' },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: { code: 'unsupported_media_type', message: 'Send the body as application/json.' },
  FST_ERR_CTP_INVALID_JSON_BODY: {
    code: 'invalid_json',
    message: 'The body is not well-formed JSON, or names a property __proto__.',
  },
  FST_ERR_CTP_EMPTY_JSON_BODY: { code: 'invalid_json', message: 'The body is empty; send JSON, or no content type.' },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    code: 'invalid_content_length',
    message: 'The body is not as long as Content-Length says.',
  },
  FST_ERR_BAD_URL: { code: 'invalid_url', message: 'The address is not well-formed.' },
};
