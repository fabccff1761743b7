import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Handlebars from 'handlebars';
import { DetourError, errorChain } from '../../../lib/errors.ts';
import { findTemplateProblem } from './template-check.ts';

/** Largest rendered page in bytes: far above any real notice, low enough that a thousand of them fit in memory. */
export const maxPageBytes = 64 * 1024;

/** A compiled page, with the hashes under which a browser may apply its own styles and run its own script. */
export interface Template {
  /** Fills the page in; throws DETOUR_NOTICE_TEMPLATE_INVALID when a value is missing or the page grows too big. */
  render(model: object): string;
  readonly styleHashes: readonly string[];
  readonly scriptHashes: readonly string[];
}

// Our own instance: nothing registered elsewhere in the process can reach a notice.
const handlebars = Handlebars.create();

const invalid = (file: string, problem: string, cause?: unknown): DetourError =>
  new DetourError(`Could not use the template ${file}${problem}`, {
    code: 'DETOUR_NOTICE_TEMPLATE_INVALID',
    cause,
  });

const readText = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw invalid(file, '', error);
  }
};

/** Indentation and comments are for us; visitors get the rest. Line ends stay, so no token can join another. */
const tighten = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('//'))
    .join('\n');

const hashesOf = (page: string, element: 'style' | 'script'): readonly string[] =>
  [...page.matchAll(new RegExp(`<${element}>(.*?)</${element}>`, 'gs'))].map(
    ([, content = '']) => `'sha256-${createHash('sha256').update(content).digest('base64')}'`,
  );

/**
 * Reads and compiles one page. `@include NAME` puts a file of the same folder in its place (for style and script).
 * Each sample is rendered once, so that a template that cannot be used is found now and not during an outage;
 * throws DETOUR_NOTICE_TEMPLATE_INVALID with file, line and column.
 */
export function loadTemplate(file: string, samples: readonly object[]): Template {
  const source = readText(file);
  const problem = findTemplateProblem(source);
  if (problem !== undefined) {
    throw invalid(file, problem);
  }
  const whole = source.replaceAll(/@include ([\w.-]+)/g, (_, name: string) =>
    tighten(readText(join(dirname(file), name))),
  );
  const fillIn = handlebars.compile<object>(tighten(whole), {
    strict: true,
    knownHelpersOnly: true,
    knownHelpers: { with: false, log: false, lookup: false },
  });
  const render = (model: object): string => {
    let page: string;
    try {
      page = fillIn(model);
    } catch (error) {
      throw invalid(file, `: ${errorChain(error)}`, error);
    }
    const size = Buffer.byteLength(page);
    if (size > maxPageBytes) {
      throw invalid(file, `: the page has ${size} bytes, at most ${maxPageBytes} are allowed`);
    }
    return page;
  };
  const pages = samples.map(render);
  return {
    render,
    styleHashes: hashesOf(pages[0] ?? '', 'style'),
    scriptHashes: hashesOf(pages[0] ?? '', 'script'),
  };
}
