import type { ASTNode, Environment } from '@marcbachmann/cel-js';
import { parseDuration } from '../../lib/duration.ts';
import { suggest } from '../../lib/nearest.ts';
import { hour, second } from '../../lib/time.ts';
import { patternProblem } from '../schema/site-schema.ts';
import { closedSets, type Kind, roots, vocabulary } from './language.ts';
import { allNodes, literalNumber, literalText, memberName } from './syntax-tree.ts';

/** Samples are kept no longer than this. */
export const maxLookBackMs = hour;

/** Something wrong inside a condition, by its place in the text. */
export interface ConditionProblem {
  readonly start: number;
  readonly end: number;
  readonly what: string;
  readonly remedy: string;
}

const macros = ['all', 'exists', 'exists_one', 'map', 'filter', 'bind'];

const typeNames = ['bool', 'bytes', 'cel', 'double', 'dyn', 'int', 'list', 'map', 'string', 'type'];

function at(
  { start, end }: { readonly start: number; readonly end: number },
  what: string,
  remedy: string,
): ConditionProblem {
  return { start, end, what, remedy };
}

function lastWord(node: ASTNode, word: string): { readonly start: number; readonly end: number } {
  return { start: node.end - word.length, end: node.end };
}

/** What kind of thing a node stands for, as far as its words alone tell. */
function kindOf(node: ASTNode): Kind | undefined {
  if (node.op === 'id') {
    const name = node.args;
    return name === 'site' || name === 'host' || name === 'vantages' ? name : undefined;
  }
  if (node.op === 'call' && node.args[0] === 'window') {
    return 'window';
  }
  const isProbe =
    (node.op === '.' || node.op === '[]') &&
    node.args[0].op === 'id' &&
    node.args[0].args === 'probes';
  return isProbe ? 'probe' : undefined;
}

function unknownNames(nodes: readonly ASTNode[]): readonly ConditionProblem[] {
  const bound = nodes.flatMap((node) => {
    const variable =
      node.op === 'rcall' && macros.includes(node.args[0]) ? node.args[2][0] : undefined;
    return variable?.op === 'id' ? [variable.args] : [];
  });
  const known: readonly string[] = [...roots, ...bound, ...typeNames];
  return nodes.flatMap((node) =>
    node.op !== 'id' || known.includes(node.args)
      ? []
      : [at(node, `unknown word ${node.args}`, suggest(node.args, roots))],
  );
}

function unknownFields(nodes: readonly ASTNode[]): readonly ConditionProblem[] {
  return nodes.flatMap((node) => {
    const kind = node.op === '.' ? kindOf(node.args[0]) : undefined;
    if (node.op !== '.' || kind === undefined) {
      return [];
    }
    const known = Object.keys(vocabulary[kind]);
    const field = node.args[1];
    const what = `unknown word ${field}: ${kind} facts have no such field`;
    return known.includes(field) ? [] : [at(lastWord(node, field), what, suggest(field, known))];
  });
}

function unknownFunctions(
  nodes: readonly ASTNode[],
  environment: Environment,
): readonly ConditionProblem[] {
  const known = environment.getDefinitions().functions.map(({ name }) => name);
  const useful = known.filter((name) => name !== 'matches' && name !== 'nonzero');
  return nodes.flatMap((node) => {
    if (node.op !== 'call' && node.op !== 'rcall') {
      return [];
    }
    const name = node.args[0];
    if (name === 'matches') {
      const what = 'matches() may take minutes on a text made for it';
      return [at(node, what, 'write re(text, pattern): RE2 takes linear time')];
    }
    const isKnown = known.includes(name) || macros.includes(name) || name === 'has';
    return isKnown ? [] : [at(node, `unknown function ${name}`, suggest(name, [...useful, 'has']))];
  });
}

/** Words compared with a field from a closed set must be of that set: a typo would make the rule silent. */
function unknownMembers(nodes: readonly ASTNode[]): readonly ConditionProblem[] {
  return nodes.flatMap((node) => {
    if (node.op !== '==' && node.op !== '!=' && node.op !== 'in') {
      return [];
    }
    const [left, right] = node.args;
    const [field, other] = left.op === '.' ? [left, right] : [right, left];
    const set =
      field.op === '.' && kindOf(field.args[0]) !== undefined
        ? closedSets[field.args[1]]
        : undefined;
    const literals = other.op === 'list' ? other.args : [other];
    return literals.flatMap((literal) => {
      const word = literalText(literal);
      const isKnown = word === undefined || set === undefined || set.includes(word);
      return isKnown ? [] : [at(literal, `it is never "${word}"`, suggest(word, set))];
    });
  });
}

function badWindows(nodes: readonly ASTNode[]): readonly ConditionProblem[] {
  return nodes.flatMap((node) => {
    if (node.op !== 'call' || node.args[0] !== 'window' || node.args[1].length !== 2) {
      return [];
    }
    const span = node.args[1][1] ?? node;
    const ms = parseDuration(literalText(span) ?? '');
    return ms !== undefined && ms >= second && ms <= maxLookBackMs
      ? []
      : [at(span, 'a window must be a time of 1s to 1h in quotes', 'write window("web", "5m")')];
  });
}

function badPatterns(nodes: readonly ASTNode[]): readonly ConditionProblem[] {
  return nodes.flatMap((node) => {
    const pattern = node.op === 'call' && node.args[0] === 're' ? node.args[1][1] : undefined;
    const text = literalText(pattern);
    const problem = text === undefined ? undefined : patternProblem(text);
    return pattern === undefined || problem === undefined
      ? []
      : [
          at(
            pattern,
            `this is not an RE2 pattern: ${problem}`,
            'RE2 has no look-around and no back-references',
          ),
        ];
  });
}

function zeroDivisors(nodes: readonly ASTNode[]): readonly ConditionProblem[] {
  return nodes.flatMap((node) =>
    (node.op === '/' || node.op === '%') && literalNumber(node.args[1]) === 0
      ? [at(node.args[1], 'this divides by zero', 'correct the number')]
      : [],
  );
}

function computedSignals(nodes: readonly ASTNode[]): readonly ConditionProblem[] {
  return nodes.flatMap((node) => {
    const isSignal =
      node.op === '[]' && node.args[0].op === 'id' && node.args[0].args === 'signals';
    return isSignal && memberName(node, 'signals') === undefined
      ? [at(node, 'the name of a signal cannot be computed', 'write signals.name')]
      : [];
  });
}

/** Every word of a condition that is not known, and every call that must not be made, all at once. */
export function inspectCondition(
  root: ASTNode,
  environment: Environment,
): readonly ConditionProblem[] {
  const nodes = allNodes(root);
  return [
    ...unknownNames(nodes),
    ...unknownFields(nodes),
    ...unknownFunctions(nodes, environment),
    ...unknownMembers(nodes),
    ...badWindows(nodes),
    ...badPatterns(nodes),
    ...zeroDivisors(nodes),
    ...computedSignals(nodes),
  ];
}
