import { z } from 'zod';

/** Kinds of refusal, as `code` names them: a closed set that scripts may rely on. Failures of the outside world carry their DETOUR_… code instead. */
export const problemCodes = [
  'invalid-request',
  'no-token-configured',
  'token-missing',
  'token-unknown',
  'too-many-attempts',
  'role-missing',
  'foreign-host',
  'foreign-origin',
  'not-found',
  'method-not-allowed',
  'site-owned-by-file',
  'nothing-to-approve',
  'brake-not-releasable',
  'brake-not-holding',
  'not-leader',
  'own-vantage',
  'glass-not-needed',
  'too-large',
  'unsupported-media-type',
  'refused',
  'idempotency-key-reused',
  'idempotency-key-in-use',
  'reload-refused',
  'too-many-clients',
  'request-timeout',
  'internal',
] as const;
export type ProblemCode = (typeof problemCodes)[number];

/** One thing wrong with a request, and where: a JSON Pointer (RFC 6901) from the request's part on, such as `/body/reason`. */
export const problemErrorSchema = z.object({
  path: z.string().describe('Where: a JSON Pointer such as /body/reason.'),
  message: z.string().describe('What is wrong and what to do.'),
});
export type ProblemError = z.infer<typeof problemErrorSchema>;

/** An error answer, RFC 9457, with a stable `code` and the single errors of the request. */
export const problemSchema = z
  .object({
    type: z.string().describe('URN of the kind of problem.'),
    title: z.string().describe('The kind of problem in words; the same for each of its kind.'),
    status: z.number().int().describe('The HTTP status again.'),
    code: z.string().describe('Stable word or DETOUR_… code for scripts.'),
    detail: z.string().describe('What happened here and what to do about it.'),
    errors: z.array(problemErrorSchema).optional().describe('Every error of the request at once.'),
  })
  .meta({ id: 'Problem', description: 'An error, RFC 9457.' });
export type Problem = z.infer<typeof problemSchema>;

const titles: Readonly<Record<number, string>> = {
  400: 'The request is not valid',
  401: 'A token is needed',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Method not allowed',
  408: 'The request took too long',
  409: 'Not possible in the present state',
  413: 'The request is too large',
  415: 'The content type is not supported',
  421: 'Wrong host',
  422: 'The request cannot be carried out',
  429: 'Too many attempts',
  431: 'The request header is too large',
  500: 'Internal error',
  502: 'Another system failed',
  503: 'Not available now',
};

/** Writes an error answer; the title follows from the status. */
export function problem(
  status: number,
  code: string,
  detail: string,
  errors?: readonly ProblemError[],
): Problem {
  return {
    type: `urn:detour:problem:${code}`,
    title: titles[status] ?? 'Error',
    status,
    code,
    detail,
    ...(errors === undefined ? {} : { errors: [...errors] }),
  };
}

/** A refusal of one request, thrown by a route and answered as problem+json. Expected; never logged as an error. */
export class ApiProblem extends Error {
  readonly status: number;
  readonly code: ProblemCode;
  readonly errors: readonly ProblemError[] | undefined;

  constructor(status: number, code: ProblemCode, detail: string, errors?: readonly ProblemError[]) {
    super(detail);
    this.name = 'ApiProblem';
    this.status = status;
    this.code = code;
    this.errors = errors;
  }
}

/** A refusal for what stands in the body but cannot be carried out: 422 with the place. */
export function refusal(path: string, message: string): ApiProblem {
  return new ApiProblem(422, 'refused', message, [{ path, message }]);
}
