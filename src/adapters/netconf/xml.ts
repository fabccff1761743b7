import { XMLParser, XMLValidator } from 'fast-xml-parser';

/** One element of an answer, without the prefixes of its namespaces. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** Its own text, without that of its children and without blanks at either end. */
  readonly text: string;
}

/** Answers of routers nest about fifteen deep; more is no answer. */
const maxDepth = 64;

const attributePrefix = '@_';

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: attributePrefix,
  removeNSPrefix: true,
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: true,
  ignoreDeclaration: true,
  ignorePiTags: true,
});

/** The root element of a text, or undefined when the text is not one whole, well-formed element. Never throws. */
export function parseXml(untrimmed: string): XmlElement | undefined {
  // Many servers begin with an empty line, before which no declaration may stand.
  const text = untrimmed.trim();
  // Entities of one's own are the way to small texts that fill the memory; no router sends any.
  if (/<!(DOCTYPE|ENTITY)/i.test(text) || XMLValidator.validate(text) !== true) {
    return undefined;
  }
  try {
    const nodes: unknown = parser.parse(text);
    const roots = toElements(nodes, 0);
    return roots?.length === 1 ? roots[0] : undefined;
  } catch {
    return undefined;
  }
}

/** The first element of a name, the element itself included, in the order of the text. */
export function findElement(root: XmlElement, name: string): XmlElement | undefined {
  if (root.name === name) {
    return root;
  }
  for (const child of root.children) {
    const found = findElement(child, name);
    if (found !== undefined) {
      return found;
    }
  }
  return undefined;
}

/** Every element of a name below another, at any depth. */
export function findElements(root: XmlElement, name: string): readonly XmlElement[] {
  return root.children.flatMap((child) => [
    ...(child.name === name ? [child] : []),
    ...findElements(child, name),
  ]);
}

/** The children of a name. */
export function childrenOf(element: XmlElement, name: string): readonly XmlElement[] {
  return element.children.filter((child) => child.name === name);
}

/** The text of the first child of a name; empty when there is none. */
export function textOf(element: XmlElement, name: string): string {
  return element.children.find((child) => child.name === name)?.text ?? '';
}

/** Makes text fit to stand in an element or an attribute. */
export function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

function toElements(nodes: unknown, depth: number): readonly XmlElement[] | undefined {
  if (!Array.isArray(nodes) || depth > maxDepth) {
    return undefined;
  }
  const elements: XmlElement[] = [];
  for (const node of nodes) {
    const [name, content] = isRecord(node) ? nameAndContent(node) : [undefined, undefined];
    if (name === undefined || name === '#text') {
      continue;
    }
    const children = toElements(content, depth + 1);
    if (children === undefined) {
      return undefined;
    }
    elements.push({ name, children, attributes: attributesOf(node), text: ownText(content) });
  }
  return elements;
}

function nameAndContent(node: Readonly<Record<string, unknown>>): readonly [string?, unknown?] {
  const name = Object.keys(node).find((key) => key !== ':@');
  return name === undefined ? [] : [name, node[name]];
}

function attributesOf(node: unknown): ReadonlyMap<string, string> {
  const attributes = isRecord(node) ? node[':@'] : undefined;
  return new Map(
    Object.entries(isRecord(attributes) ? attributes : {}).map(([key, value]) => [
      key.slice(attributePrefix.length),
      String(value),
    ]),
  );
}

function ownText(content: unknown): string {
  const parts = Array.isArray(content) ? content : [];
  return parts
    .map((part: unknown) => (isRecord(part) && '#text' in part ? String(part['#text']) : ''))
    .join('')
    .trim();
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
