import { DetourError } from '../../lib/errors.ts';
import type { DocumentKind } from '../../ports/store.ts';

/** Largest document, as UTF-8 JSON: a logo and all texts of a notice fit many times over, a runaway writer does not. */
export const maxValueBytes = 1024 * 1024;

/** Longest id. */
export const maxIdLength = 200;

function refuse(kind: DocumentKind, why: string, cause?: unknown): DetourError {
  return new DetourError(`Could not store a ${kind}: ${why}`, {
    code: 'DETOUR_STORE_VALUE_REFUSED',
    cause,
  });
}

/**
 * Writes a value as JSON text. Stores keep text, so no key of it can be an operator or a path of a query language.
 * Throws DETOUR_STORE_VALUE_REFUSED when it is no JSON or too large, or the id is empty or too long.
 */
export function encodeValue(kind: DocumentKind, id: string, value: unknown): string {
  if (typeof id !== 'string' || id === '' || id.length > maxIdLength) {
    throw refuse(kind, `its id must be a text of 1 to ${maxIdLength} characters`);
  }
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (error) {
    throw refuse(kind, `${id} is no JSON`, error);
  }
  if (text === undefined) {
    throw refuse(kind, `${id} has no value`);
  }
  const bytes = Buffer.byteLength(text);
  if (bytes > maxValueBytes) {
    throw refuse(kind, `${id} has ${bytes} bytes, ${maxValueBytes} are the most`);
  }
  return text;
}

/** The error for a document that was written by someone else in the meantime. */
export function conflict(kind: DocumentKind, id: string, expectedVersion: number): DetourError {
  const expected = expectedVersion === 0 ? 'not to exist' : `to have version ${expectedVersion}`;
  return new DetourError(
    `The ${kind} ${id} was expected ${expected}, and somebody wrote it since`,
    {
      code: 'DETOUR_STORE_CONFLICT',
    },
  );
}
