import { branchesOf, configJsonSchema, type SchemaNode, tokensJsonSchema } from './describe.ts';
import { formKey } from './schema/parts.ts';

const intro = `# Configuration

<!-- Made by scripts/generate-docs.ts from the schema in src/config/schema; edit that instead. -->

One YAML file holds everything: \`detour serve --config.file=detour.yaml\`. [examples/detour.yaml](../examples/detour.yaml) is a complete one.

- \`detour check-config\` tells every problem at once, each with file, line, column and what to do. A bad file is refused as a whole; at a reload the old configuration stays.
- Durations are \`500ms\`, \`10s\`, \`5m\`, \`2h\`, \`3d\`.
- \`\${NAME}\` is replaced by that variable of the environment, in values only; one that is not set is an error. \`$\${NAME}\` stays as it is.
- Secrets come by file (\`…File\`) and are never printed. Paths are relative to the configuration file.
- Editors check the file as you type with [detour.schema.json](detour.schema.json): put \`# yaml-language-server: $schema=…/detour.schema.json\` on its first line.
- \`sites\` may leave out \`addresses\`: they are then resolved from the hostnames once, shown, and pinned.
`;

function formOf(node: SchemaNode): string {
  const form = node[formKey];
  if (form !== undefined) {
    return form;
  }
  if (node.const !== undefined) {
    return `\`${String(node.const)}\``;
  }
  if (node.enum !== undefined) {
    return node.enum.map((value) => `\`${String(value)}\``).join(', ');
  }
  const branches = branchesOf(node);
  if (branches[0] !== node) {
    return [...new Set(branches.map(formOf))].join(' or ');
  }
  if (node.type === 'array') {
    const item = node.items === undefined ? 'anything' : formOf(node.items);
    return `list of ${item}`;
  }
  const names: Readonly<Record<string, string>> = {
    string: 'text',
    integer: 'whole number',
    number: 'number',
    boolean: 'true or false',
    object: 'map',
  };
  return names[node.type ?? ''] ?? 'anything';
}

function defaultOf(node: SchemaNode, isRequired: boolean): string {
  const value = node.default;
  if (value === undefined) {
    return isRequired ? '**required**' : '';
  }
  const isEmptyMap = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isEmptyMap ? '' : `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}

/** Maps further in, with the name under which each gets its own table. */
function innerMaps(name: string, node: SchemaNode): readonly (readonly [string, SchemaNode])[] {
  return branchesOf(node).flatMap((branch) => {
    const [inner, suffix] = branch.items === undefined ? [branch, ''] : [branch.items, '[]'];
    const forms = branchesOf(inner).filter(({ properties }) => properties !== undefined);
    return forms.map((form): readonly [string, SchemaNode] => {
      const kind = form.properties?.['type']?.const;
      return [`${name}${suffix}${kind === undefined ? '' : ` (type ${String(kind)})`}`, form];
    });
  });
}

function table(title: string, node: SchemaNode): string {
  const keys = Object.entries(node.properties ?? {});
  const rows = keys.map(([key, value]) => {
    const isRequired = node.required?.includes(key) === true;
    const cells = [
      `\`${key}\``,
      formOf(value),
      defaultOf(value, isRequired),
      value.description ?? '',
    ];
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  });
  const head = `## ${title}\n\n| key | form | default | meaning |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n`;
  const inner = keys.flatMap(([key, value]) =>
    innerMaps(title === 'Top level' ? key : `${title.replace(/ \(type .*$/, '')}.${key}`, value),
  );
  return [head, ...inner.map(([name, form]) => table(name, form))].join('\n');
}

/** The page docs/configuration.md: every key with its form, default and meaning. */
export function configurationPage(): string {
  const tokens = `# The file of tokens\n\nNamed by \`admin.tokensFile\`; [examples/tokens.yaml](../examples/tokens.yaml) is one. Its rights should be 0640 or less.\n`;
  const tokenTable = innerMaps('tokens', tokensJsonSchema().properties?.['tokens'] ?? {})
    .map(([name, form]) => table(name, form))
    .join('\n');
  return `${intro}\n${table('Top level', configJsonSchema())}\n${tokens}\n${tokenTable}`;
}

/** The text of docs/detour.schema.json, for editors. */
export function configSchemaText(): string {
  const schema = {
    title: 'Detour configuration',
    $id: 'detour.schema.json',
    ...configJsonSchema(),
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}
