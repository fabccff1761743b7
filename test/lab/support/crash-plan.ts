import { z } from 'zod';

/** The steps of a change at which a controller can be killed, in their order. */
export const crashPoints = [
  'verdict',
  'intent',
  'wal',
  'notice',
  'connect',
  'login',
  'guard',
  'lock',
  'read',
  'write',
  'read-back',
  'proof',
  'lease-again',
  'confirm',
  'outcome',
  'alert',
] as const;

export type CrashPoint = (typeof crashPoints)[number];

/** What the wrapped controller is told in its first argument. */
export const crashPlanSchema = z.strictObject({
  way: z.enum(['divert', 'restore']),
  point: z.enum(crashPoints),
  /** Before the step begins, or once it has begun and has not ended. */
  moment: z.enum(['before', 'during']),
});

export type CrashPlan = z.infer<typeof crashPlanSchema>;

/** The decision from which on the steps count. */
export const armedBy = { divert: 'decided-by-rule', restore: 'clean-long-enough' } as const;

/** Until it hears this the wrapped controller is the shipped program: whoever recovers from one death does not think of the next. */
export const wakeSignal = 'SIGUSR2';
