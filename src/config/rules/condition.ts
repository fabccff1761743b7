import {
  type ASTNode,
  type TypeError as CelTypeError,
  type Environment,
  EvaluationError,
  ParseError,
} from '@marcbachmann/cel-js';
import type { Facts } from '../../core/facts.ts';
import type { RuleAnswer } from '../../core/rule.ts';
import { type ConditionProblem, inspectCondition } from './inspect.ts';
import { maxConditionNodes, presentFacts, type RuleLanguage } from './language.ts';
import { type ConditionMentions, mentionsOf } from './mentions.ts';
import { type DoubledCondition, doubleNumbers, guardDivisions } from './numbers.ts';

/** A longer condition is several rules. */
export const maxConditionLength = 4_000;

/** A condition ready to be asked. */
export interface Condition {
  /** Never throws: what cannot be evaluated is answered with its reason. */
  readonly when: (facts: Facts) => RuleAnswer;
  readonly mentions: ConditionMentions;
}

export type CompiledCondition =
  | { readonly condition: Condition; readonly problems: readonly [] }
  | { readonly condition?: undefined; readonly problems: readonly ConditionProblem[] };

const evaluationWords: Readonly<Record<string, string>> = {
  no_such_key: 'is not known',
  unknown_variable: 'is not known',
};

/** Says in the words of the condition what could not be evaluated. */
function whyNot(error: unknown): string {
  if (!(error instanceof EvaluationError)) {
    return error instanceof Error ? error.message : String(error);
  }
  const words = evaluationWords[error.code];
  const input = error.node?.input ?? '';
  const subject = /[\w.[\]"]+$/.exec(input.slice(0, error.range?.end ?? 0))?.[0];
  return words === undefined || subject === undefined ? error.summary : `${subject} ${words}`;
}

function syntaxProblem(error: unknown, condition: string): ConditionProblem {
  if (!(error instanceof ParseError)) {
    throw error;
  }
  const whole = { start: 0, end: condition.length };
  if (error.code === 'limit_exceeded') {
    const what = `the condition is too large: more than ${maxConditionNodes} parts, or too deeply nested`;
    return { ...whole, what, remedy: 'split it into several rules' };
  }
  const range = error.range ?? whole;
  const end = Math.max(range.end, range.start + 1);
  return {
    start: Math.min(range.start, Math.max(0, condition.length - 1)),
    end,
    what: `the condition cannot be read: ${error.summary}`,
    remedy: 'a condition reads like: probes.web.verdict == "down" && probes.web.fails > 3',
  };
}

function typeProblem(
  error: ParseError | CelTypeError | undefined,
  { text, original }: DoubledCondition,
): ConditionProblem {
  const range = error?.range ?? { start: 0, end: text.length };
  const summary = error?.summary ?? 'the types do not fit';
  return {
    start: original(range.start),
    end: original(range.end),
    what: summary.replaceAll('double', 'number').replaceAll(/(\w+)View/g, '$1'),
    remedy: 'compare text with text in quotes, and numbers with numbers',
  };
}

function checked(doubled: DoubledCondition, environment: Environment): readonly ConditionProblem[] {
  const { valid, type, error } = environment.check(doubled.text);
  if (!valid) {
    return [typeProblem(error, doubled)];
  }
  const whole = { start: 0, end: doubled.original(doubled.text.length) };
  return type === 'bool'
    ? []
    : [
        {
          ...whole,
          what: 'the condition is not true or false',
          remedy: 'compare it with something',
        },
      ];
}

function evaluator(
  language: RuleLanguage,
  doubled: DoubledCondition,
  mentions: ConditionMentions,
): Condition['when'] {
  const { environment } = language;
  const parse = (text: string): ASTNode => environment.parse(text).ast;
  const run = environment.parse(guardDivisions(parse(doubled.text), parse));
  return (facts) => {
    try {
      const answer: unknown = language.within(facts, () => run(presentFacts(facts, mentions)));
      return typeof answer === 'boolean' ? answer : { error: 'the answer is not true or false' };
    } catch (error) {
      return { error: whyNot(error) };
    }
  };
}

/** Compiles a condition, or tells everything that is wrong with it. */
export function compileCondition(text: string, language: RuleLanguage): CompiledCondition {
  if (text.length > maxConditionLength) {
    const what = `the condition is longer than ${maxConditionLength} characters`;
    return {
      problems: [{ start: 0, end: text.length, what, remedy: 'split it into several rules' }],
    };
  }
  let root: ASTNode;
  try {
    root = language.environment.parse(text).ast;
  } catch (error) {
    return { problems: [syntaxProblem(error, text)] };
  }
  const words = inspectCondition(root, language.environment);
  const doubled = doubleNumbers(text, root);
  const problems = words.length > 0 ? words : checked(doubled, language.environment);
  if (problems.length > 0) {
    return { problems };
  }
  const mentions = mentionsOf(root);
  return { condition: { when: evaluator(language, doubled, mentions), mentions }, problems: [] };
}
