import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { useWords } from './page-context.ts';
import { Failure } from './small.tsx';

export interface OrderInput {
  readonly reason: string;
  readonly expiresInSeconds: number;
}

export interface OrderDialogProps {
  readonly title: string;
  /** What the order means, in one sentence. */
  readonly meaning: string;
  readonly isReasonNeeded: boolean;
  /** Hours to choose from; none for orders that do not end by themselves. */
  readonly hours: readonly number[];
  /** What the order touches. */
  readonly children?: ComponentChildren;
  /** Rejects with what the API says; the dialog then stays and shows it. */
  readonly onGive: (input: OrderInput) => Promise<void>;
  readonly onClose: () => void;
}

const hourSeconds = 3_600;
const usualHours = 4;

/** Asks for the reason of an order and shows what it touches before it is given. */
export function OrderDialog(props: OrderDialogProps): JSX.Element {
  const words = useWords();
  const dialog = useRef<HTMLDialogElement>(null);
  const [reason, setReason] = useState('');
  const [hours, setHours] = useState(usualHours);
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  useEffect(() => dialog.current?.showModal(), []);
  const give = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (props.isReasonNeeded && reason.trim() === '') {
      setError(new Error(words.dialog.needReason));
      return;
    }
    setBusy(true);
    setError(undefined);
    try {
      await props.onGive({ reason: reason.trim(), expiresInSeconds: hours * hourSeconds });
      props.onClose();
    } catch (problem) {
      setError(problem);
      setBusy(false);
    }
  };
  return (
    <dialog ref={dialog} class="order" aria-labelledby="order-title" onClose={props.onClose}>
      <form onSubmit={(event) => void give(event)}>
        <h2 id="order-title">{props.title}</h2>
        <p>{props.meaning}</p>
        {props.children}
        {props.isReasonNeeded && (
          <label>
            {words.field.reason}
            <input
              name="reason"
              value={reason}
              maxLength={500}
              autocomplete="off"
              autofocus
              onInput={({ currentTarget }) => setReason(currentTarget.value)}
            />
          </label>
        )}
        {props.hours.length > 0 && (
          <label>
            {words.field.expires}
            <select
              name="hours"
              value={hours}
              onChange={({ currentTarget }) => setHours(Number(currentTarget.value))}
            >
              {props.hours.map((count) => (
                <option key={count} value={count}>
                  {words.dialog.hours(count)}
                </option>
              ))}
            </select>
          </label>
        )}
        <Failure error={error} />
        <div class="buttons">
          <button type="button" class="quiet" onClick={props.onClose}>
            {words.action.cancel}
          </button>
          <button type="submit" class="main" disabled={isBusy}>
            {props.title}
          </button>
        </div>
      </form>
    </dialog>
  );
}
