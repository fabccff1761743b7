import { describe, expect, it } from 'vitest';
import { findTemplateProblem } from '../../../../../src/adapters/publishers/snapshot/template-check.ts';

describe('findTemplateProblem', () => {
  it('finds nothing wrong with a plain page', () => {
    const page =
      '<p class="{{tone}}">{{#if logo}}<img src="{{logo}}">{{else}}-{{/if}}{{words.retry}}</p>';

    expect(findTemplateProblem(page)).toBeUndefined();
  });

  it.each([
    ['a raw value', '<p>\n  {{{title}}}', ':2:3: write {{…}}'],
    ['a raw value in its other spelling', '<p>{{&title}}', ':1:4: write {{…}}'],
    ['a partial', 'a\nb {{> footer}}', ':2:3: partials'],
    ['an unknown block', '{{#with site}}{{/with}}', ':1:1: unknown block {{#with}}'],
    ['a helper call', '<b>{{lookup this name}}', ':1:4: only the name'],
    ['loops inside loops', '{{#each a}}\n{{#each b}}{{/each}}{{/each}}', ':2:1: an each inside'],
    ['an attribute without quotes', '<a href={{url}}>', ':1:9: put the value'],
    ['a value inside a script', '<script>\nlet x = 1\n{{y}}</script>', ':3:1: no values inside'],
    ['a raw value inside a block', '{{#if a}}\n\n {{{b}}}{{/if}}', ':3:2: write'],
    ['a block that never ends', '<p>\n{{#if a}}', ':2:10: '],
    ['a block that ends as another', '<p>\n  {{#if a}} x {{/each}}', ":2:6: if doesn't match each"],
    ['a value that never ends', 'one\ntwo\n  <p>{{foo bar</p>', ':3:12: '],
    ['an end without a beginning', 'a\nb{{/if}}', ':2:2: '],
  ])('points at %s', (_, source, problem) => {
    expect(findTemplateProblem(source)).toContain(problem);
  });

  it('refuses a template of more than 64 KiB', () => {
    expect(findTemplateProblem('x'.repeat(65_537))).toMatch(/65537 characters/);
  });
});
