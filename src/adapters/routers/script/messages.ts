import { z } from 'zod';
import type { Route, RouterReading } from '../../../core/route-plan.ts';
import { familyOf, hostPrefixAddress, parseAddress, parsePrefix } from '../../../lib/ip.ts';

/** The version of everything below; a program refuses a version that it does not know. */
export const scriptVersion = 1;

/** What Detour asks of the program; the same word stands behind its command line. */
export const scriptVerbs = ['read', 'apply', 'try', 'confirm', 'cancel'] as const;

/** A router has fewer host routes of anybody than this. */
const maxRoutes = 100_000;

/** The exit codes with a meaning of their own (numbers of sysexits.h); every other one means that the outcome is unknown. */
export const scriptExit = { done: 0, refused: 65, undone: 69, locked: 75, fenced: 77 } as const;

const version = z.literal(scriptVersion).describe('The version of this contract.');

const plainRoute = z
  .strictObject({ prefix: z.string(), nextHop: z.string() })
  .describe('A host route: a canonical /32 or /128, and the address that it leads to.');

/** What the program reads on its standard input. */
export const scriptRequestSchema = z.strictObject({
  version,
  router: z.string().describe('The name of the router in the configuration.'),
  verb: z.enum(scriptVerbs),
  remove: z.array(plainRoute).describe('Routes to take away, before any is added.'),
  add: z.array(plainRoute).describe('Routes to put in.'),
  change: z
    .uuid()
    .optional()
    .describe('With try, confirm and cancel: which change. The routes are those of its try.'),
  undoAfterSeconds: z
    .number()
    .int()
    .optional()
    .describe('With try: take the change back after so long unless it was confirmed.'),
  term: z
    .number()
    .int()
    .min(1)
    .optional()
    .describe(
      'With option terms, at apply and try: the term of the controller that acts. Where a newer one was told, change nothing and exit with 77; otherwise keep it.',
    ),
  generation: z
    .number()
    .int()
    .min(1)
    .optional()
    .describe(
      'Beside term: the number of the decision that is carried out, for a mark on the device.',
    ),
});

export type ScriptRequest = z.infer<typeof scriptRequestSchema>;

const prefixText = z
  .string()
  .max(64)
  .refine((text) => canonicalPrefix(text) !== '', 'must be a /32 or /128 without host bits');

const ownedSchema = z
  .strictObject({
    prefix: prefixText,
    nextHop: z
      .string()
      .max(64)
      .refine((text) => parseAddress(text) !== undefined, 'must be an address'),
    isInstalled: z.boolean().describe('The device forwards by it, as the device itself tells.'),
  })
  .refine(({ prefix, nextHop }) => familyOf(prefix) === familyOf(nextHop), {
    error: 'must lead to an address of its own family',
  });

const foreignSchema = z.strictObject({ prefix: prefixText, nextHop: z.string().max(200) });

/** What the program prints on its standard output after every verb: the routes as they are now. */
export const scriptAnswerSchema = z.strictObject({
  version,
  owned: z.array(ownedSchema).max(maxRoutes).describe('Routes with our mark, and no others.'),
  foreign: z
    .array(foreignSchema)
    .max(maxRoutes)
    .describe(
      'Static host routes of others; `nextHop` in the words of the device where it is no address.',
    ),
  isUnconfirmed: z
    .boolean()
    .default(false)
    .describe('A change waits to be confirmed: what is told may go back by itself.'),
  term: z
    .number()
    .int()
    .min(1)
    .optional()
    .describe('The newest term that the program was told, if it keeps terms and was told any.'),
});

export type ScriptAnswer =
  | { readonly reading: RouterReading }
  /** What is wrong with the answer. */
  | { readonly problem: string };

/** Takes the program's output apart. Never throws; an answer that breaks the contract anywhere has no reading. */
export function parseAnswer(stdout: string): ScriptAnswer {
  const parsed = scriptAnswerSchema.safeParse(jsonOf(stdout));
  if (!parsed.success) {
    return { problem: z.prettifyError(parsed.error).split('\n').slice(0, 3).join(' ') };
  }
  const { owned, foreign, isUnconfirmed, term } = parsed.data;
  const reading: RouterReading = {
    owned: owned.map((route) => ({ ...canonical(route), isInstalled: route.isInstalled })),
    foreign: foreign.map(canonical),
    ...(term === undefined ? {} : { term }),
  };
  return { reading: isUnconfirmed ? { ...reading, isUnconfirmed } : reading };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const canonicalPrefix = (text: string): string => {
  const prefix = parsePrefix(text);
  return prefix !== undefined && hostPrefixAddress(prefix) !== undefined ? prefix : '';
};

const canonical = ({ prefix, nextHop }: Route): Route => ({
  prefix: canonicalPrefix(prefix),
  nextHop: parseAddress(nextHop) ?? nextHop,
});
