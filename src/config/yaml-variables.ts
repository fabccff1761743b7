import { type Document, isPair, type Node, type Scalar, visit } from 'yaml';

/** Variables by name, as the process was started with. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A plain value that was one variable keeps the type its text has, as if it stood in the file. */
function typed(text: string): string | number | boolean {
  if (/^-?\d{1,15}$/.test(text)) {
    return Number(text);
  }
  return text === 'true' || text === 'false' ? text === 'true' : text;
}

interface Replaced {
  readonly text: string;
  readonly missing: readonly string[];
}

/** Replaces `${NAME}`; `$${NAME}` stays as the text `${NAME}`. */
function replaceVariables(text: string, env: Environment): Replaced {
  const missing: string[] = [];
  const replaced = text.replace(
    /\$(\$\{|\{([A-Za-z_][A-Za-z0-9_]*)\})/g,
    (whole, rest: string, name: string | undefined) => {
      if (name === undefined) {
        return rest;
      }
      const value = env[name];
      if (value === undefined) {
        missing.push(name);
      }
      return value ?? whole;
    },
  );
  return { text: replaced, missing };
}

interface Replacement {
  /** Scalars that were changed, with what stands in the file. */
  readonly written: ReadonlyMap<unknown, string>;
  readonly missing: readonly { readonly node: Node; readonly name: string }[];
}

/** Replaces `${NAME}` in every value of a document (never in keys), and remembers what stood there. */
export function replaceAll(document: Document, env: Environment): Replacement {
  const written = new Map<unknown, string>();
  const missing: { node: Node; name: string }[] = [];
  const replaceIn = (node: Scalar): void => {
    const before = node.value;
    if (typeof before !== 'string' || !before.includes('${')) {
      return;
    }
    const after = replaceVariables(before, env);
    missing.push(...after.missing.map((name) => ({ node, name })));
    written.set(node, before);
    const isPlain = node.type === 'PLAIN' && /^\$\{[^{}]*\}$/.test(before);
    node.value = isPlain ? typed(after.text) : after.text;
  };
  visit(document, {
    Scalar(key, node, ancestors) {
      const isKey = key === 'key' && isPair(ancestors.at(-1));
      if (!isKey) {
        replaceIn(node);
      }
    },
  });
  return { written, missing };
}
