import type { Dialogue } from '../dialogue/dialogue.ts';

const question = /^password:$/i;

/** True when the device lets us do everything: the prompt of privileged mode on devices that speak like IOS. */
const isPrivileged = (prompt: string): boolean => prompt.endsWith('#');

/** Takes the rights that a login lacks on devices that speak like IOS; rejects with DETOUR_TRANSPORT_AUTH_FAILED. */
export async function takePrivileges(
  dialogue: Dialogue,
  {
    router,
    enablePassword,
  }: { readonly router: string; readonly enablePassword?: (() => Promise<string>) | undefined },
): Promise<void> {
  if (isPrivileged(dialogue.prompt)) {
    return;
  }
  const password = await enablePassword?.();
  if (password === undefined) {
    throw dialogue.error(
      `The login on ${router} has no privileges: give the account privilege level 15`,
      { code: 'DETOUR_TRANSPORT_AUTH_FAILED' },
    );
  }
  const asked = await dialogue.ask('enable', { question });
  const answered = question.test(asked.prompt)
    ? await dialogue.replySecret(password, { question })
    : asked;
  if (!isPrivileged(answered.prompt)) {
    throw dialogue.error(`${router} refused the enable password`, {
      code: 'DETOUR_TRANSPORT_AUTH_FAILED',
    });
  }
}
