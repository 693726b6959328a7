/** One field of a refused request: where (RFC 6901 pointer), what kind, and what would be right. */
export interface FieldError {
  pointer: string;
  code: string;
  message: string;
}

/** Further facts of a problem document; `errors` names the fields, everything else is an extension member (RFC 9457, section 3.2). */
export interface ProblemDetails {
  errors?: FieldError[];
  retryAfterSeconds?: number;
  [member: string]: unknown;
}

/**
 * A decision, as opposed to an accident: never retried (`unavailable` excepted), shown to the caller.
 * `code` is snake_case and permanent, `message` is for people, `cause` is for the log alone.
 */
export class AppError extends Error {
  readonly code: string;
  readonly status: number;
  readonly details: ProblemDetails;
  constructor(code: string, status: number, message: string, details: ProblemDetails = {}, cause?: unknown) {
    super(message, { cause });
    this.code = code;
    this.status = status;
    this.details = details;
  }
}

/** 400: the request is wrong; each field error says where and what would be right. */
export const invalid = (errors: FieldError[], message = 'The request has errors; see "errors".'): AppError =>
  new AppError('invalid_request', 400, message, { errors });

/** 400 for a single field. `pointer` is a JSON pointer into the body, or `query/<name>`. */
export const invalidField = (pointer: string, code: string, message: string): AppError =>
  invalid([{ pointer, code, message }], message);

/** 404, the same bytes whether the record is missing or may not be seen. */
export const notFound = (what: string): AppError =>
  new AppError(`${what}_not_found`, 404, `There is no such ${what.replaceAll('_', ' ')}.`);

/** 401: no valid session or key. */
export const unauthenticated = (message = 'Sign in, or send an API key as a Bearer token.'): AppError =>
  new AppError('unauthenticated', 401, message);

/** 403 that names the permission which is missing; only for what the caller may see. */
export const forbidden = (permission: string): AppError =>
  new AppError('forbidden', 403, `This needs the permission ${permission}.`, { permission });

/** 409: the request is well-formed, but the state of things does not allow it. */
export const conflict = (code: string, message: string, details: ProblemDetails = {}): AppError =>
  new AppError(code, 409, message, details);

/** 412: the record was changed since the version that If-Match names. */
export const stale = (version: number): AppError =>
  new AppError('version_mismatch', 412, 'The record was changed since you read it; read it again.', { version });

/** 503: something that is needed cannot be reached now. The only decision that is retried. */
export const unavailable = (what: string, message: string, cause?: unknown): AppError =>
  new AppError(`${what}_unavailable`, 503, message, { retryAfterSeconds: 5 }, cause);

/** Whether an error says that an engine or outside system is away, so that a repeat may succeed and counts as no attempt. */
export const isUnavailable = (error: unknown): boolean => error instanceof AppError && error.status === 503;

/** The bytes of an `application/problem+json` answer (RFC 9457). */
export interface Problem extends ProblemDetails {
  type: 'about:blank';
  title: string;
  status: number;
  code: string;
  detail: string;
  requestId?: string;
}

/** What the wire says of an error. Anything but an `AppError` is an accident and tells nothing but the request's id. */
export function problemOf(error: unknown, requestId?: string): Problem {
  const shown =
    error instanceof AppError
      ? error
      : new AppError('internal_error', 500, 'Something went wrong on our side. Quote the requestId when you report it.');
  const { retryAfterSeconds: _, ...details } = shown.details;
  return {
    type: 'about:blank',
    title: titles[shown.status] ?? 'Error',
    status: shown.status,
    code: shown.code,
    detail: shown.message,
    ...details,
    ...(requestId === undefined ? {} : { requestId }),
  };
}

const titles: Record<number, string> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  409: 'Conflict',
  410: 'Gone',
  412: 'Precondition Failed',
  413: 'Content Too Large',
  414: 'URI Too Long',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  428: 'Precondition Required',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

/** Fields of a `pg` error that decide what it means (Postgres, appendix A). */
interface DatabaseFault {
  code?: string;
  constraint?: string;
  detail?: string;
  cause?: unknown;
}

/** Unique and check constraints by name, and what breaking one means to the caller. The only place that knows. */
const constraints: Record<string, { code: string; status: number; message: string; pointer?: string }> = {
  contact_emails_live_key: {
    code: 'contact_email_taken',
    status: 409,
    message: 'This address already belongs to a contact.',
    pointer: '/email',
  },
  erased_addresses_pkey: {
    code: 'contact_erased',
    status: 409,
    message: 'The person with this address was erased at their request.',
    pointer: '/email',
  },
  contacts_admission_unknown: { code: 'contact_admission_unknown', status: 503, message: 'Try this again.' },
  company_domains_live_key: {
    code: 'company_domain_taken',
    status: 409,
    message: 'This domain already belongs to a company.',
    pointer: '/domain',
  },
  users_email_key: {
    code: 'user_email_taken',
    status: 409,
    message: 'This address already belongs to a user.',
    pointer: '/email',
  },
  stages_live_key: {
    code: 'stage_key_taken',
    status: 409,
    message: 'The pipeline has a stage of this key.',
    pointer: '/key',
  },
  pipelines_name_key: {
    code: 'pipeline_name_taken',
    status: 409,
    message: 'There is a pipeline of this name.',
    pointer: '/name',
  },
  api_keys_name_key: { code: 'key_name_taken', status: 409, message: 'There is a key of this name.', pointer: '/name' },
  roles_pkey: { code: 'role_key_taken', status: 409, message: 'There is a role of this key.', pointer: '/key' },
  identity_providers_key_key: {
    code: 'provider_key_taken',
    status: 409,
    message: 'There is a provider of this key.',
    pointer: '/key',
  },
  teams_name_key: { code: 'team_name_taken', status: 409, message: 'There is a team of this name.', pointer: '/name' },
  mailboxes_address_key: {
    code: 'mailbox_exists',
    status: 409,
    message: 'This mailbox is already connected.',
    pointer: '/address',
  },
  activity_types_pkey: {
    code: 'activity_type_key_taken',
    status: 409,
    message: 'There is a type of activity of this key; an archived one can be used again.',
    pointer: '/key',
  },
  tags_name_key: { code: 'tag_name_taken', status: 409, message: 'There is a tag of this name.', pointer: '/name' },
  custom_fields_name_key: {
    code: 'custom_field_name_taken',
    status: 409,
    message: 'This object has a custom field of this name; an archived one can be restored.',
    pointer: '/name',
  },
};

/**
 * Translates what Postgres refused into a decision, where it is one: unique violations, missing references, values out of range,
 * statements that took too long. Anything else comes back unchanged.
 */
export function fromDatabase(error: unknown): unknown {
  const fault = faultOf(error);
  const known = fault?.constraint === undefined ? undefined : constraints[fault.constraint];
  if (known !== undefined) {
    const errors = known.pointer === undefined ? [] : [{ pointer: known.pointer, code: known.code, message: known.message }];
    return new AppError(known.code, known.status, known.message, { errors }, error);
  }
  if (fault?.constraint?.startsWith(uniqueCustomField)) return takenCustomValue(fault.detail ?? '', error);
  switch (fault?.code) {
    case '23503':
      return missingReference(fault.constraint ?? '', error);
    case '22003':
    case '22008':
    case '22021':
    case '22P05':
      return new AppError('invalid_value', 400, 'A value is out of range, or cannot be stored.', {}, error);
    case '57014':
      return new AppError('query_timeout', 503, 'This took too long; narrow the request.', { retryAfterSeconds: 5 }, error);
    case '53300':
    case '57P01':
    case '57P03':
    case 'ECONNREFUSED':
    case 'ECONNRESET':
      return unavailable('database', 'The database cannot be reached now.', error);
    default:
      return error;
  }
}

/** How the names of the indexes behind unique custom fields begin. */
export const uniqueCustomField = 'custom_unique_';

function takenCustomValue(detail: string, cause: unknown): AppError {
  const name = /custom_fields -?->>? '(\w+)'/.exec(detail)?.[1] ?? '';
  const message = `Another record has this value of ${name}.`;
  const errors = [{ pointer: `/customFields/${name}`, code: 'custom_value_taken', message }];
  return new AppError('custom_value_taken', 409, message, { errors }, cause);
}

/** SQLSTATE of a database error, also behind a wrapper. */
export const sqlState = (error: unknown): string | undefined => faultOf(error)?.code;

function faultOf(error: unknown): DatabaseFault | undefined {
  for (let at: unknown = error, depth = 0; depth < 4 && typeof at === 'object' && at !== null; depth++) {
    const fault = at as DatabaseFault; // read-only look at an unknown error's fields
    if (typeof fault.code === 'string') return fault;
    at = fault.cause;
  }
  return undefined;
}

/** Foreign keys are named `<table>_<column>_fkey`; the column tells which field points nowhere. */
function missingReference(constraint: string, cause: unknown): AppError {
  const column =
    /^(?:companies|contacts|deals|activities|tasks|messages|mailboxes|record_shares|team_members|api_keys|[a-z]+)_(.+)_fkey$/.exec(
      constraint,
    )?.[1] ?? 'id';
  return referenceNotFound(
    column.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
    cause,
  );
}

/** 400 for a field that points to a record which does not exist, or may not be seen. */
export function referenceNotFound(field: string, cause?: unknown): AppError {
  const message = `${field} points to a record that does not exist.`;
  return new AppError(
    'reference_not_found',
    400,
    message,
    { errors: [{ pointer: `/${field}`, code: 'reference_not_found', message }] },
    cause,
  );
}
