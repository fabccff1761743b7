import Handlebars from 'handlebars';

const blocks = ['if', 'unless', 'each'];

/** Largest template source, before styles and script are put in. */
const maxSourceLength = 64 * 1024;

type Node = hbs.AST.Node;

const isMustache = (node: Node): node is hbs.AST.MustacheStatement =>
  node.type === 'MustacheStatement';
const isBlock = (node: Node): node is hbs.AST.BlockStatement => node.type === 'BlockStatement';
const isContent = (node: Node): node is hbs.AST.ContentStatement =>
  node.type === 'ContentStatement';
const isPath = (node: Node): node is hbs.AST.PathExpression => node.type === 'PathExpression';

/** What surrounds the statement being looked at. */
interface Place {
  readonly isInEach: boolean;
  /** The text before it, back to the start of the template. */
  before: string;
}

const at = ({ loc }: Node, problem: string): string =>
  `:${loc.start.line}:${loc.start.column + 1}: ${problem}`;

function mustacheProblem(node: hbs.AST.MustacheStatement, before: string): string | undefined {
  if (!node.escaped) {
    return at(node, 'write {{…}}: values are always escaped, {{{…}}} and {{&…}} are not allowed');
  }
  if (!isPath(node.path) || node.params.length > 0 || node.hash !== undefined) {
    return at(node, 'only the name of a value may stand here');
  }
  if (/=\s*$/.test(before)) {
    return at(node, 'put the value of an attribute in quotes');
  }
  return /<(style|script)\b(?!.*<\/\1>)/is.test(before)
    ? at(node, 'no values inside style or script: their hash stands in the security policy')
    : undefined;
}

function blockProblem(node: hbs.AST.BlockStatement, place: Place): string | undefined {
  const name = isPath(node.path) ? node.path.original : '';
  if (!blocks.includes(name)) {
    return at(node, `unknown block {{#${name}}}; there are ${blocks.join(', ')}`);
  }
  if (name === 'each' && place.isInEach) {
    return at(node, 'an each inside an each could grow without bound');
  }
  const inner = { isInEach: place.isInEach || name === 'each', before: place.before };
  const problem =
    programProblem(node.program, inner) ??
    (node.inverse === undefined ? undefined : programProblem(node.inverse, inner));
  place.before = inner.before;
  return problem;
}

function statementProblem(node: hbs.AST.Statement, place: Place): string | undefined {
  if (isContent(node)) {
    place.before += node.value;
    return undefined;
  }
  if (isMustache(node)) {
    const problem = mustacheProblem(node, place.before);
    place.before += '…';
    return problem;
  }
  if (isBlock(node)) {
    return blockProblem(node, place);
  }
  return node.type === 'CommentStatement'
    ? undefined
    : at(node, 'partials and decorators are not allowed');
}

function programProblem(program: hbs.AST.Program, place: Place): string | undefined {
  for (const statement of program.body) {
    const problem = statementProblem(statement, place);
    if (problem !== undefined) {
      return problem;
    }
  }
  return undefined;
}

/** Finds what makes a template unfit, as `:line:column: what is wrong`; undefined when nothing does. */
export function findTemplateProblem(source: string): string | undefined {
  if (source.length > maxSourceLength) {
    return `: it has ${source.length} characters, at most ${maxSourceLength} are allowed`;
  }
  let program: hbs.AST.Program;
  try {
    program = Handlebars.parse(source);
  } catch (error) {
    return parseProblem(error, source);
  }
  return programProblem(program, { isInEach: false, before: '' });
}

/** The parser says where only in its words: the text before the place, line ends left out, over a row of dashes. */
function parseProblem(error: unknown, source: string): string {
  const message = error instanceof Error ? error.message : String(error);
  const mismatch = /^(.*) - (\d+):(\d+)$/.exec(message);
  if (mismatch !== null) {
    return `:${mismatch[2]}:${Number(mismatch[3]) + 1}: ${mismatch[1]}`;
  }
  const [, excerpt = '', pointer = '', ...rest] = message.split('\n');
  const before = excerpt.slice(0, pointer.length - 1).replace(/^\.\.\./, '');
  const place = placeAfter(source, before);
  return `:${place.line}:${place.column}: ${rest.join(' ').trim() || message}`;
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
