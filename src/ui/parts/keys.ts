import { useEffect } from 'preact/hooks';

/** Letters that are typed into a field, or meant for the browser, are no commands. */
function isCommand({ target, ctrlKey, metaKey, altKey }: KeyboardEvent): boolean {
  const isTyping =
    target instanceof HTMLElement && target.closest('input, select, textarea, dialog') !== null;
  return !(isTyping || ctrlKey || metaKey || altKey);
}

/** Binds keys to acts while the part is shown. */
export function useKeys(acts: Readonly<Record<string, () => void>>): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const act = isCommand(event) ? acts[event.key] : undefined;
      if (act !== undefined) {
        event.preventDefault();
        act();
      }
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  });
}
