import type { ASTNode } from '@marcbachmann/cel-js';

/** The parts of one node of a condition, from left to right. */
export function childrenOf(node: ASTNode): readonly ASTNode[] {
  switch (node.op) {
    case 'value':
    case 'id':
      return [];
    case '.':
    case '.?':
      return [node.args[0]];
    case 'call':
      return node.args[1];
    case 'rcall':
      return [node.args[1], ...node.args[2]];
    case 'map':
      return node.args.flat();
    case '!_':
    case '-_':
      return [node.args];
    default:
      return node.args;
  }
}

/** Every node of a condition, the outer before the inner. */
export function allNodes(node: ASTNode): readonly ASTNode[] {
  return [node, ...childrenOf(node).flatMap((child) => allNodes(child))];
}

/** The text of a text literal, or undefined for anything else. */
export function literalText(node: ASTNode | undefined): string | undefined {
  return node?.op === 'value' && typeof node.args === 'string' ? node.args : undefined;
}

/** The number of a number literal, or undefined for anything else. */
export function literalNumber(node: ASTNode | undefined): number | undefined {
  const isNumber =
    node?.op === 'value' && (typeof node.args === 'number' || typeof node.args === 'bigint');
  return isNumber ? Number(node.args) : undefined;
}

/** For `things.name` and `things["name"]`: the name; undefined when the node is something else or the name is computed. */
export function memberName(node: ASTNode, things: string): string | undefined {
  const isMember = node.op === '.' || node.op === '[]';
  if (!isMember || node.args[0].op !== 'id' || node.args[0].args !== things) {
    return undefined;
  }
  return node.op === '.' ? node.args[1] : literalText(node.args[1]);
}
