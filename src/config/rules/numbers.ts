import { type ASTNode, serialize } from '@marcbachmann/cel-js';
import { allNodes, childrenOf, literalNumber } from './syntax-tree.ts';

/**
 * CEL keeps whole numbers and doubles apart: `latencyMs / 2` and `status == 503` would be type errors. Facts are doubles,
 * so whole numbers in a condition are written as doubles too, apart from arguments of functions (places in a text).
 */
export interface DoubledCondition {
  readonly text: string;
  /** Leads from a place in the doubled text back to the condition as it was written. */
  readonly original: (offset: number) => number;
}

const suffix = '.0';

/** Writes the whole numbers of a condition as doubles. */
export function doubleNumbers(condition: string, root: ASTNode): DoubledCondition {
  const isArgument = new Set(
    allNodes(root).flatMap((node) => {
      if (node.op === 'call' || node.op === '[]') {
        return childrenOf(node);
      }
      return node.op === 'rcall' ? node.args[2] : [];
    }),
  );
  const ends = allNodes(root)
    .filter((node) => node.op === 'value' && typeof node.args === 'bigint')
    .filter((node) => !isArgument.has(node) && /^\d+$/.test(condition.slice(node.start, node.end)))
    .map(({ end }) => end)
    .sort((a, b) => a - b);
  let text = '';
  let from = 0;
  for (const end of ends) {
    text += condition.slice(from, end) + suffix;
    from = end;
  }
  const original = (offset: number): number => {
    const before = ends.filter((end, index) => end + index * suffix.length < offset).length;
    return Math.max(0, offset - before * suffix.length);
  };
  return { text: text + condition.slice(from), original };
}

/**
 * Makes a division by nothing an error, as it is for whole numbers: as a double it would be Infinity or NaN,
 * and a comparison with NaN is silently false. Changes the tree; returns it as text.
 */
export function guardDivisions(root: ASTNode, parse: (text: string) => ASTNode): string {
  let isChanged = false;
  for (const node of allNodes(root)) {
    const isDivision = node.op === '/' || node.op === '%';
    if (isDivision && literalNumber(node.args[1]) === undefined) {
      const guard = parse('nonzero(0.0)');
      if (guard.op === 'call') {
        guard.args[1][0] = node.args[1];
        node.args[1] = guard;
        isChanged = true;
      }
    }
  }
  return isChanged ? serialize(root) : root.input;
}
