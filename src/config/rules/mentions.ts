import type { ASTNode } from '@marcbachmann/cel-js';
import { parseDuration } from '../../lib/duration.ts';
import type { Mentions } from './language.ts';
import { allNodes, literalText, memberName } from './syntax-tree.ts';

/** A probe that a condition cannot do without, and where it says so. */
export interface ProbeMention {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** What a condition asks about. */
export interface ConditionMentions extends Mentions {
  readonly probes: readonly ProbeMention[];
  readonly lookBackMs: number;
}

/** The argument of `has(…)`. */
function askedFor(node: ASTNode): ASTNode | undefined {
  return node.op === 'call' && node.args[0] === 'has' ? node.args[1][0] : undefined;
}

/** Probes that the condition asks for first, by `has(probes.x)` or `"x" in probes`: it speaks about sites without them too. */
function optionalProbes(nodes: readonly ASTNode[]): readonly string[] {
  return nodes.flatMap((node) => {
    const asked = askedFor(node);
    const byHas = asked === undefined ? undefined : memberName(asked, 'probes');
    const isIn = node.op === 'in' && node.args[1].op === 'id' && node.args[1].args === 'probes';
    const byIn = isIn ? literalText(node.args[0]) : undefined;
    return [byHas, byIn].filter((name) => name !== undefined);
  });
}

function windowProbe(node: ASTNode): ProbeMention | undefined {
  const probe = node.op === 'call' && node.args[0] === 'window' ? node.args[1][0] : undefined;
  const name = literalText(probe);
  return probe === undefined || name === undefined
    ? undefined
    : { name, start: probe.start, end: probe.end };
}

function probeMentions(nodes: readonly ASTNode[]): readonly ProbeMention[] {
  const optional = optionalProbes(nodes);
  const found = nodes.flatMap((node): readonly ProbeMention[] => {
    const name = memberName(node, 'probes');
    const member = name === undefined ? undefined : { name, start: node.start, end: node.end };
    return [member, windowProbe(node)].filter((mention) => mention !== undefined);
  });
  return found
    .filter(({ name }) => !optional.includes(name))
    .filter(({ name }, index) => found.findIndex((other) => other.name === name) === index);
}

/** The label that a node reads: `site.labels.tier`. */
function labelName(node: ASTNode): string | undefined {
  const isMember = node.op === '.' || node.op === '[]';
  const owner = isMember ? node.args[0] : undefined;
  const isLabel =
    owner?.op === '.' &&
    owner.args[1] === 'labels' &&
    owner.args[0].op === 'id' &&
    owner.args[0].args === 'site';
  if (!isMember || !isLabel) {
    return undefined;
  }
  return node.op === '.' ? node.args[1] : literalText(node.args[1]);
}

function labelMentions(nodes: readonly ASTNode[]): readonly string[] {
  const asked = nodes.flatMap((node) => {
    const inner = askedFor(node);
    return inner === undefined ? [] : [labelName(inner)];
  });
  return nodes
    .map((node) => labelName(node))
    .filter((name) => name !== undefined)
    .filter((name) => !asked.includes(name));
}

function longestWindow(nodes: readonly ASTNode[]): number {
  const spans = nodes.map((node) =>
    node.op === 'call' && node.args[0] === 'window'
      ? (parseDuration(literalText(node.args[1][1]) ?? '') ?? 0)
      : 0,
  );
  return Math.max(0, ...spans);
}

/** Lists what a condition asks about: probes it needs, signals, labels, and how far it looks back. */
export function mentionsOf(root: ASTNode): ConditionMentions {
  const nodes = allNodes(root);
  return {
    probes: probeMentions(nodes),
    signals: nodes.map((node) => memberName(node, 'signals')).filter((name) => name !== undefined),
    labels: labelMentions(nodes),
    lookBackMs: longestWindow(nodes),
  };
}
