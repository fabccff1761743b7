import { z } from 'zod';
import { findMarkdownProblems } from '../lib/markdown-check.ts';
import { isNoticeLink } from '../lib/notice-link.ts';
import type { NoticeText } from '../ports/notice-text.ts';

/** Longest message a person may write into a notice, in characters: a screenful, so that the page stays one document of 14 kB. */
export const maxMessageLength = 2_000;

/** Largest logo in bytes: inlined in base64 it leaves room for the page within 14 kB on the wire. */
export const maxLogoBytes = 8_000;

/** Largest logo that may be handed in, to be made smaller. */
export const maxUploadedLogoBytes = 256 * 1024;

/** Most links to alternatives in one notice. */
export const maxLinks = 6;

/** Most languages one text may be written in. */
const maxLanguages = 20;

const images: readonly { readonly type: string; readonly isOne: (bytes: Buffer) => boolean }[] = [
  {
    type: 'image/png',
    isOne: (bytes) => bytes.subarray(0, 8).toString('latin1') === '\x89PNG\r\n\x1a\n',
  },
  {
    type: 'image/jpeg',
    isOne: (bytes) => bytes.subarray(0, 3).toString('latin1') === '\xff\xd8\xff',
  },
  {
    type: 'image/webp',
    isOne: (bytes) =>
      bytes.subarray(0, 4).toString('latin1') === 'RIFF' &&
      bytes.subarray(8, 12).toString('latin1') === 'WEBP',
  },
];

/** The bytes of a logo that `logoProblem` finds nothing wrong with. */
export function logoBytes(dataUrl: string): Buffer {
  return Buffer.from(dataUrl.slice(dataUrl.indexOf(',') + 1), 'base64');
}

/** What is wrong with a logo, or undefined. The bytes decide what it is, not the name it gives itself. */
export function logoProblem(dataUrl: string, maxBytes = maxLogoBytes): string | undefined {
  const match = /^data:(image\/(?:png|jpeg|webp));base64,([A-Za-z0-9+/]+={0,2})$/.exec(dataUrl);
  if (match === null) {
    return 'must be a base64 data: URL of a PNG, JPEG or WebP image';
  }
  const [, type = '', base64 = ''] = match;
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.length > maxBytes) {
    return `must be at most ${maxBytes} bytes, this is ${bytes.length}: save it about 320 pixels wide, as PNG with few colours or as WebP`;
  }
  return images.some((image) => image.type === type && image.isOne(bytes))
    ? undefined
    : `does not hold a ${type} image`;
}

/** A logo as a data: URL of at most this many bytes. */
export const logoSchema = (maxBytes: number): z.ZodType<string> =>
  z
    .string()
    .max(maxBytes * 2)
    .superRefine((value, context) => {
      const problem = logoProblem(value, maxBytes);
      if (problem !== undefined) {
        context.addIssue({ code: 'custom', message: problem });
      }
    });

const byLanguage = (max: number): z.ZodType<Record<string, string>> =>
  z
    .record(
      z.string().regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'must be a language such as ko or en'),
      z.string().trim().min(1).max(max),
    )
    .refine((texts) => Object.keys(texts).length > 0, 'must be given in at least one language')
    .refine(
      (texts) => Object.keys(texts).length <= maxLanguages,
      `must be in at most ${maxLanguages} languages`,
    );

/** A message in each language; what a notice cannot carry is told with its line and column. */
const message = byLanguage(maxMessageLength).superRefine((texts, context) => {
  for (const [language, text] of Object.entries(texts)) {
    for (const { line, column, what, remedy } of findMarkdownProblems(text)) {
      const place = `line ${line}, column ${column}`;
      context.addIssue({
        code: 'custom',
        path: [language],
        message: `${place}: ${what}; ${remedy}`,
      });
    }
  }
});

/** Checks what a person writes into a notice. Unknown keys are errors. The message is Markdown, all else plain text. */
export const noticeTextSchema = z.strictObject({
  message: message.exactOptional(),
  contact: z.string().trim().min(1).max(200).exactOptional(),
  links: z
    .array(
      z.strictObject({
        url: z
          .string()
          .max(500)
          .refine(isNoticeLink, 'must be an http, https, mailto or tel link without a password'),
        label: byLanguage(80),
      }),
    )
    .max(maxLinks)
    .exactOptional(),
  logo: logoSchema(maxLogoBytes).exactOptional(),
  expectedRecoveryAt: z.int().positive().max(8_640_000_000_000_000).exactOptional(),
}) satisfies z.ZodType<NoticeText>;

/** Reads the words of a notice; throws a ZodError that names every problem with its path. */
export function parseNoticeText(input: unknown): NoticeText {
  return noticeTextSchema.parse(input);
}
