/**
 * Every way Detour can fail to do something in the outside world.
 * Each code has a section in docs/errors.md that says what the operator should do; a test compares the two lists.
 */
export const errorCodes = [
  'DETOUR_CONFIG_INVALID',
  'DETOUR_CONFIG_UNREADABLE',
  'DETOUR_RULES_INVALID',
  'DETOUR_LISTEN_FAILED',
  'DETOUR_DATA_FOLDER_UNUSABLE',
  'DETOUR_DEMO_FAILED',
  'DETOUR_JOURNAL_FAILED',
  'DETOUR_JOURNAL_LOCKED',
  'DETOUR_STORE_UNAVAILABLE',
  'DETOUR_STORE_CONFLICT',
  'DETOUR_STORE_VALUE_REFUSED',
  'DETOUR_TRANSPORT_CONNECT_FAILED',
  'DETOUR_TRANSPORT_HOST_KEY_MISMATCH',
  'DETOUR_TRANSPORT_HOST_KEY_MISSING',
  'DETOUR_TRANSPORT_AUTH_FAILED',
  'DETOUR_TRANSPORT_SECRET_UNREADABLE',
  'DETOUR_TRANSPORT_TIMEOUT',
  'DETOUR_TRANSPORT_LOST',
  'DETOUR_STOOD_STILL',
  'DETOUR_ROUTER_ANSWER_UNREADABLE',
  'DETOUR_ROUTER_COMMAND_REJECTED',
  'DETOUR_ROUTER_LOCKED',
  'DETOUR_ROUTER_CANDIDATE_DIRTY',
  'DETOUR_ROUTER_CHANGE_UNDONE',
  'DETOUR_ROUTER_NOT_INSTALLED',
  'DETOUR_GUARD_REFUSED',
  'DETOUR_NOT_LEADER',
  'DETOUR_FENCED',
  'DETOUR_ROUTE_LEASE_LAPSED',
  'DETOUR_PLAN_STALE',
  'DETOUR_NOTICE_PUBLISH_FAILED',
  'DETOUR_NOTICE_NOT_LIVE',
  'DETOUR_NOTICE_TEMPLATE_INVALID',
  'DETOUR_LOGO_UNUSABLE',
  'DETOUR_SNAPSHOT_INVALID',
  'DETOUR_PROOF_FAILED',
  'DETOUR_PROOF_UNANSWERED',
  'DETOUR_ALERT_FAILED',
  'DETOUR_API_REQUEST_FAILED',
  'DETOUR_AUDIT_BROKEN',
  'DETOUR_ORIGIN_HOST_UNREADABLE',
  'DETOUR_HOST_FAILED',
  'DETOUR_CERTIFICATE_FAILED',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

export interface DetourErrorOptions extends ErrorOptions {
  readonly code: ErrorCode;
  /** True when the same act may succeed if tried again unchanged. */
  readonly retryable?: boolean;
  /** Extra lines for the operator, such as a device transcript. Secrets are already redacted. */
  readonly detail?: string;
}

/** A failure of the outside world: names the act, the thing and the place; the cause keeps its own words. */
export class DetourError extends Error {
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly detail: string | undefined;

  constructor(message: string, options: DetourErrorOptions) {
    super(message, options);
    this.name = 'DetourError';
    this.code = options.code;
    this.retryable = options.retryable ?? false;
    this.detail = options.detail;
  }
}

/** Joins an error and its causes into one line, outermost first. */
export function errorChain(error: unknown): string {
  const words: string[] = [];
  let current: unknown = error;
  while (current !== undefined && words.length < 8) {
    words.push(current instanceof Error ? current.message : String(current));
    current = current instanceof Error ? current.cause : undefined;
  }
  return words.join(': ');
}

/** The code of a DetourError, or undefined for anything else. */
export function errorCode(error: unknown): ErrorCode | undefined {
  return error instanceof DetourError ? error.code : undefined;
}

/** The detail of an error or of the nearest of its causes that has one: a transcript, most often. */
export function errorDetail(error: unknown): string | undefined {
  let current: unknown = error;
  for (let depth = 0; current instanceof Error && depth < 8; depth += 1) {
    if (current instanceof DetourError && current.detail !== undefined) {
      return current.detail;
    }
    current = current.cause;
  }
  return undefined;
}

/** Passes an error on to whoever must not take it for a refusal: something was done before, and how it stands is not known. */
export function leftOpen(error: unknown): never {
  if (!(error instanceof DetourError) || error.retryable) {
    throw error;
  }
  const { message, code, detail, cause } = error;
  throw new DetourError(message, {
    code,
    retryable: true,
    cause,
    ...(detail === undefined ? {} : { detail }),
  });
}
