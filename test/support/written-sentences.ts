import { readFileSync } from 'node:fs';
import { parseAst } from 'vite';

/** A node of the syntax tree, as far as this file needs to know it. */
interface Node {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** Stands for whatever a name or a call holds when a sentence is put together. */
const sample = 'x1';

/** What never becomes a sentence for people: imports, types, errors of programmers, alerts (which are not told in other languages). */
function isSilent(node: Node): boolean {
  const callee = isNode(node['callee']) ? node['callee'] : undefined;
  const called = isNode(callee?.['property']) ? callee['property']['name'] : undefined;
  return (
    node.type.startsWith('TS') ||
    node.type === 'ImportDeclaration' ||
    node.type === 'ThrowStatement' ||
    called === 'alert'
  );
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value;
}

function childrenOf(node: Node): readonly Node[] {
  return Object.values(node).flat().filter(isNode);
}

/** Every string that the source of one file can put together, with a sample for what it does not know. */
class Writer {
  readonly #constants = new Map<string, Node[]>();
  readonly #parts = new Set<string>();

  constructor(program: Node) {
    this.#learn(program);
  }

  /** The strings under a node, each whole: what only stands inside another is not told alone. */
  stringsIn(node: Node, isMeant: (node: Node) => boolean, isInside = false): readonly string[] {
    if (isSilent(node)) {
      return [];
    }
    const isIn = isInside || isMeant(node);
    const id = isNode(node['id']) ? node['id']['name'] : undefined;
    if (node.type === 'VariableDeclarator' && typeof id === 'string' && this.#parts.has(id)) {
      return [];
    }
    if (node.type === 'TemplateLiteral' || node.type === 'Literal') {
      return isIn ? this.#expand(node) : [];
    }
    return childrenOf(node).flatMap((child) => this.stringsIn(child, isMeant, isIn));
  }

  #learn(node: Node): void {
    const { id, init } = node;
    if (node.type === 'VariableDeclarator' && isNode(id) && isNode(init)) {
      const name = String(id['name']);
      this.#constants.set(name, [...(this.#constants.get(name) ?? []), init]);
    }
    if (node.type === 'TemplateLiteral') {
      for (const { type, name } of childrenOf(node)) {
        if (type === 'Identifier') {
          this.#parts.add(String(name));
        }
      }
    }
    for (const child of childrenOf(node)) {
      this.#learn(child);
    }
  }

  #expand(node: Node, asked: readonly unknown[] = []): readonly string[] {
    const { type, value, consequent, alternate, name } = node;
    if (type === 'Literal') {
      return typeof value === 'string' ? [value] : [sample];
    }
    if (type === 'TemplateLiteral') {
      return this.#expandTemplate(node, asked);
    }
    if (type === 'ConditionalExpression' && isNode(consequent) && isNode(alternate)) {
      return [...this.#expand(consequent, asked), ...this.#expand(alternate, asked)];
    }
    // A name may lead back to itself in another function of the file.
    const isNew = type === 'Identifier' && !asked.includes(name);
    const known = isNew ? (this.#constants.get(String(name)) ?? []) : [];
    // Functions have constants of one name; the one that was declared last before this is meant.
    const meant = known.findLast((one) => Number(one['start']) < Number(node['start']));
    return meant === undefined ? [sample] : this.#expand(meant, [...asked, name]);
  }

  #expandTemplate(node: Node, asked: readonly unknown[]): readonly string[] {
    const children = childrenOf(node);
    const quasis = children.filter(({ type }) => type === 'TemplateElement');
    const blanks = children.filter(({ type }) => type !== 'TemplateElement');
    return quasis.reduce<readonly string[]>(
      (begun, quasi, at) => {
        const { value } = quasi;
        const words = isCooked(value) ? value.cooked : '';
        const blank = blanks[at];
        const filled = blank === undefined ? [''] : this.#expand(blank, asked);
        return begun.flatMap((text) => filled.map((fill) => `${text}${words}${fill}`));
      },
      [''],
    );
  }
}

function isCooked(value: unknown): value is { readonly cooked: string } {
  return typeof value === 'object' && value !== null && 'cooked' in value;
}

/** The sentences that a source file can write, each with `x1` for what it learns only as it runs. */
export function writtenSentences(
  file: string,
  isMeant: (node: Node) => boolean = () => true,
): readonly string[] {
  const program: unknown = parseAst(readFileSync(file, 'utf8'), { lang: 'ts' });
  if (!isNode(program)) {
    throw new Error(`${file} cannot be parsed`);
  }
  const strings = new Writer(program).stringsIn(program, isMeant);
  return [...new Set(strings)].filter((text) =>
    /[a-z]{2} [a-z]|x1 [a-z]{2}|[a-z]{2} x1/.test(text),
  );
}

/** True for what a call of one of these functions, or a property or constant of one of these names, holds. */
export function isNamed(names: readonly string[]): (node: Node) => boolean {
  return (node) => {
    const key = node['id'] ?? node['key'] ?? node['callee'];
    const called = isNode(key) ? key['property'] : undefined;
    const own = isNode(called) ? called : key;
    return isNode(own) && names.includes(String(own['name']));
  };
}
