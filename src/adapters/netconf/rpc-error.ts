import { findElement, findElements, textOf, type XmlElement } from './xml.ts';

/** What a server says when it refuses (RFC 6241, section 4.3). */
export interface RpcError {
  /** `lock-denied`, `data-missing`, …; empty where the server names none. */
  readonly tag: string;
  readonly message: string;
  /** Whoever holds a lock: a user's name where the server tells it, else the number of a session. */
  readonly holder?: string;
}

/** The errors in a reply; warnings are none. */
export function errorsIn(reply: XmlElement): readonly RpcError[] {
  return [...findElements(reply, 'rpc-error'), ...findElements(reply, 'error')]
    .filter((error) => textOf(error, 'error-severity') !== 'warning')
    .map(toError);
}

function toError(error: XmlElement): RpcError {
  const tag = textOf(error, 'error-tag');
  const words = textOf(error, 'error-message') || textOf(error, 'message');
  const user = findElement(error, 'user')?.text ?? '';
  const session = findElement(error, 'session-id')?.text ?? '';
  const holder = user || (/^[1-9]\d*$/.test(session) ? `session ${session}` : '');
  return {
    tag,
    message: (words || tag || 'an error without words').replaceAll(/\s+/g, ' '),
    ...(holder === '' ? {} : { holder }),
  };
}
