import { createHash } from 'node:crypto';
import Handlebars from 'handlebars';
import { DetourError, errorChain } from '../../../lib/errors.ts';
import type { Problem } from '../../../lib/problem.ts';
import { findTemplateProblems } from './template-check.ts';
import { TemplateScope } from './template-shape.ts';
import { assemble } from './template-source.ts';
import { tighten } from './tighten.ts';

/** Largest rendered page in bytes: far above any real notice, low enough that a thousand of them fit in memory. */
export const maxPageBytes = 64 * 1024;

/**
 * Most blocks that one page may go through while it is filled in. The shipped pages take under 60; at this many
 * a page is done in a few milliseconds, on any machine and under any load, which no clock could promise.
 */
export const maxSteps = 2_000;

/** A compiled page, with the hashes under which a browser may apply its own styles and run its own script. */
export interface Template {
  /** Fills the page in; throws DETOUR_NOTICE_TEMPLATE_INVALID when a value is missing or the page grows too big. */
  render(model: object): string;
  readonly styleHashes: readonly string[];
  readonly scriptHashes: readonly string[];
}

/** A page that can be used, or all that is wrong with it. */
export type TemplateReading =
  | {
      readonly template: Template;
      readonly files: readonly string[];
      readonly problems: readonly [];
    }
  | {
      readonly template?: undefined;
      readonly files: readonly string[];
      readonly problems: readonly Problem[];
    };

interface BlockOptions {
  readonly fn: (context: unknown) => string;
  readonly inverse: (context: unknown) => string;
}

/** Our own instance with blocks of our own: nothing registered elsewhere reaches a notice, and every step is counted. */
class Engine {
  readonly #handlebars = Handlebars.create();
  #stepsLeft = 0;

  constructor() {
    const chosen = (isChosen: boolean, context: unknown, options: BlockOptions): string => {
      this.#step();
      return isChosen ? options.fn(context) : options.inverse(context);
    };
    const engine = this;
    this.#handlebars.registerHelper('if', function (this: unknown, value: unknown, options) {
      return chosen(isThere(value), this, options);
    });
    this.#handlebars.registerHelper('unless', function (this: unknown, value: unknown, options) {
      return chosen(!isThere(value), this, options);
    });
    this.#handlebars.registerHelper('each', function (this: unknown, list: unknown, options) {
      return engine.#each(list, this, options);
    });
  }

  compile(source: string): (model: object) => string {
    const fillIn = this.#handlebars.compile<object>(source, {
      strict: true,
      knownHelpersOnly: true,
      knownHelpers: { with: false, log: false, lookup: false },
    });
    return (model): string => {
      this.#stepsLeft = maxSteps;
      return fillIn(model, {
        allowProtoPropertiesByDefault: false,
        allowProtoMethodsByDefault: false,
      });
    };
  }

  #each(list: unknown, context: unknown, options: BlockOptions): string {
    this.#step();
    if (!Array.isArray(list) || list.length === 0) {
      return options.inverse(context);
    }
    return list
      .map((item: unknown) => {
        this.#step();
        return options.fn(item);
      })
      .join('');
  }

  #step(): void {
    this.#stepsLeft -= 1;
    if (this.#stepsLeft < 0) {
      throw new Error(`it takes more than ${maxSteps} steps to fill in`);
    }
  }
}

/** What a block takes for being there: anything but nothing, false, no words and an empty list. */
function isThere(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : Boolean(value);
}

const invalid = (file: string, problem: string, cause?: unknown): DetourError =>
  new DetourError(`Could not use the template ${file}${problem}`, {
    code: 'DETOUR_NOTICE_TEMPLATE_INVALID',
    cause,
  });

const hashesOf = (page: string, element: 'style' | 'script'): readonly string[] =>
  [...page.matchAll(new RegExp(`<${element}>(.*?)</${element}>`, 'gs'))].map(
    ([, content = '']) => `'sha256-${createHash('sha256').update(content).digest('base64')}'`,
  );

function rendererOf(file: string, source: string): Template['render'] {
  const fillIn = new Engine().compile(source);
  return (model): string => {
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
}

/**
 * Reads and compiles one page with its parts from the folders, the first of which wins. Never throws: each sample is
 * rendered once, so that a page that cannot be used is found now, with file, line and column, and not during an outage.
 * The first sample has everything that a notice can have.
 */
export function readTemplate(
  file: string,
  folders: readonly string[],
  samples: readonly object[],
): TemplateReading {
  const source = assemble(file, folders);
  const { files } = source;
  const problems = findTemplateProblems(source, new TemplateScope(samples[0]));
  if (problems.length > 0) {
    return { files, problems };
  }
  try {
    const render = rendererOf(file, tighten(source.text));
    const [page = ''] = samples.map(render);
    const template = {
      render,
      styleHashes: hashesOf(page, 'style'),
      scriptHashes: hashesOf(page, 'script'),
    };
    return { template, files, problems: [] };
  } catch (error) {
    const what = errorChain(error);
    return {
      files,
      problems: [{ ...source.place(1, 1), what, remedy: 'make the page smaller' }],
    };
  }
}
