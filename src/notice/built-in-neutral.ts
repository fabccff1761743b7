import type { NoticeSource } from './site-notice.ts';

const words = {
  en: 'This service is temporarily unavailable. Please try again later.',
  ko: '지금은 서비스를 이용할 수 없습니다. 잠시 후 다시 시도해 주세요.',
} as const;

const base64 = (text: string): string => Buffer.from(text).toString('base64');

function page(language: keyof typeof words): string {
  return `<!doctype html><html lang="${language}"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>503</title><p>${words[language]}</p></html>\n`;
}

function problem(language: keyof typeof words): string {
  return `${JSON.stringify({ title: 'Service Unavailable', status: 503, detail: words[language] })}\n`;
}

/** What visitors get before any snapshot has come. It carries no marker: there is no key yet to sign one. */
export const builtInNeutral: NoticeSource = {
  generation: 0,
  marker: '',
  status: 503,
  isSmallOnly: false,
  contentSecurityPolicy: "default-src 'none'",
  editions: [
    {
      bodies: (['en', 'ko'] as const).flatMap((language) => [
        {
          language,
          format: 'html' as const,
          size: 'full' as const,
          contentType: 'text/html; charset=utf-8',
          identity: base64(page(language)),
        },
        {
          language,
          format: 'json' as const,
          size: 'full' as const,
          contentType: 'application/problem+json',
          identity: base64(problem(language)),
        },
        {
          language,
          format: 'text' as const,
          size: 'full' as const,
          contentType: 'text/plain; charset=utf-8',
          identity: base64(`${words[language]}\n`),
        },
      ]),
    },
  ],
};
