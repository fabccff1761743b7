import type { JSX } from 'preact';

/** Sites by name, each a way to the site; hundreds of them scroll in their own box. */
export function SiteNames({ names }: { readonly names: readonly string[] }): JSX.Element {
  return (
    <p class="names">
      {names.map((name) => (
        <a key={name} href={`#/sites/${name}`}>
          {name}
        </a>
      ))}
    </p>
  );
}
