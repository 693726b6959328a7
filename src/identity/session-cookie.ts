import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { App } from '../http.ts';
import { ProblemOut } from '../wire.ts';
import { endSession, type Session, sessionCookie } from './sessions.ts';
import { StepOut } from './sign-in.schema.ts';
import type { Entry } from './sign-in.ts';

/** How the session's cookie is set. */
export const cookieOptions = (app: App) => ({
  path: '/',
  httpOnly: true,
  sameSite: 'lax' as const,
  secure: app.services.config.publicUrl?.startsWith('https:') ?? false,
});

/** Hands a session to the browser, and ends the one that it had. */
export async function setSession(app: App, reply: FastifyReply, { token, maxAgeSeconds }: Session): Promise<void> {
  const before = reply.request.cookies[sessionCookie];
  if (before !== undefined) await reply.request.transact((ctx) => endSession(ctx, before));
  reply.setCookie(sessionCookie, token, { ...cookieOptions(app), maxAge: maxAgeSeconds });
}

/** Answers a sign-in: the cookie, or what is still missing. */
export async function entered(app: App, reply: FastifyReply, entry: Entry): Promise<FastifyReply> {
  if ('step' in entry) return reply.code(200).send(entry);
  await setSession(app, reply, entry);
  return reply.code(204).send();
}

/** Response schemas of a route that ends with `entered`. */
export const entryAnswers = { 200: StepOut, 204: z.null(), 401: ProblemOut, 410: ProblemOut };

/** The address of this hub, without a slash at its end: PUBLIC_URL, else that of the request. */
export const baseOf = (app: App, req: FastifyRequest): string =>
  app.services.config.publicUrl?.replace(/\/+$/, '') ?? `${req.protocol}://${req.host}`;
