import Handlebars from 'handlebars';
import { suggest } from '../../../lib/nearest.ts';
import type { Problem } from '../../../lib/problem.ts';
import type { TemplateScope } from './template-shape.ts';
import { maxSourceLength, type TemplateSource } from './template-source.ts';

const blocks = ['if', 'unless', 'each'];

/** Blocks inside blocks, at most: the compiler takes a piece of stack for each. */
const maxDepth = 16;

/** Most problems told of one page: whoever mends ten sees the pattern. */
const maxProblems = 10;

type Node = hbs.AST.Node;

const isMustache = (node: Node): node is hbs.AST.MustacheStatement =>
  node.type === 'MustacheStatement';
const isBlock = (node: Node): node is hbs.AST.BlockStatement => node.type === 'BlockStatement';
const isContent = (node: Node): node is hbs.AST.ContentStatement =>
  node.type === 'ContentStatement';
const isPath = (node: Node): node is hbs.AST.PathExpression => node.type === 'PathExpression';

/** Values that are HTML already, and so may stand only where HTML may. */
const htmlValues = ['body'];

/** What surrounds the statements being looked at. */
interface Surroundings {
  readonly scope: TemplateScope;
  readonly depth: number;
  readonly isInEach: boolean;
}

/** Looks at a page from top to bottom and remembers the text before each statement. */
class Inspection {
  readonly problems: Problem[] = [];
  readonly #source: TemplateSource;
  #before = '';

  constructor(source: TemplateSource) {
    this.#source = source;
  }

  program({ body }: hbs.AST.Program, around: Surroundings): void {
    for (const statement of body) {
      if (isContent(statement)) {
        this.#before += statement.value;
      } else if (isMustache(statement)) {
        this.#mustache(statement, around);
        this.#before += '…';
      } else if (isBlock(statement)) {
        this.#block(statement, around);
      } else if (statement.type !== 'CommentStatement') {
        this.#tell(statement, 'partials and decorators are not allowed', 'write @include NAME');
      }
    }
  }

  #tell({ loc }: Node, what: string, remedy: string): void {
    const place = this.#source.place(loc.start.line, loc.start.column + 1);
    this.problems.push({ ...place, what, remedy });
  }

  #mustache(node: hbs.AST.MustacheStatement, { scope }: Surroundings): void {
    const { path } = node;
    if (!node.escaped) {
      const what = '{{{…}}} and {{&…}} are not allowed: values are always escaped';
      this.#tell(node, what, 'write {{…}}');
    } else if (!isPath(path)) {
      this.#tell(node, 'only the name of a value may stand here', 'write {{name}}');
    } else if (node.params.length > 0 || node.hash !== undefined) {
      const what = `unknown helper ${path.original}: only the name of a value may stand here`;
      this.#tell(node, what, `there are {{name}} and the blocks ${blocks.join(', ')}`);
    } else {
      this.#name(path, scope);
      this.#position(node, path.original);
    }
  }

  #name(path: hbs.AST.PathExpression, scope: TemplateScope): void {
    const problem = scope.problem(path);
    if (problem !== undefined) {
      this.#tell(path, problem.what, problem.remedy);
    }
  }

  #position(node: Node, name: string): void {
    if (/=\s*$/.test(this.#before)) {
      this.#tell(node, 'the value of an attribute needs quotes', 'write name="{{…}}"');
    } else if (/<(style|script)\b(?!.*<\/\1>)/is.test(this.#before)) {
      const what = 'no value may stand inside style or script';
      this.#tell(node, what, 'take it out: their hash stands in the security policy');
    } else if (htmlValues.includes(name) && /<[^>]*$/.test(this.#before)) {
      this.#tell(node, `{{${name}}} is HTML and may not stand inside a tag`, 'put it between tags');
    }
  }

  #block(node: hbs.AST.BlockStatement, around: Surroundings): void {
    const name = isPath(node.path) ? node.path.original : '';
    const [subject, ...more] = node.params;
    if (!blocks.includes(name)) {
      this.#tell(node, `unknown block {{#${name}}}`, suggest(name, blocks));
    } else if (subject === undefined || !isPath(subject) || more.length > 0 || node.hash) {
      this.#tell(node, `{{#${name}}} takes the name of one value`, `write {{#${name} name}}`);
    } else if (around.depth >= maxDepth) {
      this.#tell(node, `more than ${maxDepth} blocks inside each other`, 'write it flatter');
    } else if (name === 'each' && around.isInEach) {
      const what = 'an each inside an each could grow without bound';
      this.#tell(node, what, 'write it as one list');
    } else {
      this.#name(subject, around.scope);
      this.#inside(node, name === 'each' ? subject : undefined, around);
    }
  }

  #inside(
    { program, inverse }: hbs.AST.BlockStatement,
    list: hbs.AST.PathExpression | undefined,
    around: Surroundings,
  ): void {
    const scope = list === undefined ? around.scope : around.scope.inside(list);
    const depth = around.depth + 1;
    if (scope === undefined) {
      if (list !== undefined && around.scope.problem(list) === undefined) {
        this.#tell(list, `${list.original} is not a list`, 'write {{#if …}} for a single value');
      }
    } else {
      this.program(program, { scope, depth, isInEach: around.isInEach || list !== undefined });
    }
    // A block without an else has no inverse, whatever the types say.
    if (inverse !== undefined && inverse !== null) {
      this.program(inverse, { ...around, depth });
    }
  }
}

/** Finds everything that makes a page unfit, each with its place; none means that it can be used. */
export function findTemplateProblems(
  source: TemplateSource,
  scope: TemplateScope,
): readonly Problem[] {
  const { text } = source;
  if (text.length > maxSourceLength) {
    const what = `the page has ${text.length} characters with all its parts, at most ${maxSourceLength} are allowed`;
    return [...source.problems, { ...source.place(1, 1), what, remedy: 'make it shorter' }];
  }
  const inspection = new Inspection(source);
  try {
    const program = Handlebars.parse(text);
    inspection.program(program, { scope, depth: 0, isInEach: false });
  } catch (error) {
    inspection.problems.push(parseProblem(error, source));
  }
  return [...source.problems, ...inspection.problems].slice(0, maxProblems);
}

const parseRemedy = 'correct the braces; each {{#…}} needs its {{/…}}';

/** The parser says where only in its words: the text before the place, line ends left out, over a row of dashes. */
function parseProblem(error: unknown, source: TemplateSource): Problem {
  const message = error instanceof Error ? error.message : String(error);
  const mismatch = /^(.*) - (\d+):(\d+)$/.exec(message);
  if (mismatch !== null) {
    const place = source.place(Number(mismatch[2]), Number(mismatch[3]) + 1);
    return { ...place, what: mismatch[1] ?? '', remedy: parseRemedy };
  }
  const [, excerpt = '', pointer = '', ...rest] = message.split('\n');
  const before = excerpt.slice(0, pointer.length - 1).replace(/^\.\.\./, '');
  const { line, column } = placeAfter(source.text, before);
  const what = rest.join(' ').trim() || message;
  return { ...source.place(line, column), what, remedy: parseRemedy };
}

function placeAfter(
  source: string,
  before: string,
): { readonly line: number; readonly column: number } {
  const offsets = [...source.matchAll(/[^\n]/g)].map((match) => match.index);
  const start = source.replaceAll('\n', '').indexOf(before);
  const head = source.slice(0, offsets[Math.max(0, start) + before.length] ?? source.length);
  const lines = head.split('\n');
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
}
