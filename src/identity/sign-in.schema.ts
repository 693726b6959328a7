import { z } from 'zod';
import { label, refusal, text } from '../wire.ts';

/** 10 to 200 characters; any of Unicode, spaces at its ends too. */
export const Password = z
  .string()
  .max(200)
  .min(10, { error: 'must have at least 10 characters' })
  .refine((value) => value.isWellFormed(), refusal('unstorable_text', 'must be well-formed Unicode'));

const Token = z.string().max(200);
/** A password as typed to prove who one is: of any shape. */
const TypedPassword = z.string().max(200);
/** Six digits of an authenticator app, or a recovery code; spaces and dashes do not matter. */
const Code = z.string().max(60);

/** Sign-in with e-mail and password. */
export const SignIn = z.strictObject({ email: text(254), password: TypedPassword });

/** A sign-in that goes on: `token` is for the next call. */
export const StepOut = z.object({ step: z.enum(['second_factor', 'second_factor_setup']), token: z.string() });

/** The second step of a sign-in. */
export const SecondStep = z.strictObject({ token: Token, code: Code });
/** A token alone: of a link, or of a sign-in that goes on. */
export const ByToken = z.strictObject({ token: Token });

/** Recovery codes, shown this once. */
export const RecoveryCodesOut = z.object({ recoveryCodes: z.array(z.string()) });

/** A new second factor: what an authenticator app needs to know, as text and as the URI of a QR code. */
export const NewSecondFactorOut = z.object({ secret: z.string(), uri: z.string() });
/** Proof by the code of an authenticator app. */
export const ByCode = z.strictObject({ code: Code });
/** Proof by one's own password. */
export const ByPassword = z.strictObject({ password: TypedPassword });

/** Proof of who one is, within a session. */
export const Proof = z
  .strictObject({ password: TypedPassword.optional(), code: Code.optional() })
  .refine(
    ({ password, code }) => (password === undefined) !== (code === undefined),
    refusal('one_proof', 'send either password or code', 'password'),
  );

/** The caller's second factor. */
export const SecondFactorOut = z.object({ enabled: z.boolean(), recoveryCodesLeft: z.int(), required: z.boolean() });

/** A new password, proven by the present one. */
export const ChangePassword = z.strictObject({ current: TypedPassword, password: Password });

/** Asks for a link that sets a new password. */
export const AskReset = z.strictObject({ email: text(254) });

/** What a link is for. */
export const LinkOut = z.object({ purpose: z.enum(['invitation', 'reset']), name: z.string(), email: z.string() });
/** Follows a link. */
export const FollowLink = z.strictObject({ token: Token, password: Password });

/** A link that lets a user set their password; mailed when mail is set up, else shown here, once. */
export const NewLinkOut = z.object({
  purpose: z.enum(['invitation', 'reset']),
  mailed: z.boolean(),
  url: z.string().nullable(),
  expiresAt: z.string().nullable(),
});

/** A session of the caller. */
export const SessionOut = z
  .object({
    id: z.string(),
    method: z.string(),
    secondFactor: z.boolean(),
    address: z.string().nullable(),
    userAgent: z.string().nullable(),
    createdAt: z.string(),
    seenAt: z.string(),
    expiresAt: z.string(),
    current: z.boolean(),
  })
  .meta({ id: 'Session' });

/** How people may sign in. `*` among the roles stands for all of them, also those that are made later. */
export const SignInSettings = z
  .strictObject({ passwordSignIn: z.boolean(), secondFactorRoles: z.array(label(50)).max(50) })
  .meta({ id: 'SignInSettings' });
export type SignInSettingsInput = z.output<typeof SignInSettings>;

/** What the sign-in page offers. */
export const SignInWaysOut = z.object({
  password: z.boolean(),
  reset: z.boolean(),
  providers: z.array(z.object({ key: z.string(), name: z.string() })),
});

/** Whether a mail to the caller went out. */
export const MailTestOut = z.object({ ok: z.boolean(), message: z.string() });
