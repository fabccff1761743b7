import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  maxPageBytes,
  maxSteps,
  readTemplate,
  type TemplateReading,
} from '../../../../../src/adapters/publishers/snapshot/template.ts';
import { formatProblem } from '../../../../../src/lib/problem.ts';

const sample = {
  title: 'T <&">',
  tone: 'incident',
  logo: 'data:',
  url: 'https://example.org/',
  body: { toHTML: () => '<p>b</p>' },
  links: [{ url: 'https://example.org/', label: 'L' }],
  words: { retry: 'Again', mass: { heading: 'H' } },
};

describe('a page template', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'detour-template-'));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  function read(page: string, parts: Readonly<Record<string, string>> = {}): TemplateReading {
    for (const [name, text] of Object.entries({ ...parts, 'page.hbs': page })) {
      writeFileSync(join(folder, name), text);
    }
    return readTemplate(join(folder, 'page.hbs'), [folder], [sample]);
  }

  const told = ({ problems }: TemplateReading): readonly string[] =>
    problems.map((problem) => formatProblem(problem).replace(`${folder}/`, ''));

  it('fills in values, escaped, with its parts in place', () => {
    const { template } = read(
      '@include top.hbs\n{{#each links}}<a href="{{url}}">{{label}} {{../words.retry}}</a>{{else}}-{{/each}}',
      { 'top.hbs': '<p class="{{tone}}">{{#unless logo}}-{{else}}{{title}}{{/unless}}</p>' },
    );

    expect(template?.render(sample)).toBe(
      '<p class="incident">T &lt;&amp;&quot;&gt;</p>\n<a href="https://example.org/">L Again</a>',
    );
    expect(template?.render({ ...sample, links: [] })).toMatch(/-$/);
  });

  it.each([
    ['a raw value', '<p>\n  {{{title}}}', '2:3: {{{…}}} and {{&…}} are not allowed'],
    ['a raw value in its other spelling', '<p>{{&title}}', '1:4: {{{…}}} and {{&…}}'],
    ['a partial', 'a\nb {{> footer}}', '2:3: partials and decorators are not allowed'],
    ['a decorator', '{{* x}}', '1:1: partials and decorators'],
    ['an inline partial', '{{#*inline "x"}}{{/inline}}', '1:1: partials and decorators'],
    ['an unknown block', '{{#wth title}}{{/wth}}', '1:1: unknown block {{#wth}}'],
    [
      'a block of the engine that we do not have',
      '{{#with links}}{{/with}}',
      '1:1: unknown block {{#with}}',
    ],
    ['an unknown helper', '<b>{{shout title}}', '1:4: unknown helper shout'],
    ['a helper of the engine', '<b>{{lookup this "title"}}', '1:4: unknown helper lookup'],
    [
      'a name that is misspelt',
      '<p>\n{{titel}}',
      '2:3: there is no value titel - did you mean title?',
    ],
    [
      'a name that is misspelt far inside',
      '{{words.mass.headng}}',
      '1:3: there is no value words.mass.headng - did you mean heading?',
    ],
    [
      'a misspelt condition',
      '{{#if logi}}x{{/if}}',
      '1:7: there is no value logi - did you mean logo?',
    ],
    [
      'a name from outside a list without its way out',
      '{{#each links}}{{title}}{{/each}}',
      '1:18: there is no value title',
    ],
    ['a list that is none', '{{#each words}}x{{/each}}', '1:9: words is not a list'],
    ['the prototype', '{{constructor}}', '1:3: there is no value constructor'],
    [
      'the prototype of a value',
      '{{title.constructor.name}}',
      '1:3: there is no value title.constructor.name',
    ],
    ['the prototype by its other name', '{{__proto__}}', '1:3: there is no value __proto__'],
    ['a method', '{{links.length}}', '1:3: there is no value links.length'],
    ['a name of the engine', '{{@root}}', '1:3: {{@root}} is not a value of a notice'],
    ['everything at once', '{{this}}', '1:3: {{this}} is not a value of a notice'],
    [
      'loops inside loops',
      '{{#each links}}\n{{#each ../links}}{{/each}}{{/each}}',
      '2:1: an each inside an each',
    ],
    ['a block without a subject', '{{#if}}{{/if}}', '1:1: {{#if}} takes the name of one value'],
    [
      'a value that is computed',
      '{{#if (title)}}{{/if}}',
      '1:1: {{#if}} takes the name of one value',
    ],
    [
      'an attribute without quotes',
      '<a href={{url}}>',
      '1:9: the value of an attribute needs quotes',
    ],
    [
      'HTML inside a tag',
      '<a title="{{body}}">',
      '1:11: {{body}} is HTML and may not stand inside a tag',
    ],
    [
      'a value inside a script',
      '<script>\nlet x = 1\n{{title}}</script>',
      '3:1: no value may stand inside style or script',
    ],
    ['a raw value inside a block', '{{#if logo}}\n\n {{{title}}}{{/if}}', '3:2: {{{…}}}'],
    ['a block that never ends', '<p>\n{{#if logo}}', '2:13: '],
    [
      'a block that ends as another',
      '<p>\n  {{#if logo}} x {{/each}}',
      "2:6: if doesn't match each",
    ],
    ['a value that never ends', 'one\ntwo\n  <p>{{foo bar</p>', '3:12: '],
    ['an end without a beginning', 'a\nb{{/if}}', '2:2: '],
    [
      'a part that is not there',
      'a\n@include foott.hbs',
      '2:1: there is no file foott.hbs to include - did you mean foot.hbs?',
    ],
    [
      'a part elsewhere',
      '@include ../../etc/passwd',
      '1:1: there is no file ../../etc/passwd to include',
    ],
    [
      'a circle of parts',
      '@include page.hbs',
      '1:1: page.hbs is included too deep, or in a circle',
    ],
  ])('is refused for %s, with the place', (_, page, problem) => {
    expect(told(read(page)).join('\n')).toContain(`page.hbs:${problem}`);
  });

  it('names the part in which something is wrong, by its own lines', () => {
    const reading = read('one\n@include top.hbs\n{{titel}}', { 'top.hbs': 'two\n  {{{title}}}' });

    expect(told(reading)).toEqual([
      expect.stringMatching(/^top\.hbs:2:3: \{\{\{…/),
      expect.stringMatching(/^page\.hbs:3:3: there is no value titel/),
    ]);
  });

  it('is refused for blocks piled higher than the compiler could bear', () => {
    const depth = 4_000;
    const reading = read(`${'{{#if logo}}'.repeat(depth)}${'{{/if}}'.repeat(depth)}`);

    expect(told(reading).join()).toMatch(/blocks inside each other|characters/);
  });

  it('is refused when it has more than 64 KiB of source', () => {
    expect(told(read('x'.repeat(65_537))).join()).toContain('65537 characters');
  });

  it('is refused when it would grow bigger than a page may be', () => {
    const reading = read(`${'x'.repeat(1_000)}${'{{title}}'.repeat(6_000)}`);

    expect(told(reading).join()).toContain(`at most ${maxPageBytes} are allowed`);
  });

  it('stops after its steps, however much there is to go through', () => {
    const { template } = read('{{#each links}}{{#if url}}x{{/if}}{{/each}}');
    const links = Array.from({ length: maxSteps }, () => sample.links[0]);

    expect(() => template?.render({ ...sample, links })).toThrow(/more than 2000 steps/);
    expect(template?.render(sample)).toBe('x');
  });

  it('does not reach the prototypes of what it is given', () => {
    const { template } = read('<b>{{title}}</b>');
    const inherited = Object.create({ title: 'from the prototype' });

    expect(template?.render(inherited)).toBe('<b></b>');
  });
});
