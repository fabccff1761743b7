import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { useWords } from './page-context.ts';

/** The keys of the page. */
export function Help({ onClose }: { readonly onClose: () => void }): JSX.Element {
  const words = useWords();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} class="order" aria-labelledby="help-title" onClose={onClose}>
      <h2 id="help-title">{words.help.title}</h2>
      <dl class="keys">
        {words.help.keys.map(([key, meaning]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      <div class="buttons">
        <button type="button" class="main" onClick={onClose}>
          {words.action.close}
        </button>
      </div>
    </dialog>
  );
}
