import { randomUUID } from 'node:crypto';
import { second } from '../../../lib/time.ts';
import { leaseQuestion, parseLease } from '../shell-lease.ts';
import { apart, fence, makeFolder, placeOf, shellExit } from '../shell-state.ts';
import { batchCommand } from './commands.ts';
import type { LinuxOptions } from './schema.ts';

/** An undo file that is older cannot have a timer any more: the machine was started anew, or somebody ended it. */
const deadAfterMinutes = 3;

/** The longest wait that stays inside the life of an undo file. */
export const maxUndoMs = 2 * 60 * second;

/** A fresh name for one unconfirmed change. */
export function newChangeId(): string {
  return randomUUID();
}

/** A place for undo files, as `placeOf` finds it. */
export function place({ protocol, table }: Pick<LinuxOptions, 'protocol' | 'table'>): string {
  return placeOf(`${protocol}-${table}`);
}

const findPending = `find "$d" -maxdepth 1 -name "$n.*.undo" -mmin -${deadAfterMinutes} 2>/dev/null`;

/** Prints the name of a change that waits for its confirmation, the newest term, and what is known of leases; each only if there is one. */
export function pendingCommand(options: LinuxOptions): string {
  return `${place(options)}; ${findPending}; sed 's/^/term /' "$d/term-$n" 2>/dev/null; ${leaseQuestion}; true`;
}

/** Takes the answer to `pendingCommand` apart. */
export function parsePending(answer: string): {
  readonly isPending: boolean;
  readonly term?: number;
} & ReturnType<typeof parseLease> {
  const term = /^term (\d{1,16})$/m.exec(answer)?.[1];
  const isPending = answer.split('\n').some((line) => line.endsWith('.undo'));
  return {
    isPending,
    ...(term === undefined ? {} : { term: Number(term) }),
    ...parseLease(answer),
  };
}

/** Takes a plan's lines on its input and carries them out, unless a controller of a newer term was here. */
export function changeCommand(options: LinuxOptions, term: number | undefined): string {
  return [...fence(place(options), term), batchCommand(options)].join('\n');
}

/**
 * Takes the undo lines on its input and starts the timer that will carry them out. The file is the whole state:
 * whoever moves it away first, the timer or the confirmation, has decided.
 */
export function armCommand(
  options: LinuxOptions,
  {
    id,
    undoAfterMs,
    term,
  }: { readonly id: string; readonly undoAfterMs: number; readonly term: number | undefined },
): string {
  const timer = [
    `sleep ${Math.ceil(undoAfterMs / second)}`,
    'mv "$1.undo" "$1.going" 2>/dev/null || exit 0',
    `${batchCommand(options)} < "$1.going"`,
    'rm -f "$1.going"',
  ].join('; ');
  return [
    ...fence(place(options), term),
    place(options),
    ...makeFolder,
    `[ -z "$(${findPending})" ] || exit ${shellExit.pending}`,
    `find "$d" -maxdepth 1 -name "$n.*" -mmin +${deadAfterMinutes} -exec rm -f {} +`,
    `f="$d/$n.${id}"`,
    'cat > "$f.undo"',
    // In a session of its own, so that the end of ours does not end it.
    `setsid sh -c '${timer}' detour-undo "$f" ${apart} &`,
  ].join('\n');
}

/** Makes the change stay; exits with `shellExit.gone` when the timer was first. */
export function keepCommand(options: LinuxOptions, id: string): string {
  return [
    place(options),
    `f="$d/$n.${id}"`,
    `mv "$f.undo" "$f.kept" 2>/dev/null || exit ${shellExit.gone}`,
    'rm -f "$f.kept"',
  ].join('\n');
}

/** Carries the undo lines out now; does nothing when the timer was first. */
export function goBackCommand(options: LinuxOptions, id: string): string {
  return [
    place(options),
    `f="$d/$n.${id}"`,
    'mv "$f.undo" "$f.going" 2>/dev/null || exit 0',
    `${batchCommand(options)} < "$f.going"`,
    'e=$?',
    'rm -f "$f.going"',
    'exit $e',
  ].join('\n');
}
