import { createHash } from 'node:crypto';
import path from 'node:path';
import type { Problem } from '../lib/problem.ts';
import { duplicates } from './duplicates.ts';
import { checkSecretFile, readText } from './files.ts';
import type { Finding } from './finding.ts';
import { tokensSchema } from './schema/config-schema.ts';
import { issueProblems } from './schema-problems.ts';
import type { TokenSettings } from './settings.ts';
import { openYaml } from './yaml-source.ts';

/** What a file of tokens holds. Problems stand in that file, findings in the one that names it. */
export interface TokensReading {
  readonly tokens: readonly TokenSettings[];
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Two people with one token could not be told apart in the audit. The token itself is not repeated. */
function sameTokens(tokens: readonly TokenSettings[]): readonly Finding[] {
  return tokens.flatMap(({ name, sha256: digest }, index) => {
    const before = tokens.slice(0, index).find((other) => other.sha256 === digest);
    return before === undefined
      ? []
      : [
          {
            path: ['tokens', index, 'name'],
            what: `${name} has the same token as ${before.name}`,
            remedy: 'make a new one with: openssl rand -hex 32',
          },
        ];
  });
}

/** Reads the text of a file of tokens. Plain tokens are hashed here and kept nowhere. */
export function readTokens(file: string, text: string): TokensReading {
  const source = openYaml(file, text);
  if (source.problems.length > 0) {
    // The parser's own words may repeat the line, which may hold a token.
    const bare = source.problems.map((problem) => ({ ...problem, what: 'this is not YAML' }));
    return { tokens: [], problems: bare, warnings: [] };
  }
  const parsed = tokensSchema.safeParse(source.data);
  if (!parsed.success) {
    const problems = issueProblems({ source, isSecret: true }, parsed.error.issues);
    return { tokens: [], problems, warnings: [] };
  }
  const written = parsed.data.tokens;
  const tokens = written.map(({ name, role, sha256: digest, token }) => ({
    name,
    role,
    sha256: digest ?? sha256(token ?? ''),
  }));
  const names = tokens.map(({ name }, index) => ({ key: name, path: ['tokens', index, 'name'] }));
  const findings = [
    ...duplicates(names, 'the name', 'give each token its own name'),
    ...sameTokens(tokens),
  ];
  return {
    tokens,
    problems: findings.map(({ path: at, ...said }) => ({ ...source.place(at), ...said })),
    warnings: written.flatMap(({ name, token }, index) =>
      token === undefined
        ? []
        : [
            {
              ...source.place(['tokens', index, 'name']),
              what: `token ${name} is written in plain text`,
              remedy: 'write sha256: instead, from: printf %s TOKEN | sha256sum',
            },
          ],
    ),
  };
}

/** Loads the file of tokens named by the configuration. */
export function loadTokens(
  file: string,
  show: (file: string) => string,
): TokensReading & { readonly findings: readonly Finding[] } {
  const at = ['admin', 'tokensFile'];
  const findings = checkSecretFile(file, at);
  const content = readText(path.resolve(file));
  return 'error' in content
    ? { tokens: [], problems: [], warnings: [], findings }
    : { ...readTokens(show(file), content.text), findings };
}
